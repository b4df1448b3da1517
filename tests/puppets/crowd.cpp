// SPDX-License-Identifier: MIT
// crowd N: N threads with small stacks that sleep forever.
#include "puppet.h"

namespace {

constexpr std::size_t kStackBytes = 32768;

void* sleeper(void* left) {
    static_cast<std::atomic<long>*>(left)->fetch_sub(1);
    timespec long_time{100'000, 0};
    for (;;) {
        ::clock_nanosleep(CLOCK_MONOTONIC, 0, &long_time, nullptr);
    }
}

}  // namespace

int main(int argc, char** argv) {
    puppet::die_with_parent();
    const long count = argc == 2 ? std::atol(argv[1]) : 0;
    static std::atomic<long> left{0};
    left.store(count);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, kStackBytes);
    pthread_attr_setguardsize(&attributes, 0);
    for (long i = 0; i < count; ++i) {
        pthread_t thread{};
        const int error = pthread_create(&thread, &attributes, sleeper, &left);
        if (error != 0) {
            errno = error;
            puppet::missing("room for that many threads (pids cgroup, RLIMIT_NPROC or kernel.threads-max)");
        }
        pthread_detach(thread);
    }
    while (left.load() > 0) {
        ::usleep(1000);
    }
    puppet::Cast().add("main", puppet::tid()).add("count", count).ready();
    puppet::serve([](const std::string&) { return std::string("unknown"); });
}
