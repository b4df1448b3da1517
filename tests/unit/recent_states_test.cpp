// SPDX-License-Identifier: MIT
// The last two minutes of every thread, kept before anyone looks: what is given back is what happened, and it is
// bounded.
#include "model/recent_states.h"

#include <gtest/gtest.h>

#include <numeric>

#include "unit/view_fixture.h"

namespace tsa {
namespace {

using test::kIntervalNs;
using test::kMs;
using test::kNowNs;
using test::World;
using enum ThreadState;

constexpr double kUnitNs = static_cast<double>(kIntervalNs) / 255;  // what a time may be rounded by

double sum(const PerState<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0);
}

class Recent : public testing::Test {
  protected:
    /// An interval later, with these rows' times.
    void pass(int intervals = 1) {
        for (int at = 0; at < intervals; ++at) {
            world_.report.now_ns += kIntervalNs;
            world_.report.time_unix_ns += kIntervalNs;
            recent_.add(world_.report);
        }
    }
    /// It stays in its state throughout.
    void is_quiet(std::uint32_t tid, ThreadState state) {
        ThreadRow& row = world_.row(tid);
        world_.thread(tid).state = state;
        row.before = row.now;
        row.quiet = true;
        row.state_ns = {};
        row.state_ns[index(state)] = kIntervalNs;
    }
    [[nodiscard]] StateHistory filled(std::uint32_t tid) {
        StateHistory history;
        recent_.fill(history, world_.row(tid), world_.report.now_ns);
        return history;
    }
    [[nodiscard]] StateHistory filled_process(std::uint32_t tgid) {
        StateHistory history;
        recent_.fill(history, tgid, world_.report, world_.report.now_ns);
        return history;
    }
    [[nodiscard]] PerState<double> all_of(const StateHistory& history) const {
        return history.between(kNowNs, world_.report.now_ns);
    }

