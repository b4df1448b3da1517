// SPDX-License-Identifier: MIT
// bench_futex_pair ROUNDS: two threads that wake each other by futexes and do nothing but switch. Each waits as for a
// glibc mutex that the other holds: the word is 2, and the owner stands where glibc keeps it.
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <climits>
#include <cstdint>
#include <cstdlib>
#include <thread>

namespace {

constexpr std::uint32_t kContended = 2;

struct Mutex {
    std::atomic<std::uint32_t> word{kContended};
    std::uint32_t count = 0;
    std::atomic<std::uint32_t> owner{0};
};

void futex(Mutex& mutex, int operation, std::uint32_t value) {
    ::syscall(SYS_futex, &mutex.word, operation | FUTEX_PRIVATE_FLAG, value, nullptr, nullptr, 0);
}

void wake(Mutex& mutex) {
    mutex.word = 0;
    futex(mutex, FUTEX_WAKE, INT_MAX);
}

void wait(Mutex& mutex) {
    while (mutex.word == kContended) {
        futex(mutex, FUTEX_WAIT, kContended);
    }
    mutex.word = kContended;
}

std::uint32_t thread_id() {
    return static_cast<std::uint32_t>(::syscall(SYS_gettid));
}

}  // namespace

int main(int argc, char** argv) {
    const long rounds = argc == 2 ? std::strtol(argv[1], nullptr, 10) : 0;
    Mutex first, second;
    second.owner = thread_id();
    std::thread partner([&] {
        first.owner = thread_id();
        for (long round = 0; round < rounds; ++round) {
            wait(second);
            wake(first);
        }
    });
    for (long round = 0; round < rounds; ++round) {
        wake(second);
        wait(first);
    }
    partner.join();
    return rounds > 0 ? 0 : 2;
}
