// SPDX-License-Identifier: MIT
// hogs CPU COUNT: COUNT threads that spin on one CPU, each in user mode forever. With COUNT 1 there is one busy thread.
#include "puppet.h"

int main(int argc, char** argv) {
    puppet::die_with_parent();
    if (argc != 3) {
        return 2;
    }
    const int cpu = std::atoi(argv[1]);
    const int count = std::atoi(argv[2]);
    puppet::Cast cast;
    cast.add("main", puppet::tid());
    for (int i = 0; i < count; ++i) {
        const pid_t hog = puppet::start([cpu] {
            puppet::pin_to(cpu);
            for (std::atomic<unsigned> spin{0};;) {
                spin.fetch_add(1, std::memory_order_relaxed);
            }
        });
        cast.add("hog" + std::to_string(i), hog);
    }
    cast.ready();
    puppet::serve([](const std::string&) { return std::string("unknown"); });
}