    World world_;
    RecentStates recent_;
};

TEST_F(Recent, a_thread_that_was_not_watched_has_its_times) {
    world_.add({10, 10, "a", exec, {{exec, 300}, {cpu_wait, 50}}});
    world_.row(10).part_ns[Part::preempted] = 20 * kMs;
    pass(4);
    const StateHistory history = filled(10);
    const PerState<double> all = all_of(history);
    EXPECT_NEAR(all[index(exec)], 4 * 300e6, 4 * kUnitNs);
    EXPECT_NEAR(all[index(cpu_wait)], 4 * 50e6, 4 * kUnitNs);
    EXPECT_NEAR(all[index(idle)], 4 * 150e6, 4 * kUnitNs);
    EXPECT_NEAR(history.part_between(Part::preempted, kNowNs, world_.report.now_ns), 4 * 20e6, 4 * kUnitNs);
}

TEST_F(Recent, the_interval_that_the_report_has_is_left_to_it) {
    world_.add({10, 10, "a", exec, {{exec, 500}}});
    pass(3);
    StateHistory history;
    recent_.fill(history, world_.row(10), world_.report.now_ns - kIntervalNs);
    EXPECT_NEAR(sum(all_of(history)), 2.0 * kIntervalNs, 2 * kUnitNs);
}

TEST_F(Recent, quiet_intervals_take_no_memory_and_are_filled_with_the_state_around_them) {
    world_.add({10, 10, "a", exec, {{exec, 500}}});
    world_.thread(10).state = sleep;  // at the end of the interval
    pass();
    const std::size_t with_one = recent_.bytes();
    is_quiet(10, sleep);
    pass(5);
    const std::size_t with_quiet = recent_.bytes();
    EXPECT_LE(with_quiet - with_one, 5 * 64) << "five intervals without a thread";
    world_.thread(10).state = exec;
    ThreadRow& row = world_.row(10);
    row.quiet = false;
    row.state_ns = {};
    row.state_ns[index(exec)] = kIntervalNs;
    pass();
    const PerState<double> all = all_of(filled(10));
    EXPECT_NEAR(all[index(exec)], 2.0 * kIntervalNs, 2 * kUnitNs);
    EXPECT_NEAR(all[index(sleep)], 5.0 * kIntervalNs, kUnitNs);
}

TEST_F(Recent, a_thread_that_never_moved_was_in_its_state_all_the_time) {
    world_.add({10, 10, "a", idle, {}});
    is_quiet(10, idle);
    pass(6);
    const PerState<double> all = all_of(filled(10));
    EXPECT_NEAR(all[index(idle)], 6.0 * kIntervalNs, kUnitNs);
}

TEST_F(Recent, a_quiet_delay_is_in_the_past_of_its_row) {
    world_.add({10, 10, "a", lock_wait, {}});
    is_quiet(10, lock_wait);
    pass(10);
    const PastRow row{10, key_of(world_.thread(10))};
    const std::vector<Past> past = recent_.past_of({&row, 1}, world_.report.now_ns);
    float all = 0;
    for (const PerState<float>& column : past.at(0)) {
        all += column[index(lock_wait)];
    }
    EXPECT_NEAR(all, 10.0 * kIntervalNs, 10 * kUnitNs);
}

TEST_F(Recent, a_new_thread_was_not_there_before) {
    world_.add({10, 10, "a", idle, {}});
    is_quiet(10, idle);
    pass(4);
    Thread& born = world_.add({11, 10, "b", exec, {}});
    born.first_seen_ns = world_.report.now_ns + 250 * kMs;
    ThreadRow& row = world_.row(11);
    row.wall_ns = 250 * kMs;
    row.state_ns = {};
    row.state_ns[index(exec)] = 250 * kMs;
    pass();
    const StateHistory history = filled(11);
    EXPECT_NEAR(sum(all_of(history)), 250e6, 2 * kUnitNs);
    EXPECT_NEAR(sum(history.between(world_.report.now_ns - 250 * kMs, world_.report.now_ns)), 250e6, 2 * kUnitNs);
}

TEST_F(Recent, a_process_has_the_times_of_its_threads_and_of_those_that_ended) {
    world_.add({10, 10, "a", exec, {{exec, 500}}});
    world_.add({11, 10, "b", exec, {{exec, 250}, {io_wait, 250}}});
    world_.add({20, 20, "other", exec, {{exec, 500}}});
    pass(2);
    world_.end(11);
    world_.report.exited.at(0).wall_ns = 400 * kMs;
    world_.report.exited.at(0).state_ns = {};
    world_.report.exited.at(0).state_ns[index(exec)] = 400 * kMs;
    world_.report.exited.at(0).exit_time_unix_ns = world_.report.time_unix_ns + kIntervalNs - 100 * kMs;
    pass();
    world_.report.exited.clear();
    pass(3);
    const PerState<double> all = all_of(filled_process(10));
    EXPECT_NEAR(all[index(exec)], (6 * 500e6) + (2 * 250e6) + 400e6, 10 * kUnitNs);
    EXPECT_NEAR(all[index(io_wait)], 2 * 250e6, 2 * kUnitNs);
    EXPECT_NEAR(sum(all), (6.0 * kIntervalNs) + (2.0 * kIntervalNs) + 400e6, 10 * kUnitNs) << "nothing after its end";
}

TEST_F(Recent, a_tid_that_was_used_again_is_another_thread) {
    world_.add({10, 10, "a", exec, {{exec, 500}}});
    pass(3);
    world_.thread(10).start_time_ns = 123'456'789;
    world_.thread(10).first_seen_ns = world_.report.now_ns;
    pass(2);
    EXPECT_NEAR(all_of(filled(10))[index(exec)], 2.0 * kIntervalNs, 2 * kUnitNs);
}

TEST_F(Recent, two_minutes_later_it_is_gone_and_memory_stays) {
    for (std::uint32_t tid = 10; tid < 60; ++tid) {
        world_.add({tid, tid, "a", exec, {{exec, 500}}});
    }
    const int all = static_cast<int>(kRecentNs / kIntervalNs);
    pass(all);
    const std::size_t bytes = recent_.bytes();
    EXPECT_LE(bytes, 50 * 24 * static_cast<std::size_t>(all) * 5 / 4) << "24 bytes a thread and interval";
    pass(all);
    EXPECT_EQ(recent_.bytes(), bytes);
    EXPECT_GE(*recent_.oldest_ns() + kRecentNs, world_.report.now_ns);
}

TEST_F(Recent, of_a_machine_with_many_active_threads_it_keeps_what_fits) {
    for (std::uint32_t tid = 10; tid < 3010; ++tid) {
        world_.add({tid, 10, "a", exec, {{exec, 300}, {cpu_wait, 100}}});
    }
    pass(static_cast<int>(kRecentNs / kIntervalNs));
    EXPECT_LE(recent_.bytes(), kRecentBytes);
    EXPECT_GT(recent_.bytes(), kRecentBytes / 2);
    EXPECT_NEAR(all_of(filled(11))[index(exec)] / 300e6,
                static_cast<double>(world_.report.now_ns - *recent_.oldest_ns()) / static_cast<double>(kIntervalNs),
                0.5);
}

TEST_F(Recent, a_row_has_its_past_by_columns_and_a_process_that_of_all_its_threads) {
    world_.add({10, 10, "a", exec, {{exec, 500}}});
    world_.add({11, 10, "b", exec, {{cpu_wait, 500}}});
    pass(static_cast<int>(2 * kPastColumnNs / kIntervalNs));
    const std::array<PastRow, 3> rows = {PastRow{10, key_of(world_.thread(11))}, PastRow{10, std::nullopt}, PastRow{}};
    const std::vector<Past> pasts = recent_.past_of(rows, world_.report.now_ns);
    ASSERT_EQ(pasts.size(), 3U);
    const auto whole = static_cast<double>(kPastColumnNs);
    EXPECT_NEAR(pasts[0][kPastColumns - 2][index(cpu_wait)], whole, whole / 100);
    EXPECT_EQ(pasts[0][kPastColumns - 2][index(exec)], 0);
    EXPECT_NEAR(pasts[1][kPastColumns - 2][index(exec)], whole, whole / 100);
    EXPECT_NEAR(pasts[1][kPastColumns - 2][index(cpu_wait)], whole, whole / 100);
    EXPECT_EQ(pasts[1][0][index(exec)], 0) << "before the first interval";
    EXPECT_EQ(pasts[2], Past{});
}

TEST_F(Recent, once_forgotten_nothing_is_left) {
    world_.add({10, 10, "a", exec, {{exec, 500}}});
    pass(3);
    recent_.forget();
    EXPECT_EQ(recent_.bytes(), 0U);
    EXPECT_FALSE(recent_.oldest_ns().has_value());
    EXPECT_EQ(sum(all_of(filled(10))), 0);
}

TEST_F(Recent, the_same_report_counts_once) {
    world_.add({10, 10, "a", exec, {{exec, 500}}});
    pass();
    recent_.add(world_.report);
    EXPECT_NEAR(sum(all_of(filled(10))), 1.0 * kIntervalNs, kUnitNs);
}

}  // namespace
}  // namespace tsa
