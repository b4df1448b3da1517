// SPDX-License-Identifier: MIT
// turns FILE WORKERS HOLD_US: workers that take turns with one mutex, each sleeping for a while with it held. FILE is
// shared memory: the history of its holders with their times (turns.h). The threads are main, worker0, worker1 ...
#include "turns.h"

#include <sys/mman.h>

#include "puppet.h"

int main(int argc, char** argv) {
    puppet::die_with_parent();
    if (argc != 4) {
        return 2;
    }
    const int file = ::open(argv[1], O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0 || ::ftruncate(file, sizeof(TurnHistory)) != 0) {
        puppet::fail(argv[1]);
    }
    void* memory = ::mmap(nullptr, sizeof(TurnHistory), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (memory == MAP_FAILED) {
        puppet::fail("mmap");
    }
    auto* history = static_cast<TurnHistory*>(memory);
    const int workers = std::atoi(argv[2]);
    const auto hold_us = static_cast<useconds_t>(std::atoi(argv[3]));
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    std::atomic<int> waiting{0};

    puppet::Cast cast;
    cast.add("main", puppet::tid());
    for (int i = 0; i < workers; ++i) {
        const pid_t worker = puppet::start([&] {
            for (;;) {
                ++waiting;
                pthread_mutex_lock(&mutex);
                const std::uint32_t turn = history->turns;
                if (turn < kMaxTurns) {
                    history->turn[turn].tid = static_cast<std::uint32_t>(puppet::tid());
                    history->turn[turn].begin_ns = puppet::clock_ns(CLOCK_MONOTONIC);
                    __atomic_store_n(&history->turns, turn + 1, __ATOMIC_RELEASE);
                }
                ::usleep(hold_us);
                if (turn < kMaxTurns) {
                    history->turn[turn].end_ns = puppet::clock_ns(CLOCK_MONOTONIC);
                }
                pthread_mutex_unlock(&mutex);
            }
        });
        cast.add("worker" + std::to_string(i), worker);
    }
    while (waiting.load() < 2 * workers) {
        ::usleep(1000);
    }
    cast.ready();
    puppet::serve([](const std::string&) { return std::string("unknown"); });
}
