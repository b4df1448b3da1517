// SPDX-License-Identifier: MIT
// CPU time and time waiting for a CPU, compared with the kernel's own accounting of the same threads.
#include <gtest/gtest.h>
#include <unistd.h>

#include <map>
#include <string>

#include "observer.h"
#include "support/feature.h"
#include "support/puppet.h"
#include "support/taken_time.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

double ratio(std::uint64_t a, std::uint64_t b) {
    return static_cast<double>(a) / static_cast<double>(b);
}

/// Waits until a thread has used this much CPU time, regardless of other load.
void await_exec(std::uint32_t tid, std::uint64_t more_ns) {
    const std::uint64_t start_ns = schedstat(tid)->exec_ns;
    ASSERT_TRUE(await([&] { return schedstat(tid)->exec_ns > start_ns + more_ns; }));
}

TEST(Cpu, two_hogs_on_one_cpu_share_it_and_wait_for_each_other) {
    TSA_REQUIRE(missing_bpf());
    Puppet hogs("hogs", {std::to_string(test_cpu()), "2"});
    Observer observer;
    // A CPU wait that is older than the probe has an unknown start: let both threads run once.
    await_exec(hogs.tid("hog0"), 1'000'000);
    await_exec(hogs.tid("hog1"), 1'000'000);
    observer.mark();
    await_exec(hogs.tid("hog0"), 250'000'000);
    await_exec(hogs.tid("hog1"), 100'000'000);
    observer.report();

    const ThreadRow* first = observer.row(hogs.tid("hog0"));
    const ThreadRow* second = observer.row(hogs.tid("hog1"));
    ASSERT_NE(first, nullptr);
    ASSERT_NE(second, nullptr);
    // Other threads on this CPU take time from both equally.
    EXPECT_NEAR(ratio(first->state_ns[index(ThreadState::exec)], second->state_ns[index(ThreadState::exec)]), 1.0,
                0.25);
    for (const ThreadRow* row : {first, second}) {
        EXPECT_EQ(in_states(*row, {ThreadState::exec, ThreadState::cpu_wait}), row->wall_ns) << describe(*row);
        EXPECT_LE(share(*row, ThreadState::exec), 0.6) << describe(*row);
        EXPECT_GE(share(*row, ThreadState::cpu_wait), 0.4) << describe(*row);
        // It never sleeps: each CPU wait started with a preemption.
        EXPECT_EQ(row->part_ns[Part::preempted], row->state_ns[index(ThreadState::cpu_wait)]);
        EXPECT_GT(row->involuntary_switches(), 0U);
        EXPECT_EQ(row->voluntary_switches(), 0U);
        EXPECT_EQ(row->now->last_cpu, test_cpu());
    }
}

TEST(Cpu, exec_and_cpu_wait_agree_with_schedstat_of_a_workload_that_sleeps_at_both_ends) {
    TSA_REQUIRE(missing_bpf());
    TSA_REQUIRE(missing_file("/proc/self/schedstat"));
    // A hog on the same CPU delays the handover.
    const std::string cpu = std::to_string(test_cpu());
    Puppet hog("hogs", {cpu, "1"});
    Puppet pingpong("pingpong", {cpu});
    Observer observer;
    for (const char* name : {"ping", "pong"}) {
        const std::uint32_t tid = pingpong.tid(name);
        const TakenTime taken;
        const SchedStat before = *schedstat(tid);
        observer.mark();
        ASSERT_EQ(pingpong.ask("go 300 400"), "done");
        observer.report();
        const SchedStat after = *schedstat(tid);

        const ThreadRow* row = observer.row(tid);
        ASSERT_NE(row, nullptr);
        const std::uint64_t exec_ns = after.exec_ns - before.exec_ns;
        const auto delay_ns = static_cast<double>(after.run_delay_ns - before.run_delay_ns);
        // Both threads sleep at both readings, so no interval is open. Remaining differences: the kernel's run queue
        // clock is older than the switch by up to a few µs (a preempting wakeup does not update it again), and stolen
        // time.
        constexpr double kSwitchSlackNs = 2000;
        const auto switch_count = static_cast<double>(row->voluntary_switches() + row->involuntary_switches());
        EXPECT_TRUE(is_charged(row->state_ns[index(ThreadState::exec)], exec_ns,
                               0.01 * static_cast<double>(exec_ns) + kSwitchSlackNs * switch_count, taken))
            << describe(*row);
        EXPECT_NEAR(static_cast<double>(row->state_ns[index(ThreadState::cpu_wait)]), delay_ns,
                    0.01 * delay_ns + kSwitchSlackNs * switch_count + static_cast<double>(taken.most_ns()))
            << describe(*row);
        EXPECT_GT(exec_ns, 100'000'000U);
        EXPECT_GT(delay_ns, 1e7);
    }
}

