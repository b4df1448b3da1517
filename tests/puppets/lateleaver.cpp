// SPDX-License-Identifier: MIT
// lateleaver FILE CPU: a reader that blocks after using more than its share of the CPU, so that the scheduler of Linux
// 6.12 and later leaves it on the run queue for a while (delayed dequeue). "read N" reads N blocks of 4 KiB with
// O_DIRECT on the thread `reader`; shortly before each it wakes the thread `partner` on the same CPU, which then runs
// for longer than a slice. Each read should last longer than that: let it be throttled.
//
// Effect on the kernel's delay accounting: the start of an I/O wait is recorded when the thread leaves the run queue,
// and the kernel stores it in the thread that is on the CPU at that moment. With a late dequeue that is the partner:
// the reader keeps the start of an earlier wait, and its end adds all time since. If it is woken before it is dequeued,
// its wait is not counted at all.
#include <sys/stat.h>

#include "puppet.h"

int main(int argc, char** argv) {
    puppet::die_with_parent();
    if (argc != 3) {
        return 2;
    }
    constexpr std::size_t kBlock = 4096;
    constexpr std::uint64_t kMillisecondNs = 1'000'000;
    const int file = ::open(argv[1], O_RDONLY | O_DIRECT | O_CLOEXEC);
    if (file < 0) {
        puppet::missing("O_DIRECT on the file system of the temporary folder");
    }
    const int cpu = std::atoi(argv[2]);
    ::setsid();  // with autogroup scheduling, these two have a group to themselves
    std::atomic<long> wanted{0};
    puppet::Gate work;
    puppet::Gate done;
    puppet::Gate partner_work;
    const pid_t partner = puppet::start([&] {
        puppet::pin_to(cpu);
        // With this policy it does not preempt the reader when it wakes up.
        const sched_param none{};
        if (::sched_setscheduler(0, SCHED_BATCH, &none) != 0) {
            puppet::fail("sched_setscheduler");
        }
        for (;;) {
            partner_work.wait();
            puppet::burn_ns(15 * kMillisecondNs);
        }
    });
    const pid_t reader = puppet::start([&] {
        puppet::pin_to(cpu);
        void* buffer = std::aligned_alloc(kBlock, kBlock);
        for (;;) {
            work.wait();
            for (long i = 0; i < wanted.load(); ++i) {
                ::usleep(20'000);  // the partner is asleep again, so the reader does not wait for the CPU
                puppet::burn_ns(kMillisecondNs / 5);
                partner_work.open();
                // Both have the same share now; from now on the reader has more.
                puppet::burn_ns(kMillisecondNs / 5);
                if (::pread(file, buffer, kBlock, 0) != static_cast<ssize_t>(kBlock)) {
                    puppet::fail("pread");
                }
            }
            done.open();
        }
    });
    puppet::await_blocked(partner);
    puppet::await_blocked(reader);
    puppet::Cast().add("main", puppet::tid()).add("reader", reader).add("partner", partner).ready();
    puppet::serve([&](const std::string& command) -> std::string {
        if (command.rfind("read ", 0) != 0) {
            return "unknown";
        }
        wanted.store(std::atol(command.c_str() + 5));
        work.open();
        done.wait();
        return "done";
    });
}
