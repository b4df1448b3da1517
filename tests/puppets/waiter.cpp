// SPDX-License-Identifier: MIT
// waiter: one thread that waits on command, and between commands in read(2) on a pipe. "sleep COUNT US" sleeps COUNT
// times for US microseconds, "descriptors COUNT" receives once from each of COUNT descriptors, with a short timeout and
// no data; both answer when the thread is back in its pipe. "end" ends the thread.
#include <sys/socket.h>

#include <vector>

#include "puppet.h"

namespace {

struct Order {
    char what = 0;
    long count = 0;
    long us = 0;
};

void sleep_by(const Order& order) {
    const timespec length{order.us / 1'000'000, order.us % 1'000'000 * 1000};
    for (long i = 0; i < order.count; ++i) {
        ::clock_nanosleep(CLOCK_MONOTONIC, 0, &length, nullptr);
    }
}

/// One socket with many descriptors: to the probes, each is a different thing to wait for.
void receive_by(const Order& order) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) != 0) {
        puppet::fail("socketpair");
    }
    const timeval moment{0, 1000};
    if (::setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &moment, sizeof moment) != 0) {
        puppet::fail("SO_RCVTIMEO");
    }
    std::vector<int> names;
    for (long i = 0; i < order.count; ++i) {
        names.push_back(::dup(ends[0]));
        if (names.back() < 0) {
            puppet::fail("dup");
        }
    }
    for (const int name : names) {
        char byte = 0;
        if (::recv(name, &byte, 1, 0) != -1) {
            puppet::fail("recv, which should have timed out");
        }
        ::close(name);
    }
    ::close(ends[0]);
    ::close(ends[1]);
}

}  // namespace

int main() {
    puppet::die_with_parent();
    puppet::Gate work;
    puppet::Gate done;
    Order order;
    const pid_t waiter = puppet::start([&] {
        for (;;) {
            work.wait();
            if (order.what == 'e') {
                ::syscall(SYS_exit, 0);  // only this thread
            }
            order.what == 's' ? sleep_by(order) : receive_by(order);
            done.open();
        }
    });
    puppet::await_blocked(waiter);
    puppet::Cast().add("main", puppet::tid()).add("waiter", waiter).ready();
    puppet::serve([&](const std::string& command) -> std::string {
        order = {};
        if (std::sscanf(command.c_str(), "sleep %ld %ld", &order.count, &order.us) != 2 &&
            std::sscanf(command.c_str(), "descriptors %ld", &order.count) != 1 && command != "end") {
            return "unknown";
        }
        order.what = command.front();
        work.open();
        if (command == "end") {
            return "ends";
        }
        done.wait();
        puppet::await_blocked(waiter);
        return "done";
    });
}