TEST(Cpu, exec_of_a_hog_agrees_with_schedstat_within_one_percent) {
    TSA_REQUIRE(missing_bpf());
    TSA_REQUIRE(missing_file("/proc/self/schedstat"));
    Puppet hogs("hogs", {std::to_string(test_cpu()), "2"});
    const std::uint32_t tid = hogs.tid("hog0");
    Observer observer;
    // schedstat advances by ticks or time slices: the interval is much longer.
    const TakenTime taken;
    const SchedStat before = *schedstat(tid);
    observer.mark();
    await_exec(tid, 1'200'000'000);
    const SchedStat after = *schedstat(tid);
    observer.report();
    const ThreadRow* row = observer.row(tid);
    ASSERT_NE(row, nullptr);
    const std::uint64_t exec_ns = after.exec_ns - before.exec_ns;
    const auto delay_ns = static_cast<double>(after.run_delay_ns - before.run_delay_ns);
    constexpr double kTickSlackNs = 12e6;  // an open slice of 3 to 4 ms at each reading, ticks of up to 10 ms
    EXPECT_TRUE(is_charged(row->state_ns[index(ThreadState::exec)], exec_ns,
                           0.01 * static_cast<double>(exec_ns) + kTickSlackNs, taken));
    EXPECT_NEAR(static_cast<double>(row->state_ns[index(ThreadState::cpu_wait)]), delay_ns,
                0.01 * delay_ns + kTickSlackNs + static_cast<double>(taken.most_ns()));
}

TEST(Cpu, a_pipe_ping_pong_is_exec_and_cpu_wait_and_sleep_in_read) {
    TSA_REQUIRE(missing_bpf());
    Puppet pingpong("pingpong", {std::to_string(test_cpu())});
    Observer observer;
    std::map<std::string, Switches> before;
    for (const char* name : {"ping", "pong"}) {
        before[name] = *switches(pingpong.tid(name));
    }
    observer.mark();
    ASSERT_EQ(pingpong.ask("go 3000 0"), "done");
    for (const char* name : {"ping", "pong"}) {
        ASSERT_TRUE(await([&] { return blocked_call(pingpong.tid(name)).has_value(); })) << "both sleep again";
    }
    observer.report();
    for (const char* name : {"ping", "pong"}) {
        const ThreadRow* row = observer.row(pingpong.tid(name));
        ASSERT_NE(row, nullptr);
        // Occasionally one is preempted inside the pipe, and the other finds the kernel's pipe lock taken.
        EXPECT_EQ(
            in_states(*row, {ThreadState::exec, ThreadState::cpu_wait, ThreadState::sleep, ThreadState::lock_wait}),
            row->wall_ns)
            << describe(*row);
        // How often it slept depends on the kernel (data may already be available); the probe must not miss a sleep.
        const Switches after = *switches(pingpong.tid(name));
        EXPECT_EQ(row->voluntary_switches(), after.voluntary - before[name].voluntary);
        EXPECT_EQ(row->involuntary_switches(), after.involuntary - before[name].involuntary);
        const std::uint64_t lock_waits = row->entries(ThreadState::lock_wait);
        EXPECT_EQ(row->entries(ThreadState::sleep) + lock_waits, row->voluntary_switches()) << describe(*row);
        EXPECT_LE(lock_waits, row->voluntary_switches() / 10) << describe(*row);
        EXPECT_GT(row->voluntary_switches(), 100U);
        EXPECT_GT(row->state_ns[index(ThreadState::exec)], 0U);
        EXPECT_EQ(row->now->state, ThreadState::sleep);
        const std::optional<BlockedCall> call = blocked_call(pingpong.tid(name));
        ASSERT_TRUE(call.has_value());
        EXPECT_EQ(row->now->wait.syscall, call->number);
        EXPECT_EQ(row->now->wait.args[0], call->argument[0]) << "the pipe's descriptor";
    }
}

TEST(Cpu, the_machine_executes_at_most_its_cpus) {
    TSA_REQUIRE(missing_bpf());
    Puppet hogs("hogs", {std::to_string(test_cpu()), "3"});
    Observer observer;
    observer.mark();
    await_exec(hogs.tid("hog0"), 60'000'000);
    const Report& report = observer.report();
    const double cpus_busy = ratio(report.total_ns[index(ThreadState::exec)], report.interval_ns);
    const auto online = static_cast<double>(::sysconf(_SC_NPROCESSORS_ONLN));
    EXPECT_LE(cpus_busy, online * 1.02);
    EXPECT_GE(cpus_busy, 0.9) << "three hogs keep one CPU busy";
    EXPECT_NEAR(report.threads_in(ThreadState::exec), cpus_busy, 1e-6);
}

}  // namespace
}  // namespace tsa::test
