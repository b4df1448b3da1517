// SPDX-License-Identifier: MIT
// Two Summaries compared: noise is distinguished from change, even if neighboring intervals are correlated.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "summary/change_text.h"
#include "summary/lines.h"
#include "summary/noise.h"
#include "summary/summary.h"
#include "unit/summary_machine.h"

namespace tsa {
namespace {

using ::testing::HasSubstr;
using testing::kSecond;
using ::testing::Not;
using testing::SummaryMachine;
using enum ThreadState;

/// A load that wanders: what it does in a second is mostly what it did in the one before (a correlation of `memory`).
class Wandering {
  public:
    Wandering(double level, double memory, unsigned seed) : level_(level), memory_(memory), engine_(seed) {}

    double next() {
        std::normal_distribution<double> shock(0, 0.06 * std::sqrt(1 - memory_ * memory_));
        away_ = memory_ * away_ + shock(engine_);
        return std::clamp(level_ + away_, 0.0, 0.9);
    }

  private:
    double level_, memory_, away_ = 0;
    std::mt19937 engine_;
};

/// `threads` names, each with its own wandering load; `changed` times as much for the first of them.
Summary recorded(unsigned seed, int intervals, double changed = 1, double memory = 0.8,
                 std::uint64_t interval_ns = kSecond) {
    constexpr std::uint32_t kThreads = 10;
    SummaryMachine machine;
    std::vector<Wandering> loads;
    for (std::uint32_t tid = 1; tid <= kThreads; ++tid) {
        machine.start(tid, "load" + std::to_string(tid));
        loads.emplace_back(tid == 1 ? 0.3 * changed : 0.3, memory, seed * 100 + tid);
    }
    machine.begin();
    SummaryBuilder builder;
    for (int i = 0; i < intervals; ++i) {
        for (std::uint32_t tid = 1; tid <= kThreads; ++tid) {
            const auto ns = static_cast<std::uint64_t>(loads[tid - 1].next() * static_cast<double>(interval_ns));
            machine.spend(tid, {{exec, ns}}, idle);
        }
        builder.add(machine.step(interval_ns));
    }
    return builder.finish();
}

std::size_t beyond_noise(const SummaryChange& change) {
    std::size_t beyond = 0;
    for (const GroupChange& group : change.by_thread) {
        beyond += group.states[index(exec)].beyond_noise() ? 1 : 0;
    }
    return beyond;
}

TEST(SummaryChange, the_same_load_twice_is_within_noise_however_it_wanders) {
    // Intervals are correlated over some 20 intervals: 150 of them carry little information.
    for (const auto& [memory, most] : {std::pair(0.0, 2U), {0.8, 4U}, {0.95, 10U}}) {
        std::size_t beyond = 0;
        constexpr unsigned kPairs = 20;
        for (unsigned pair = 0; pair < kPairs; ++pair) {
            beyond += beyond_noise(
                compare_summaries(recorded(2 * pair, 200, 1, memory), recorded(2 * pair + 1, 150, 1, memory)));
        }
        // Of 200 comparisons.
        EXPECT_LE(beyond, most) << memory;
    }
}

TEST(SummaryChange, a_real_change_is_found_and_comes_first) {
    const SummaryChange change = compare_summaries(recorded(1, 200), recorded(2, 300, 1.5, 0.8, kSecond / 2));
    ASSERT_EQ(change.by_thread.size(), 10U);
    const GroupChange& first = change.by_thread.front();
    EXPECT_EQ(first.process, "load1");
    const StateChange& state = first.states[index(exec)];
    EXPECT_TRUE(state.beyond_noise());
    EXPECT_NEAR(state.before, 0.3, 0.03);
    EXPECT_NEAR(state.after, 0.45, 0.03);
    EXPECT_GT(state.noise, 0.005);
    EXPECT_LT(state.noise, 0.15);
    EXPECT_TRUE(change.machine[index(exec)].beyond_noise());
    EXPECT_LE(beyond_noise(change), 2U);
}

TEST(SummaryChange, a_summary_compared_with_itself_has_no_change) {
    const Summary summary = recorded(1, 50);
    const SummaryChange change = compare_summaries(summary, summary);
    for (const GroupChange& group : change.by_process) {
        EXPECT_FALSE(group.beyond_noise());
        EXPECT_TRUE(group.in_before && group.in_after);
    }
}

TEST(SummaryChange, one_interval_tells_nothing_of_chance) {
    const SummaryChange change = compare_summaries(recorded(1, 1), recorded(2, 200, 3));
    EXPECT_TRUE(std::isinf(change.machine[index(exec)].noise));
    EXPECT_FALSE(change.by_process.front().beyond_noise());
}

TEST(SummaryChange, what_happened_once_may_be_chance_and_a_name_that_came_is_named) {
    SummaryMachine machine;
    machine.start(1, "always");
    machine.begin();
    SummaryBuilder builder;
    for (int i = 0; i < 100; ++i) {
        machine.spend(1, {{exec, kSecond / 5}}, idle);
        if (i == 40) {
            machine.bear(2, "once", 1000);
            machine.end(2, {{exec, kSecond / 2}});
        }
        builder.add(machine.step());
    }
    const Summary with_one = builder.finish();
    const SummaryChange change = compare_summaries(recorded(1, 100), with_one);
    bool always = false;
    for (const GroupChange& group : change.by_process) {
        EXPECT_FALSE(group.process == "once" && group.beyond_noise());
        always |= group.process == "always" && group.beyond_noise() && !group.in_before && group.in_after;
    }
    EXPECT_TRUE(always);
}

TEST(SummaryChange, threads_that_only_rest_come_after_those_that_work) {
    const auto crowd = [](std::uint32_t resting, std::uint64_t exec_ns) {
        SummaryMachine machine;
        machine.start(1, "worker");
        for (std::uint32_t tid = 2; tid < 2 + resting; ++tid) {
            machine.start(tid, "resting");
        }
        machine.begin();
        SummaryBuilder builder;
        for (int i = 0; i < 40; ++i) {
            machine.spend(1, {{exec, exec_ns}}, idle);
            builder.add(machine.step());
        }
        return builder.finish();
    };
    const SummaryChange change = compare_summaries(crowd(5, kSecond / 10), crowd(50, kSecond / 5));
    ASSERT_EQ(change.by_process.size(), 2U);
    EXPECT_EQ(change.by_process[0].process, "worker");
    EXPECT_EQ(change.by_process[1].process, "resting");
    EXPECT_TRUE(change.by_process[1].beyond_noise());
    EXPECT_EQ(change.by_process[1].weight, 0);
}

TEST(SummaryNoise, blocks_of_a_steady_sum_have_none_and_fewer_blocks_count_for_less) {
    const std::vector<std::uint64_t> same(16, 500), length(16, 1000);
    EXPECT_EQ(variance_of_mean(same, length), 0);
    EXPECT_EQ(variance_of_mean({}, {}), 0);
    // Of n values with the standard deviation 1 the mean has the variance 1 / n.
    std::vector<std::uint64_t> alternating;
    for (int i = 0; i < 16; ++i) {
        alternating.push_back(i % 2 == 0 ? 0 : 2000);
    }
    EXPECT_NEAR(variance_of_mean(alternating, length), 1.0 / 15, 1e-9);
    EXPECT_TRUE(std::isinf(noise_factor(1)));
    for (std::uint32_t blocks = 2; blocks < 60; ++blocks) {
        EXPECT_GT(noise_factor(blocks), noise_factor(blocks + 1));
        EXPECT_GT(noise_factor(blocks), 3.0);
    }
}

TEST(SummaryNoise, values_that_stay_away_for_long_have_more) {
    // Eight blocks low, eight high: sixteen independent values would seldom fall so.
    std::vector<std::uint64_t> steps(16, 0), length(16, 1000);
    std::fill(steps.begin() + 8, steps.end(), 2000);
    EXPECT_GT(variance_of_mean(steps, length), 4 * 1.0 / 15);
}

TEST(SummaryChangeText, tells_what_changed_and_sums_up_the_rest) {
    const Summary before = recorded(1, 200), after = recorded(2, 200, 1.6);
    SummaryContext from, to;
    from.title = "monday";
    to.title = "tuesday";
    from.host = "one";
    to.host = "two\x1b[31m";
    const std::string text =
        write_change_text({before, from}, {after, to}, compare_summaries(before, after), SummaryTextOptions{});
    EXPECT_THAT(text, HasSubstr("the hosts differ"));
    EXPECT_THAT(text, HasSubstr("two\\x1b[31m"));
    EXPECT_THAT(text, HasSubstr(" load1 "));
    EXPECT_THAT(text, HasSubstr("9 more names, all within noise"));
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace tsa
