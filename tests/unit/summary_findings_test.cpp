// SPDX-License-Identifier: MIT
// What a Summary finds wrong: each kind on a machine made to have it, and nothing on one that has not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "summary/findings.h"
#include "summary/summary.h"
#include "unit/summary_found.h"
#include "unit/summary_machine.h"

#include "model/sample.h"

namespace tsa {
namespace {

using testing::finding;
using ::testing::HasSubstr;
using testing::kBeginUnix;
using testing::kMs;
using testing::kSecond;
using testing::SummaryMachine;
using enum ThreadState;

std::string all_words(const Summary& summary) {
    std::string words;
    for (const SummaryFinding& one : summary.findings) {
        words += one.words + "\n";
    }
    return words;
}

/// Two CPUs, their times by what the threads of the machine executed.
void fill_cpu(Sample& sample, double busy_share, std::uint64_t interval_ns = kSecond) {
    CpuTimes times = sample.system.cpu.value_or(CpuTimes{});
    const auto busy = static_cast<std::uint64_t>(2 * busy_share * static_cast<double>(interval_ns));
    times.user_ns += busy;
    times.idle_ns += 2 * interval_ns - busy;
    sample.system.cpu = times;
}

class Saturated {
  public:
    Saturated() {
        for (std::uint32_t tid = 1; tid <= 6; ++tid) {
            machine.start(tid, tid <= 4 ? "xz" : "cc1");
        }
        fill_cpu(machine.sample(), 0);
        machine.begin();
    }
    const Report& busy() {
        for (std::uint32_t tid = 1; tid <= 6; ++tid) {
            machine.spend(tid, {{exec, 333 * kMs}, {cpu_wait, 667 * kMs}}, idle);
        }
        fill_cpu(machine.sample(), 1);
        return machine.step();
    }
    const Report& calm() {
        machine.spend(1, {{exec, 10 * kMs}, {cpu_wait, kMs}}, idle);
        fill_cpu(machine.sample(), 0.01);
        return machine.step();
    }
    SummaryMachine machine;
};

TEST(Findings, keys_and_titles_stand_in_the_order_of_the_kinds) {
    EXPECT_EQ(finding_key(FindingKind::cpu_saturation), "cpu_saturation");
    EXPECT_EQ(finding_key(FindingKind::data_lost), "data_lost");
    EXPECT_EQ(finding_key(FindingKind::io_bound), "io_bound");
    for (std::size_t i = 0; i < kFindingKinds; ++i) {
        EXPECT_FALSE(finding_title(static_cast<FindingKind>(i)).empty());
    }
}

TEST(Findings, a_machine_that_is_calm_has_none) {
    Saturated load;
    SummaryBuilder builder;
    for (int i = 0; i < 300; ++i) {
        builder.add(load.calm());
    }
    EXPECT_EQ(all_words(builder.finish()), "");
}

TEST(Findings, a_moment_of_load_is_no_finding) {
    Saturated load;
    SummaryBuilder builder;
    for (int i = 0; i < 60; ++i) {
        builder.add(i % 20 == 10 ? load.busy() : load.calm());
    }
    EXPECT_EQ(all_words(builder.finish()), "");
}

TEST(Findings, cpu_saturation_tells_when_how_much_and_whose) {
    Saturated load;
    SummaryBuilder builder;
    for (int i = 0; i < 100; ++i) {
        builder.add(i >= 20 && i < 62 ? load.busy() : load.calm());
    }
    const Summary summary = builder.finish();
    ASSERT_EQ(summary.findings.size(), 1U) << all_words(summary);
    const SummaryFinding& found = summary.findings.front();
    EXPECT_EQ(found.kind, FindingKind::cpu_saturation);
    EXPECT_EQ(found.from_unix_ns, kBeginUnix + 20 * kSecond);
    EXPECT_EQ(found.to_unix_ns, kBeginUnix + 62 * kSecond);
    EXPECT_EQ(found.total_ns, 42 * kSecond);
    EXPECT_EQ(found.words,
              "For 42.0 s 4.0 threads on average waited for a CPU while both CPUs were busy; most of it xz (67 %).");
    EXPECT_FALSE(found.figures.empty());
    EXPECT_NEAR(found.weight, 4.0 * 42 / 100, 0.01);
}

TEST(Findings, shares_are_of_the_machine_when_only_some_of_its_threads_have_rows) {
    Saturated load;
    SummaryBuilder builder;
    for (int i = 0; i < 5; ++i) {
        Report report = load.busy();
        report.total_ns[index(cpu_wait)] *= 2;
        builder.add(report);
    }
    const Summary summary = builder.finish();
    ASSERT_NE(finding(summary, FindingKind::cpu_saturation), nullptr);
    EXPECT_THAT(finding(summary, FindingKind::cpu_saturation)->words, HasSubstr("; xz (33 %), cc1 (17 %)."));
}

TEST(Findings, with_a_filter_the_recorded_threads_and_the_machine_are_judged_separately) {
    Saturated load;
    SummaryBuilder some(true), idlers(true);
    for (int i = 0; i < 5; ++i) {
        Report report = load.busy();
        for (ProcessRow& process : report.processes) {
            std::ranges::fill(process.state_ns, 0);
        }
        idlers.add(report);
        report.processes.front().state_ns[index(cpu_wait)] = 667 * kMs;
        some.add(report);
    }
    const Summary summary = some.finish();
    ASSERT_EQ(summary.findings.size(), 2U) << all_words(summary);
    EXPECT_EQ(summary.findings[0].scope, FindingScope::recorded);
    EXPECT_EQ(summary.findings[0].words,
              "For 5.00 s 0.7 threads on average waited for a CPU while both CPUs were busy; most of it xz (100 %).");
    EXPECT_EQ(summary.findings[1].scope, FindingScope::machine);
    EXPECT_THAT(summary.findings[1].words, HasSubstr("For 5.00 s 4.0 threads on average waited"));
    const Summary other = idlers.finish();
    ASSERT_EQ(other.findings.size(), 1U) << all_words(other);
    EXPECT_EQ(other.findings.front().scope, FindingScope::machine);
}

TEST(Findings, every_rule_says_what_to_do_next) {
    for (const FindingRule& rule : finding_rules()) {
        SummaryFinding one;
        one.kind = rule.kind;
        word_finding(Stretch{}, {}, one);
        EXPECT_TRUE(one.next.ends_with('.')) << finding_key(rule.kind);
    }
}

TEST(Findings, of_several_stretches_the_worst_is_told_and_short_gaps_do_not_end_one) {
    Saturated load;
    SummaryBuilder builder;
    for (int i = 0; i < 100; ++i) {
        const bool first = i >= 10 && i < 15;
        const bool second = i >= 50 && i < 70 && i != 60;
        builder.add(first || second ? load.busy() : load.calm());
    }
    const Summary summary = builder.finish();
    ASSERT_EQ(summary.findings.size(), 1U) << all_words(summary);
    EXPECT_EQ(summary.findings.front().from_unix_ns, kBeginUnix + 50 * kSecond);
    EXPECT_EQ(summary.findings.front().to_unix_ns, kBeginUnix + 70 * kSecond);
    EXPECT_EQ(summary.findings.front().total_ns, 24 * kSecond);
}

/// One thread that spends a share of each second in a state, and what else the machine is set to.
template <class Set>
Summary lives_with(ThreadState state, std::uint64_t waited_ms, Set set, int intervals = 10) {
    SummaryMachine machine;
    machine.start(1, "victim");
    set(machine.sample());
    machine.begin();
    SummaryBuilder builder;
    for (int i = 0; i < intervals; ++i) {
        machine.spend(1, {{state, waited_ms * kMs}}, idle);
        set(machine.sample());
        builder.add(machine.step());
    }
    return builder.finish();
}

TEST(Findings, swap_thrash_needs_waits_and_traffic) {
    const auto traffic = [](std::uint64_t bytes) {
        return [bytes](Sample& sample) {
            sample.system.swap_in_bytes = sample.system.swap_in_bytes.value_or(0) + bytes;
            sample.system.swap_out_bytes = sample.system.swap_out_bytes.value_or(0) + bytes;
        };
    };
    const Summary thrash = lives_with(swap_wait, 600, traffic(5'000'000));
    ASSERT_NE(finding(thrash, FindingKind::swap_thrash), nullptr);
    EXPECT_THAT(finding(thrash, FindingKind::swap_thrash)->words, HasSubstr("4.8 MiB/s"));
    EXPECT_THAT(finding(thrash, FindingKind::swap_thrash)->words, HasSubstr("victim"));
    EXPECT_EQ(all_words(lives_with(swap_wait, 600, traffic(1000))), "");
    EXPECT_EQ(all_words(lives_with(swap_wait, 10, traffic(5'000'000))), "");
}

Pressure pressure_of(const std::optional<Pressure>& before, std::uint64_t some_ms, std::uint64_t full_ms) {
    Pressure pressure = before.value_or(Pressure{});
    pressure.some_total_ns += some_ms * kMs;
    pressure.full_total_ns += full_ms * kMs;
    return pressure;
}

TEST(Findings, an_io_stall_is_one_in_which_nobody_got_on) {
    const auto stalls = [](std::uint64_t full_ms) {
        return [full_ms](Sample& sample) {
            sample.system.pressure_io = pressure_of(sample.system.pressure_io, 900, full_ms);
        };
    };
    const Summary stalled = lives_with(io_wait, 1000, stalls(500));
    ASSERT_NE(finding(stalled, FindingKind::io_stall), nullptr);
    EXPECT_THAT(finding(stalled, FindingKind::io_stall)->words, HasSubstr("victim"));
    EXPECT_EQ(finding(lives_with(io_wait, 1000, stalls(10)), FindingKind::io_stall), nullptr);
}

TEST(Findings, a_request_of_seconds_is_an_io_stall_whatever_the_pressure) {
    SummaryMachine machine;
    machine.start(1, "dd", io_wait);
    machine.begin();
    SummaryBuilder builder;
    for (int i = 0; i < 6; ++i) {
        builder.add(machine.step());
    }
    const Summary summary = builder.finish();
    ASSERT_NE(finding(summary, FindingKind::io_stall), nullptr);
    EXPECT_THAT(summary.findings.front().words, HasSubstr("the longest single wait took 6.0 s or more"));
}

TEST(Findings, memory_stall_by_waits_or_by_pressure) {
    EXPECT_NE(finding(lives_with(mem_wait, 500, [](Sample&) {}), FindingKind::memory_stall), nullptr);
    EXPECT_NE(finding(lives_with(idle, 0,
                                 [](Sample& sample) {
                                     sample.system.pressure_memory =
                                         pressure_of(sample.system.pressure_memory, 400, 300);
                                 }),
                      FindingKind::memory_stall),
              nullptr);
    EXPECT_EQ(all_words(lives_with(mem_wait, 50, [](Sample&) {})), "");
}

TEST(Findings, a_storm_of_short_lives_names_them) {
    SummaryMachine machine;
    machine.start(1, "make");
    machine.begin();
    SummaryBuilder builder;
    std::uint32_t tid = 100;
    for (int i = 0; i < 5; ++i) {
        for (int child = 0; child < 200; ++child, ++tid) {
            machine.bear(tid, "true", static_cast<std::uint64_t>(child + 3) * kMs);
            machine.end(tid, {{exec, 2 * kMs}});
        }
        builder.add(machine.step());
    }
    const Summary summary = builder.finish();
    ASSERT_EQ(summary.findings.size(), 1U) << all_words(summary);
    EXPECT_EQ(summary.findings.front().kind, FindingKind::short_lived_storm);
    EXPECT_THAT(summary.findings.front().words, HasSubstr("200 threads or processes a second"));
    EXPECT_THAT(summary.findings.front().words, HasSubstr("20 % of the CPUs; most of it true (100 %)"));
}

TEST(Findings, a_pool_that_starts_is_no_storm) {
    SummaryMachine machine;
    machine.start(1, "server");
    machine.begin();
    SummaryBuilder builder;
    std::uint32_t tid = 100;
    for (int i = 0; i < 5; ++i) {
        for (int child = 0; child < 200; ++child, ++tid) {
            machine.bear(tid, "worker", static_cast<std::uint64_t>(child + 3) * kMs);
            machine.spend(tid, {{exec, kMs / 10}}, idle);
        }
        builder.add(machine.step());
    }
    EXPECT_EQ(all_words(builder.finish()), "");
}

TEST(Findings, throttling_zombies_and_stolen_time) {
    const Summary throttled = lives_with(
        idle, 0, [](Sample& sample) { sample.system.core_throttles = sample.system.core_throttles.value_or(0) + 3; });
    EXPECT_NE(finding(throttled, FindingKind::throttled), nullptr);
    const Summary stolen = lives_with(idle, 0, [](Sample& sample) {
        fill_cpu(sample, 0.2);
        sample.system.cpu->steal_ns += 600 * kMs;
    });
    ASSERT_NE(finding(stolen, FindingKind::stolen_cpu), nullptr);
    EXPECT_THAT(stolen.findings.front().words, HasSubstr("% of the CPUs' time"));

    SummaryMachine machine;
    for (std::uint32_t tid = 1; tid <= 40; ++tid) {
        machine.start(tid, "defunct", zombie);
    }
    machine.begin();
    SummaryBuilder builder;
    for (int i = 0; i < 5; ++i) {
        builder.add(machine.step());
    }
    const Summary zombies = builder.finish();
    ASSERT_NE(finding(zombies, FindingKind::zombies), nullptr);
    EXPECT_THAT(zombies.findings.front().words, HasSubstr("defunct"));
}

TEST(Findings, lost_data_comes_first_however_short) {
    Saturated load;
    SummaryBuilder builder;
    for (int i = 0; i < 30; ++i) {
        if (i == 20) {
            load.machine.sample().health.exit_records_lost = 12;
        }
        builder.add(load.busy());
    }
    const Summary summary = builder.finish();
    ASSERT_EQ(summary.findings.size(), 2U) << all_words(summary);
    EXPECT_EQ(summary.findings.front().kind, FindingKind::data_lost);
    EXPECT_EQ(summary.findings.front().from_unix_ns, kBeginUnix + 20 * kSecond);
    EXPECT_EQ(summary.findings.front().to_unix_ns, kBeginUnix + 21 * kSecond);
}

}  // namespace
}  // namespace tsa
