// SPDX-License-Identifier: MIT
// Rows stay where they are: the mean that they are sorted by, when they are sorted again, and what does so at once.
#include "tui/overview/order.h"

#include <gmock/gmock.h>

#include "tui/overview.h"
#include "tui/overview/layout.h"
#include "unit/allocations.h"
#include "unit/view_fixture.h"

namespace tsa {
namespace {

using test::kIntervalNs;
using test::kMs;
using test::text_of;
using test::World;
using testing::AllocationCount;
using ::testing::ElementsAre;

/// Three threads whose delays the test sets, interval by interval.
class Machine3 {
  public:
    Machine3() {
        for (const std::uint32_t tid : {1U, 2U, 3U}) {
            world_.add({tid, tid, "t", ThreadState::idle, {}});
        }
    }

    [[nodiscard]] const Report& after(std::array<std::uint64_t, 3> delay_ms) {
        world_.report.now_ns += kIntervalNs;
        for (std::uint32_t at = 0; at < 3; ++at) {
            for (PerState<std::uint64_t>* state_ns :
                 {&world_.report.threads[at].state_ns, &world_.report.processes[at].state_ns}) {
                *state_ns = {};
                (*state_ns)[index(ThreadState::cpu_wait)] = delay_ms[at] * kMs;
                (*state_ns)[index(ThreadState::exec)] = kIntervalNs - delay_ms[at] * kMs;
            }
        }
        return world_.report;
    }
    [[nodiscard]] World& world() { return world_; }

