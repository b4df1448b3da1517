// SPDX-License-Identifier: MIT
// naps: one thread, "napper", that waits in known functions, each two calls deep: nap_KIND <- inner <- outer. "go N"
// has it wait N times in each of them, for 3 ms, and N times for 50 us in nap_briefly; "burn N" uses N ms of CPU time
// in burn_time <- burn_inside. Between orders it waits in await_order. Built with optimization, without frame pointers,
// stripped; its functions are exported.
#include <poll.h>
#include <semaphore.h>

#include "puppet.h"
#include "puppet_depth.h"

namespace {

constexpr long kNapNs = 3'000'000;
constexpr long kBriefNs = 50'000;

int orders[2];
int answers[2];
sem_t semaphore_of_zero;
pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
pthread_cond_t condition = PTHREAD_COND_INITIALIZER;

timespec in_a_while() {
    timespec at{};
    ::clock_gettime(CLOCK_REALTIME, &at);
    at.tv_nsec += kNapNs;
    at.tv_sec += at.tv_nsec / 1'000'000'000;
    at.tv_nsec %= 1'000'000'000;
    return at;
}

}  // namespace

extern "C" {

KEPT_CALL void nap_in_clock() {
    const timespec time{0, kNapNs};
    ::clock_nanosleep(CLOCK_MONOTONIC, 0, &time, nullptr);
    KEEP_FRAME();
}

KEPT_CALL void nap_briefly() {
    const timespec time{0, kBriefNs};
    ::clock_nanosleep(CLOCK_MONOTONIC, 0, &time, nullptr);
    KEEP_FRAME();
}

KEPT_CALL void nap_in_poll() {
    ::poll(nullptr, 0, static_cast<int>(kNapNs / 1'000'000));
    KEEP_FRAME();
}

KEPT_CALL void nap_in_semaphore() {
    const timespec until = in_a_while();
    ::sem_timedwait(&semaphore_of_zero, &until);
    KEEP_FRAME();
}

KEPT_CALL void nap_in_condition() {
    const timespec until = in_a_while();
    pthread_mutex_lock(&mutex);
    pthread_cond_timedwait(&condition, &mutex, &until);
    pthread_mutex_unlock(&mutex);
    KEEP_FRAME();
}

KEPT_CALL void inner(void (*nap)()) {
    nap();
    KEEP_FRAME();
}

KEPT_CALL void outer(void (*nap)()) {
    inner(nap);
    KEEP_FRAME();
}

KEPT_CALL void burn_time(int ms) {
    volatile std::uint64_t sum = 0;
    const std::uint64_t end_ns = puppet::clock_ns(CLOCK_THREAD_CPUTIME_ID) + static_cast<std::uint64_t>(ms) * 1'000'000;
    while (puppet::clock_ns(CLOCK_THREAD_CPUTIME_ID) < end_ns) {
        for (int step = 0; step < 100'000; ++step) {
            sum = sum + static_cast<std::uint64_t>(step);
        }
    }
    KEEP_FRAME();
}

KEPT_CALL void burn_inside(int ms) {
    burn_time(ms);
    KEEP_FRAME();
}

KEPT_CALL int await_order() {
    int rounds = 0;
    [[maybe_unused]] const ssize_t got = ::read(orders[0], &rounds, sizeof(rounds));
    KEEP_FRAME();
    return rounds;
}

KEPT_CALL void work() {
    for (;;) {
        const int rounds = await_order();
        if (rounds < 0) {
            burn_inside(-rounds);
        }
        for (int round = 0; round < rounds; ++round) {
            for (void (*nap)() : {nap_in_clock, nap_in_poll, nap_in_semaphore, nap_in_condition, nap_briefly}) {
                outer(nap);
            }
        }
        [[maybe_unused]] const ssize_t sent = ::write(answers[1], &rounds, sizeof(rounds));
    }
}

}  // extern "C"

int main() {
    puppet::die_with_parent();
    sem_init(&semaphore_of_zero, 0, 0);
    if (::pipe2(orders, O_CLOEXEC) != 0 || ::pipe2(answers, O_CLOEXEC) != 0) {
        puppet::fail("pipe2");
    }
    const pid_t napper = puppet::start(work);
    puppet::await_blocked(napper);
    puppet::Cast().add("napper", napper).ready();
    puppet::serve([](const std::string& command) -> std::string {
        const bool is_burn = command.starts_with("burn ");
        int rounds = is_burn ? -std::atoi(command.c_str() + std::strlen("burn "))
                             : std::atoi(command.c_str() + std::strlen("go "));
        if (rounds == 0 || ::write(orders[1], &rounds, sizeof(rounds)) != sizeof(rounds) ||
            ::read(answers[0], &rounds, sizeof(rounds)) != sizeof(rounds)) {
            return "unknown";
        }
        return "done";
    });
}
