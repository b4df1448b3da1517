// lateleaver FILE CPU: a reader that blocks while it has had more than its share of the CPU, so that the scheduler of
// Linux 6.12 and later leaves it on the run queue for a while (delayed dequeue). "read N" reads N blocks of 4 KiB with
// O_DIRECT on the thread `reader`; shortly before each it wakes the thread `partner` on the same CPU, which then runs
// for longer than a slice. Each read should last longer than that: let it be throttled.
//
// What this does to the kernel's delay accounting: a wait for I/O gets its beginning when the thread leaves the run
// queue, and the kernel sets it on the thread that is on the CPU at that moment. Taken off late, that is the partner:
// the reader keeps the beginning of an earlier wait, and its end adds everything since. Woken before it is taken off,
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
    ::setsid();  // where sessions are scheduled as groups (autogroup), these two are alone in theirs
    std::atomic<long> wanted{0};
    puppet::Gate work;
    puppet::Gate done;
    puppet::Gate partner_work;
    const pid_t partner = puppet::start([&] {
        puppet::pin_to(cpu);
        // Of this policy it does not take the CPU from the reader when it wakes up.
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
                ::usleep(20'000);  // the partner is asleep again, so nobody makes the reader wait for the CPU
                puppet::burn_ns(kMillisecondNs / 5);
                partner_work.open();
                // Both have the same share now; from here on the reader has more.
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