  private:
    World world_;
};

std::vector<std::uint32_t> tids(const Report& report, const OverviewState& state) {
    RowList list(report, state);
    std::vector<std::uint32_t> out;
    for (const RowRef& row : list.rows(0, list.size())) {
        out.push_back(row.thread != nullptr ? row.thread->now->tid : row.process->tgid);
    }
    return out;
}

Overview overview_of(World& world) {
    return Overview({world.machine, true, 500, std::nullopt, kSortLatency});
}

TEST(HeldOrder, rows_are_sorted_by_the_mean_of_three_seconds_every_two_seconds) {
    for (const RowMode mode : {RowMode::threads, RowMode::processes}) {
        Machine3 machine;
        OverviewState state;
        state.mode = mode;
        const auto next = [&](std::array<std::uint64_t, 3> delay_ms) {
            const Report& report = machine.after(delay_ms);
            state.order.add(report, state.sort_key);
            return tids(report, state);
        };
        EXPECT_THAT(next({10, 20, 30}), ElementsAre(3, 2, 1)) << "the first interval sorts";
        for (int step = 0; step < 3; ++step) {
            EXPECT_THAT(next({100, 20, 30}), ElementsAre(3, 2, 1)) << "held";
        }
        EXPECT_THAT(next({0, 0, 450}), ElementsAre(3, 1, 2)) << "570, 310 and 80 ms together";
        for (int step = 0; step < 3; ++step) {
            EXPECT_THAT(next({0, 40, 0}), ElementsAre(3, 1, 2));
        }
        // The last six intervals: 200 ms, 200 ms, 510 ms; ties by TID.
        EXPECT_THAT(next({0, 40, 0}), ElementsAre(3, 2, 1)) << "450, 160 and 100 ms in the last 3 s";
        for (int step = 0; step < 4; ++step) {
            (void)next({0, 0, 0});
        }
        EXPECT_THAT(next({0, 0, 0}), ElementsAre(2, 1, 3)) << "only 2 has a delay in the last 3 s; ties by TID";
    }
}

TEST(HeldOrder, new_rows_wait_at_their_place_without_delay_until_the_next_sort) {
    Machine3 machine;
    OverviewState state;
    state.order.add(machine.after({10, 20, 30}), state.sort_key);
    machine.world().add({9, 9, "new", ThreadState::cpu_wait, {{ThreadState::cpu_wait, 500}}});
    const Report& report = machine.after({10, 20, 30});
    state.order.add(report, state.sort_key);
    EXPECT_THAT(tids(report, state), ElementsAre(3, 2, 1, 9));
    for (int step = 0; step < 3; ++step) {
        state.order.add(machine.after({10, 20, 30}), state.sort_key);
    }
    EXPECT_THAT(tids(report, state), ElementsAre(9, 3, 2, 1));
}

TEST(HeldOrder, values_that_are_no_amounts_are_held_as_they_were) {
    Machine3 machine;
    machine.world().thread(1).rss_bytes = 100;
    machine.world().thread(2).rss_bytes = 300;
    machine.world().thread(3).rss_bytes = 200;
    OverviewState state;
    state.sort_key = "rss_bytes";
    state.order.add(machine.after({}), state.sort_key);
    machine.world().thread(1).rss_bytes = 1000;
    const Report& report = machine.after({});
    state.order.add(report, state.sort_key);
    EXPECT_THAT(tids(report, state), ElementsAre(2, 3, 1));
    for (int step = 0; step < 3; ++step) {
        state.order.add(machine.after({}), state.sort_key);
    }
    EXPECT_THAT(tids(report, state), ElementsAre(1, 2, 3));
}

TEST(HeldOrder, short_intervals_are_added_up_without_a_bound_of_their_number) {
    Machine3 machine;
    OverviewState state;
    const Report* report = nullptr;
    machine.world().report.interval_ns = 20 * kMs;
    for (int step = 0; step < 400; ++step) {
        report = &machine.after({0, 1, 0});
        machine.world().report.now_ns -= kIntervalNs - 20 * kMs;
        state.order.add(*report, state.sort_key);
    }
    EXPECT_THAT(tids(*report, state), ElementsAre(2, 1, 3));
}

TEST(HeldOrder, a_steady_state_allocates_nothing) {
    if (!testing::allocations_are_counted()) {
        GTEST_SKIP() << "a sanitizer holds malloc";
    }
    Machine3 machine;
    HeldOrder order;
    for (int step = 0; step < 40; ++step) {
        order.add(machine.after({10, 20, 30}), kSortLatency);
    }
    const AllocationCount count;
    for (int step = 0; step < 40; ++step) {
        order.add(machine.after({10, 20, 30}), kSortLatency);
    }
    EXPECT_EQ(count.so_far(), 0U);
}

TEST(HeldOrder, a_sort_key_sorts_at_once_also_the_one_that_is_on) {
    Machine3 machine;
    Overview overview = overview_of(machine.world());
    overview.on_report(machine.after({10, 20, 30}));
    (void)overview.frame(132, 43);
    const Report& report = machine.after({400, 20, 30});
    overview.on_report(report);
    EXPECT_THAT(tids(report, overview.state().overview), ElementsAre(3, 2, 1));
    (void)overview.on_key(letter(U'L'));
    EXPECT_THAT(tids(report, overview.state().overview), ElementsAre(1, 3, 2));
    (void)overview.on_key(letter(U'P'));
    EXPECT_THAT(tids(report, overview.state().overview), ElementsAre(2, 3, 1));
    (void)overview.on_key(letter(U'I'));
    EXPECT_THAT(tids(report, overview.state().overview), ElementsAre(1, 3, 2));
    EXPECT_EQ(overview.state().overview.cursor, 0U);
}

TEST(HeldOrder, a_replay_sorts_at_each_step_and_holds_while_it_plays) {
    Machine3 machine;
    Timeline timeline(2);
    World& world = machine.world();
    for (const bool playing : {false, true}) {
        ReplayState replay = start_replay(timeline);
        replay.playing = playing;
        Overview overview({world.machine, true, 500, std::nullopt, kSortLatency, replay});
        overview.on_report(machine.after({10, 20, 30}));
        const Report& report = machine.after({300, 20, 30});
        overview.on_report(report);
        const std::vector<std::uint32_t> held{3, 2, 1}, sorted{1, 3, 2};
        EXPECT_EQ(tids(report, overview.state().overview), playing ? held : sorted);
        overview.forget_past();
        overview.on_report(report);
        EXPECT_THAT(tids(report, overview.state().overview), ElementsAre(1, 3, 2)) << "a jump";
    }
}

TEST(SortedColumn, is_on_the_screen_at_every_width_and_marked) {
    World world;
    world.fill();
    for (const SortChoice& choice : sort_choices()) {
        for (const int width : {30, 40, 60, 80, 120, 200}) {
            world.state.overview.sort_key = choice.key;
            world.state.overview.columns_hidden = {std::string(choice.key)};
            const std::vector<PlacedColumn> columns = place_columns(world.state.overview, width);
            const auto sorted = std::ranges::find(columns, choice.key, &PlacedColumn::key);
            ASSERT_NE(sorted, columns.end()) << choice.key << " at " << width;
            const Layout layout = layout_of(world.report, world.state, width, 24);
            EXPECT_THAT(world.draw(width, 24).line(layout.head_y), ::testing::HasSubstr("▼"))
                << choice.key << " at " << width;
        }
    }
}

TEST(NarrowScreen, has_name_delay_largest_state_and_wait) {
    World world;
    world.fill();
    const std::string text = text_of(world.draw(40, 20));
    EXPECT_THAT(text, ::testing::ContainsRegex("NAME +▼DELAY MOST WAITS ON"));
    EXPECT_THAT(text, ::testing::ContainsRegex("connection-18 +99\\.8 LOCK lock ← 4190"));
    EXPECT_THAT(text, ::testing::ContainsRegex("page_cleaner +48\\.2 IOW  pwrite64"));
    EXPECT_THAT(text, ::testing::ContainsRegex("bash +· SLP  wait4"));
}

TEST(Chosen, is_named_in_the_title_and_its_end_is_said) {
    World world;
    world.add({4588, 4588, "webapp", ThreadState::exec, {{ThreadState::exec, 500}}});
    Overview overview({world.machine, true, 500, std::nullopt, kSortLatency, std::nullopt, "process 4588 webapp"});
    overview.on_report(world.report);
    EXPECT_THAT(text_of(overview.frame(80, 24)), ::testing::HasSubstr("1 thread by DELAY ▼  of process 4588 webapp"));
    world.end(4588);
    overview.on_report(world.report);
    EXPECT_THAT(text_of(overview.frame(80, 24)), ::testing::HasSubstr("process 4588 webapp ended at 23:13:19"));
    world.report.exited.clear();
    world.report.time_unix_ns += 60'000 * kMs;
    overview.on_report(world.report);
    EXPECT_THAT(text_of(overview.frame(80, 24)), ::testing::HasSubstr("process 4588 webapp ended at 23:13:19"));
}

TEST(Rates, of_storage_are_per_second_whatever_the_interval) {
    World world;
    world.fill();
    world.thread(5000).read_bytes = 3ULL << 20U;
    world.thread(5000).write_bytes = 0;
    world.state.overview.columns_shown = {"read_bytes", "major_faults"};
    world.thread(5000).major_faults = 7;
    for (const std::uint64_t halves : {1ULL, 4ULL}) {
        world.report.interval_ns = halves * kIntervalNs;
        const std::string row = world.draw(132, 43).line(12);
        EXPECT_THAT(row, ::testing::HasSubstr("cc1plus"));
        EXPECT_THAT(row, ::testing::HasSubstr(halves == 1 ? "6.0M" : "1.5M"));
        EXPECT_THAT(row, ::testing::HasSubstr(halves == 1 ? "  14" : " 3.5"));
    }
}

TEST(AverageBar, is_full_at_as_many_threads_as_cpus_and_empty_at_none) {
    World world;
    world.fill_system();
    world.report.system.cpus = 4;
    const auto cells_full = [&] {
        const std::string line = world.draw(132, 43).line(5);
        std::size_t cells = 0;
        for (std::size_t at = line.find("█"); at != std::string::npos; at = line.find("█", at + 1)) {
            ++cells;
        }
        return cells;
    };
    EXPECT_EQ(cells_full(), 0U);
    world.report.total_ns[index(ThreadState::exec)] = kIntervalNs;
    const std::size_t one = cells_full();
    world.report.total_ns[index(ThreadState::exec)] = 4 * kIntervalNs;
    const std::size_t four = cells_full();
    EXPECT_NEAR(static_cast<double>(one) * 4, static_cast<double>(four), 4);
    world.report.total_ns[index(ThreadState::exec)] = 40 * kIntervalNs;
    EXPECT_EQ(cells_full(), four);
    EXPECT_GT(four, 80U);
}

}  // namespace
}  // namespace tsa
