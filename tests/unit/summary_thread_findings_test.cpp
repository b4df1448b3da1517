// SPDX-License-Identifier: MIT
// Findings about one thread or process, and about memory: each on a machine made to have it, and nothing where the same
// numbers mean something else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "model/columns.h"
#include "summary/column_sum.h"
#include "summary/summary.h"
#include "unit/summary_found.h"
#include "unit/summary_machine.h"

namespace tsa {
namespace {

using testing::all_words;
using testing::count;
using testing::finding;
using ::testing::HasSubstr;
using testing::kBeginUnix;
using testing::kMs;
using testing::kSecond;
using ::testing::Not;
using testing::SummaryMachine;
using enum ThreadState;

/// One thread on its own, `share` of each second in a state, in many waits.
Summary alone(ThreadState state, std::uint64_t waited_ms, int seconds, std::uint32_t cpus = 64) {
    SummaryMachine machine;
    machine.sample().system.cpus = cpus;
    machine.start(1, "reader");
    machine.begin();
    SummaryBuilder builder;
    for (int i = 0; i < seconds; ++i) {
        machine.spend(1, {{state, waited_ms * kMs}}, idle);
        builder.add(machine.step());
    }
    return builder.finish();
}

TEST(ThreadFindings, nine_tenths_of_the_time_is_not_stuck) {
    EXPECT_EQ(count(alone(uninterruptible, 900, 20), FindingKind::stuck_thread), 0U);
    const Summary stuck = alone(uninterruptible, 970, 20);
    ASSERT_EQ(stuck.findings.size(), 1U) << all_words(stuck);
    EXPECT_THAT(stuck.findings.front().words, HasSubstr("Thread reader (TID 1) spent 97 % of 20.0 s waiting for"));
    EXPECT_EQ(all_words(alone(uninterruptible, 970, 9)), "");
    EXPECT_EQ(all_words(alone(sync, 1000, 20)), "");
    EXPECT_EQ(all_words(alone(sleep, 1000, 20)), "");
}

TEST(ThreadFindings, a_stretch_ends_when_the_thread_gets_on) {
    SummaryMachine machine;
    machine.start(1, "victim");
    machine.begin();
    SummaryBuilder builder;
    for (int i = 0; i < 60; ++i) {
        const bool stuck = i >= 10 && i < 30;
        machine.spend(1, {{uninterruptible, (stuck ? 999U : 1U) * kMs}}, idle);
        builder.add(machine.step());
    }
    const Summary summary = builder.finish();
    ASSERT_EQ(summary.findings.size(), 1U) << all_words(summary);
    EXPECT_EQ(summary.findings.front().from_unix_ns, kBeginUnix + 10 * kSecond);
    EXPECT_EQ(summary.findings.front().to_unix_ns, kBeginUnix + 30 * kSecond);
    EXPECT_FALSE(summary.findings.front().open);
}

TEST(ThreadFindings, one_thread_that_waits_for_io_most_of_its_time_is_found_on_a_machine_of_any_size) {
    const Summary summary = alone(io_wait, 830, 20);
    ASSERT_EQ(summary.findings.size(), 1U) << all_words(summary);
    EXPECT_EQ(summary.findings.front().kind, FindingKind::io_bound);
    EXPECT_EQ(summary.findings.front().words, "Thread reader (TID 1) spent 83 % of 20.0 s waiting for I/O.");
    EXPECT_NEAR(summary.findings.front().weight, 0.83, 0.01) << "in threads, whatever the number of CPUs";
    EXPECT_EQ(all_words(alone(io_wait, 700, 20)), "");
}

TEST(ThreadFindings, many_short_waits_for_io_are_not_stuck) {
    const Summary summary = alone(io_wait, 990, 20);
    ASSERT_EQ(summary.findings.size(), 1U) << all_words(summary);
    EXPECT_EQ(summary.findings.front().kind, FindingKind::io_bound);
}

TEST(ThreadFindings, one_wait_for_io_of_half_a_minute_is_stuck_and_not_a_stall_as_well) {
    SummaryMachine machine;
    machine.start(1, "reader", io_wait).wait.syscall = syscall_number("pread64").value();
    machine.begin();
    SummaryBuilder builder;
    for (int i = 0; i < 30; ++i) {
        builder.add(machine.step());
    }
    const Summary summary = builder.finish();
    ASSERT_EQ(summary.findings.size(), 1U) << all_words(summary);
    EXPECT_EQ(summary.findings.front().words,
              "Thread reader (TID 1) has been waiting for I/O without a break for 30.0 s, in pread64.");
}

TEST(ThreadFindings, a_kernel_thread_that_has_always_been_in_d_waits_for_work) {
    for (const bool unseen : {true, false}) {
        SummaryMachine machine;
        Thread& thread = machine.start(1, "driver", uninterruptible);
        thread.kernel = true;
        thread.since_is_upper_bound = unseen;
        machine.begin();
        SummaryBuilder builder;
        for (int i = 0; i < 15; ++i) {
            builder.add(machine.step());
        }
        EXPECT_EQ(count(builder.finish(), FindingKind::stuck_thread), unseen ? 0U : 1U);
    }
}

/// Two CPUs; `hogs` threads that share them equally, and one that gets next to nothing.
Summary starving(std::uint32_t hogs, std::uint64_t victim_exec_ms) {
    SummaryMachine machine;
    for (std::uint32_t tid = 1; tid <= hogs; ++tid) {
        machine.start(tid, "hog");
    }
    machine.start(100, "victim").nice = 19;
    machine.begin();
    SummaryBuilder builder;
    for (int i = 0; i < 15; ++i) {
        const std::uint64_t exec_ms = 2000 / hogs;
        for (std::uint32_t tid = 1; tid <= hogs; ++tid) {
            machine.spend(tid, {{exec, exec_ms * kMs}, {cpu_wait, (1000 - exec_ms) * kMs}}, idle);
        }
        machine.spend(100, {{exec, victim_exec_ms * kMs}, {cpu_wait, (1000 - victim_exec_ms) * kMs}}, idle);
        builder.add(machine.step());
    }
    return builder.finish();
}

TEST(ThreadFindings, a_thread_that_gets_far_less_of_the_cpus_than_others_is_stuck) {
    const Summary unfair = starving(3, 10);
    ASSERT_NE(finding(unfair, FindingKind::stuck_thread), nullptr) << all_words(unfair);
    EXPECT_THAT(finding(unfair, FindingKind::stuck_thread)->words,
                HasSubstr("Thread victim (TID 100) spent 99 % of 15.0 s waiting for a CPU; its nice value is 19."));
    EXPECT_EQ(finding(starving(60, 33), FindingKind::stuck_thread), nullptr) << "all of them wait for 97 % of the time";
}

/// Four CPUs. Process "pinned" with two threads: what it executed, how busy each CPU was, and how much of its waits was
/// throttled (absent: an older recording).
Summary limited(double exec_share, std::array<double, 4> busy, bool with_cpus = true,
                std::optional<double> throttled_share = std::nullopt) {
    SummaryMachine machine;
    machine.sample().system.cpus = 4;
    for (std::uint32_t tid = 1; tid <= 2; ++tid) {
        Thread& thread = machine.start(tid, "pinned", idle, 1);
        thread.last_cpu = 0;
        thread.measured &= throttled_share ? kMeasuredAll : ~kMeasuredThrottled;
    }
    const auto advance = [&](double interval_ms) {
        SystemSample& system = machine.sample().system;
        CpuTimes times = system.cpu.value_or(CpuTimes{});
        system.per_cpu.resize(with_cpus ? 4 : 0);
        for (std::uint32_t cpu = 0; cpu < 4; ++cpu) {
            const auto busy_ns = static_cast<std::uint64_t>(busy[cpu] * interval_ms * static_cast<double>(kMs));
            const auto all_ns = static_cast<std::uint64_t>(interval_ms * static_cast<double>(kMs));
            times.user_ns += busy_ns;
            times.idle_ns += all_ns - busy_ns;
            if (with_cpus) {
                system.per_cpu[cpu].cpu = cpu;
                system.per_cpu[cpu].busy_ns += busy_ns;
                system.per_cpu[cpu].idle_ns += all_ns - busy_ns;
            }
        }
        system.cpu = times;
    };
    advance(0);
    machine.begin();
    SummaryBuilder builder;
    for (int i = 0; i < 8; ++i) {
        const auto exec_ms = static_cast<std::uint64_t>(1000 * exec_share);
        for (std::uint32_t tid = 1; tid <= 2; ++tid) {
            machine.spend(tid, {{exec, exec_ms * kMs}, {cpu_wait, (1000 - exec_ms) * kMs}}, idle);
            machine.at(tid).part_ns[Part::throttled] +=
                static_cast<std::uint64_t>(throttled_share.value_or(0) * static_cast<double>((1000 - exec_ms) * kMs));
        }
        advance(1000);
        builder.add(machine.step());
    }
    return builder.finish();
}

TEST(CpuFindings, threads_that_run_only_on_a_full_cpu_are_kept_there) {
    const Summary summary = limited(0.5, {1, 0.1, 0.1, 0.1});
    ASSERT_EQ(summary.findings.size(), 1U) << all_words(summary);
    EXPECT_EQ(summary.findings.front().kind, FindingKind::cpu_limited);
    EXPECT_EQ(
        summary.findings.front().words,
        "For 8.00 s 1.0 threads of pinned on average waited for a CPU although the CPUs were only 32 % busy. They "
        "ran only on CPU 0, 100 % busy, while the others were 10 % busy: an affinity or a cpuset keeps them there.");
}

TEST(CpuFindings, threads_that_wait_while_their_own_cpu_is_free_are_throttled) {
    const Summary summary = limited(0.1, {0.2, 0, 0, 0});
    ASSERT_EQ(summary.findings.size(), 1U) << all_words(summary);
    EXPECT_THAT(summary.findings.front().words,
                HasSubstr("The CPUs on which they ran were only 20 % busy as well: most likely a CPU quota"));
    EXPECT_THAT(summary.findings.front().next, HasSubstr("cpu.max"));
}

TEST(CpuFindings, a_quota_that_was_measured_is_the_reason_on_a_busy_machine_too) {
    for (const double busy : {0.2, 1.0}) {
        const Summary summary = limited(0.1, {busy, busy, busy, busy}, true, 0.75);
        ASSERT_GE(summary.findings.size(), 1U);
        const SummaryFinding* found = finding(summary, FindingKind::cpu_limited);
        ASSERT_NE(found, nullptr) << all_words(summary);
        EXPECT_EQ(found->words,
                  "For 8.00 s 1.8 threads of pinned on average waited for a CPU, 1.4 of them because the CPU quota of "
                  "their cgroup was used up.");
        EXPECT_THAT(found->next, HasSubstr("Raise the CPU quota"));
    }
}

TEST(CpuFindings, waits_that_were_not_throttled_are_not_blamed_on_a_quota) {
    const Summary summary = limited(0.1, {0.2, 0, 0, 0}, true, 0.0);
    ASSERT_EQ(summary.findings.size(), 1U) << all_words(summary);
    EXPECT_THAT(summary.findings.front().words, Not(HasSubstr("quota")));
    EXPECT_THAT(summary.findings.front().next, Not(HasSubstr("quota")));
}

TEST(CpuFindings, without_numbers_of_each_cpu_no_reason_is_guessed) {
    const Summary summary = limited(0.5, {1, 0.1, 0.1, 0.1}, false);
    ASSERT_EQ(summary.findings.size(), 1U) << all_words(summary);
    EXPECT_THAT(summary.findings.front().words, Not(HasSubstr("affinity")));
    EXPECT_THAT(summary.findings.front().words, Not(HasSubstr("quota")));
}

TEST(CpuFindings, a_load_that_waits_less_than_it_runs_is_not_limited) {
    EXPECT_EQ(all_words(limited(0.75, {0.5, 0.5, 0.5, 0})), "");
}

Summary under_pressure(std::uint64_t some_ms, std::uint64_t mem_wait_ms, bool filtered = false) {
    SummaryMachine machine;
    machine.start(1, "victim");
    machine.sample().system.pressure_memory = Pressure{};
    machine.begin();
    SummaryBuilder builder(filtered);
    for (int i = 0; i < 10; ++i) {
        machine.spend(1, {{mem_wait, mem_wait_ms * kMs}, {exec, 100 * kMs}}, idle);
        machine.sample().system.pressure_memory->some_total_ns += some_ms * kMs;
        builder.add(machine.step());
    }
    return builder.finish();
}

TEST(MemoryFindings, pressure_without_a_wait_says_where_the_time_may_be) {
    const Summary summary = under_pressure(730, 0);
    ASSERT_EQ(summary.findings.size(), 1U) << all_words(summary);
    EXPECT_EQ(summary.findings.front().kind, FindingKind::memory_stall);
    EXPECT_THAT(summary.findings.front().words, HasSubstr("some thread was stalled for it 73 % of the time (PSI), but "
                                                          "none blocked. The time is in exec"));
    EXPECT_THAT(summary.findings.front().words, Not(HasSubstr("0.0 threads")));
    EXPECT_NEAR(summary.findings.front().weight, 0.73, 0.01);
    EXPECT_EQ(all_words(under_pressure(100, 0)), "");
}

TEST(MemoryFindings, waits_are_named_where_there_are_some) {
    const Summary summary = under_pressure(730, 600);
    ASSERT_EQ(summary.findings.size(), 1U) << all_words(summary);
    EXPECT_THAT(summary.findings.front().words, HasSubstr("0.6 threads on average waited until some was freed; most of "
                                                          "it victim (100 %)"));
}

TEST(MemoryFindings, pressure_is_of_the_machine_and_waits_are_of_the_recorded_threads) {
    const Summary summary = under_pressure(730, 600, true);
    ASSERT_EQ(summary.findings.size(), 2U) << all_words(summary);
    EXPECT_EQ(summary.findings[0].scope, FindingScope::recorded);
    EXPECT_EQ(summary.findings[1].scope, FindingScope::machine);
    const Summary other = under_pressure(730, 0, true);
    ASSERT_EQ(other.findings.size(), 1U) << all_words(other);
    EXPECT_EQ(other.findings.front().scope, FindingScope::machine);
}

TEST(ColumnSum, adds_up_by_process_and_knows_what_is_absent) {
    SummaryMachine machine;
    machine.start(1, "a", idle, 1);
    machine.start(2, "a", idle, 1);
    machine.start(3, "b", idle, 3);
    machine.begin();
    for (std::uint32_t tid = 1; tid <= 3; ++tid) {
        machine.spend(tid, {{exec, tid * kMs}}, idle);
    }
    const Report& report = machine.step();
    ColumnSum sum("exec_ns"), none("no_such_column");
    for (ColumnSum* one : {&sum, &none}) {
        one->begin();
        for (const ThreadRow& row : report.threads) {
            one->look(report, row);
        }
    }
    EXPECT_EQ(sum.sum(), std::optional<std::uint64_t>(6 * kMs));
    EXPECT_EQ(sum.of_process(report.threads[0].process), 3 * kMs);
    EXPECT_EQ(sum.of_process(report.threads[2].process), 3 * kMs);
    EXPECT_FALSE(none.sum().has_value());
    EXPECT_EQ(none.of_process(0), 0U);
}

}  // namespace
}  // namespace tsa
