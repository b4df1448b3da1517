// SPDX-License-Identifier: MIT
// pingpong CPU: two threads on one CPU that pass a byte back and forth over two pipes. "go N US" makes N round trips,
// in which each thread uses US microseconds before it passes the byte, and answers when both threads are asleep again,
// so their counters in /proc are settled before and after.
#include "puppet.h"

namespace {

struct Pipe {
    int ends[2] = {-1, -1};
    Pipe() {
        if (::pipe2(ends, O_CLOEXEC) != 0) {
            puppet::fail("pipe2");
        }
    }
    void put(char byte) const {
        if (::write(ends[1], &byte, 1) != 1) {
            puppet::fail("write");
        }
    }
    [[nodiscard]] char take() const {
        char byte = 0;
        if (::read(ends[0], &byte, 1) != 1) {
            puppet::fail("read");
        }
        return byte;
    }
};

}  // namespace

int main(int argc, char** argv) {
    puppet::die_with_parent();
    if (argc != 2) {
        return 2;
    }
    const int cpu = std::atoi(argv[1]);
    Pipe there;
    Pipe back;
    Pipe work;
    Pipe done;
    std::atomic<long> rounds{0};
    std::atomic<std::uint64_t> burst_ns{0};
    const pid_t pong = puppet::start([&] {
        puppet::pin_to(cpu);
        for (;;) {
            const char byte = there.take();
            puppet::burn_ns(burst_ns.load());
            back.put(byte);
        }
    });
    const pid_t ping = puppet::start([&] {
        puppet::pin_to(cpu);
        for (;;) {
            (void)work.take();
            for (long i = rounds.load(); i > 0; --i) {
                puppet::burn_ns(burst_ns.load());
                there.put('x');
                (void)back.take();
            }
            done.put('d');
        }
    });
    puppet::await_blocked(ping);
    puppet::await_blocked(pong);
    puppet::Cast().add("main", puppet::tid()).add("ping", ping).add("pong", pong).ready();
    puppet::serve([&](const std::string& command) -> std::string {
        long count = 0;
        unsigned long us = 0;
        if (std::sscanf(command.c_str(), "go %ld %lu", &count, &us) != 2) {
            return "unknown";
        }
        rounds.store(count);
        burst_ns.store(us * 1000U);
        work.put('w');
        (void)done.take();
        puppet::await_blocked(ping);
        puppet::await_blocked(pong);
        return "done";
    });
}
