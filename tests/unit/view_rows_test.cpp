// SPDX-License-Identifier: MIT
// Which rows, in which order, and where the selection goes when they move.
#include "tui/overview/rows.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <random>

#include "model/wait_labels.h"
#include "tui/overview/page.h"
#include "unit/view_fixture.h"

namespace tsa {
namespace {

using test::kIntervalNs;
using test::kMs;
using test::text_of;
using test::World;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::uint32_t> tids(const World& world, std::size_t first = 0, std::size_t count = 1000) {
    RowList list(world.report, world.state.overview);
    std::vector<std::uint32_t> out;
    for (const RowRef& row : list.rows(first, count)) {
        out.push_back(row.thread != nullptr ? row.thread->now->tid : row.process->tgid);
    }
    return out;
}

TEST(Rows, the_sick_come_first_and_equals_keep_the_order_of_their_tids) {
    World world;
    world.fill();
    EXPECT_THAT(tids(world), ElementsAre(4178, 5002, 4177, 4190, 5000, 61, 1, 2, 4121, 5001, 5003, 5004));
}

TEST(Rows, a_window_in_the_middle_is_the_same_as_that_part_of_the_whole) {
    World world;
    std::mt19937 random(3);
    for (std::uint32_t tid = 1; tid <= 300; ++tid) {
        world.add({tid, tid / 4 + 1, "t", ThreadState::exec, {{ThreadState::cpu_wait, random() % 20}}});
    }
    for (const RowMode mode : {RowMode::threads, RowMode::processes, RowMode::tree}) {
        world.state.overview.mode = mode;
        const std::vector<std::uint32_t> all = tids(world);
        for (const std::size_t first : {0UL, 1UL, 37UL, 60UL}) {
            const std::vector<std::uint32_t> window = tids(world, first, 10);
            EXPECT_EQ(window,
                      std::vector(all.begin() + static_cast<long>(first), all.begin() + static_cast<long>(first) + 10));
        }
    }
}

TEST(Rows, index_of_is_the_place_where_rows_puts_it) {
    World world;
    world.fill();
    for (const RowMode mode : {RowMode::threads, RowMode::processes, RowMode::tree}) {
        world.state.overview.mode = mode;
        RowList list(world.report, world.state.overview);
        const std::vector<RowRef> rows = list.rows(0, list.size());
        ASSERT_EQ(rows.size(), list.size());
        for (std::size_t at = 0; at < rows.size(); ++at) {
            EXPECT_EQ(RowList(world.report, world.state.overview).index_of(key_of(rows[at])), at);
        }
    }
}

TEST(Rows, filter_takes_names_of_threads_and_processes_and_tids_with_alternatives) {
    World world;
    world.fill();
    world.state.overview.filter = "MYSQL";
    EXPECT_THAT(tids(world), ElementsAre(4178, 4177, 4190, 4121));
    world.state.overview.filter = "bash|swapd";
    EXPECT_THAT(tids(world), ElementsAre(61, 5001));
    world.state.overview.filter = "4190";
    EXPECT_THAT(tids(world), ElementsAre(4190));
    world.state.overview.filter = "no such";
    EXPECT_THAT(tids(world), IsEmpty());
    world.state.overview.filter = "|";
    EXPECT_EQ(tids(world).size(), 12U);
}

TEST(Rows, idle_kernel_and_user_filters_hide_what_they_say) {
    World world;
    world.fill();
    world.state.overview.hide_idle = true;
    EXPECT_THAT(tids(world), ElementsAre(4178, 5002, 4177, 4190, 5000, 61, 4121, 5003, 5004));
    world.state.overview.kernel_threads = false;
    world.state.overview.uid = 1000;
    EXPECT_THAT(tids(world), ElementsAre(5002, 5000, 5003, 5004));
}

TEST(Rows, sorting_by_a_name_reads_upwards_and_absent_values_come_last_both_ways) {
    World world;
    world.fill();
    world.state.overview.sort_key = "comm";
    world.state.overview.descending = false;
    EXPECT_EQ(tids(world).front(), 5001U);  // bash
    world.state.overview.sort_key = "rss_bytes";
    EXPECT_EQ(tids(world).front(), 5000U);  // the only one with a value
    world.state.overview.descending = true;
    EXPECT_EQ(tids(world).front(), 5000U);
}

TEST(Rows, the_tree_shows_threads_below_their_process_and_folds) {
    World world;
    world.fill();
    world.state.overview.mode = RowMode::tree;
    EXPECT_THAT(tids(world, 0, 6), ElementsAre(4121, 4178, 4177, 4190, 4121, 5002));
    world.state.overview.folded = {4121};
    EXPECT_THAT(tids(world, 0, 3), ElementsAre(4121, 5002, 5000));
    world.state.overview.folded.clear();
    world.state.overview.all_folded = true;
    EXPECT_EQ(tids(world).size(), world.report.processes.size());
}

TEST(Rows, the_selection_stays_on_its_thread_while_that_is_on_the_screen) {
    World world;
    world.fill();
    world.draw(132, 43);
    world.press(Key::down);
    ASSERT_EQ(world.state.overview.selected->thread.tid, 5002U);
    // 5000 becomes the sickest of all: everything moves down by one.
    world.row(5000).state_ns = {};
    world.row(5000).state_ns[index(ThreadState::lock_wait)] = kIntervalNs;
    world.state = settle(world.state, world.report);
    EXPECT_EQ(world.state.overview.selected->thread.tid, 5002U);
    EXPECT_EQ(world.state.overview.cursor, 2U);
}

TEST(Rows, untouched_the_cursor_stays_at_the_top_whatever_is_there) {
    World world;
    world.fill();
    world.draw(132, 43);
    world.row(5000).state_ns[index(ThreadState::lock_wait)] = kIntervalNs;
    world.state = settle(world.state, world.report);
    EXPECT_FALSE(world.state.overview.selected.has_value());
    EXPECT_EQ(world.state.overview.cursor, 0U);
}

World crowd() {
    World world;
    for (std::uint32_t tid = 1; tid <= 200; ++tid) {
        world.add({tid, tid, "t", ThreadState::exec, {{ThreadState::cpu_wait, 400 - tid}}});
    }
    world.draw(80, 24);
    return world;
}

TEST(Rows, follow_scrolls_the_table_with_the_thread_and_without_it_the_cursor_stays_on_its_line) {
    for (const bool follow : {false, true}) {
        World world = crowd();
        world.press(Key::down);
        world.press(Key::down);
        world.state.overview.follow = follow;
        ASSERT_EQ(world.state.overview.selected->thread.tid, 3U);
        world.row(3).state_ns = {};  // from the top to the bottom of 200
        world.state = settle(world.state, world.report);
        EXPECT_EQ(world.state.overview.cursor, follow ? 199U : 2U);
        EXPECT_EQ(world.state.overview.selected->thread.tid, follow ? 3U : 4U);
        EXPECT_EQ(world.state.overview.scroll > 0, follow);
    }
}

TEST(Rows, following_a_thread_that_ends_is_said_and_ends) {
    World world = crowd();
    world.press(Key::down);
    world.state.overview.follow = true;
    world.end(2);
    world.state = settle(world.state, world.report);
    EXPECT_FALSE(world.state.overview.follow);
    EXPECT_THAT(world.state.message, testing::HasSubstr("2 is gone"));
}

TEST(Rows, tags_outlive_a_filter_but_not_their_thread) {
    World world = crowd();
    world.state.overview.tagged = {{{7, 1007}, false}, {{8, 1008}, false}};
    world.state.overview.filter = "no such";
    world.end(8);
    world.state = settle(world.state, world.report);
    EXPECT_THAT(world.state.overview.tagged, ElementsAre(RowKey{{7, 1007}, false}));
}

// Four that ended with a final record, and one whose record is still to come.
World with_ended() {
    World world;
    world.fill();
    for (std::uint32_t tid = 7001; tid <= 7004; ++tid) {
        world.add({tid, tid, tid < 7004 ? "cc1" : "sh", ThreadState::zombie, {{ThreadState::exec, 5}}});
        world.row(tid).wall_ns = 5 * kMs;
        world.end(tid);
    }
    world.add({7005, 7005, "sh", ThreadState::zombie, {{ThreadState::exec, 400}}}).since_ns = test::kNowNs - kMs;
    return world;
}

TEST(EndedRows, fold_into_one_line_at_the_end_that_enter_unfolds) {
    World world = with_ended();
    const std::size_t living = 12;
    EXPECT_EQ(RowList(world.report, world.state.overview).living(), living);
    EXPECT_EQ(RowList(world.report, world.state.overview).size(), living + 1);
    const std::string folded = text_of(world.draw(132, 43));
    EXPECT_THAT(folded, testing::HasSubstr("5 ended: cc1 3, sh 2"));
    EXPECT_THAT(folded, testing::HasSubstr("12 threads by DELAY"));
    EXPECT_THAT(folded, testing::Not(testing::HasSubstr("7005"))) << "no zombie either";
    world.press(Key::end);
    world.press(Key::enter);
    EXPECT_EQ(RowList(world.report, world.state.overview).size(), living + 1 + 5);
    const std::string unfolded = text_of(world.draw(132, 43));
    EXPECT_THAT(unfolded, testing::ContainsRegex("7001 cc1 .* ended +100 ms"));
    EXPECT_THAT(unfolded, testing::ContainsRegex("7005 sh .* ended"));
    EXPECT_THAT(unfolded, testing::HasSubstr("5 ended: cc1 3, sh 2"));
    world.type("-");
    EXPECT_THAT(text_of(world.draw(132, 43)), testing::Not(testing::HasSubstr("7001")));
}

TEST(EndedRows, the_line_of_them_is_not_among_the_threads_to_look_up) {
    for (const RowMode mode : {RowMode::threads, RowMode::processes, RowMode::tree}) {
        World world = with_ended();
        world.state.overview.mode = mode;
        world.draw(132, 20);
        world.press(Key::end);
        world.draw(132, 20);
        const std::vector<ThreadKey> shown = kOverviewPage.shown_threads(world.state, world.report);
        EXPECT_FALSE(shown.empty());
        EXPECT_EQ(std::ranges::count(shown, 0U, &ThreadKey::tid), 0);
    }
}

/// A condition variable of 400 ms that a label calls a lock, of a thread of a process with two, beside one in a lock
/// for 300 ms.
World with_labeled_wait(WaitLabels& labels) {
    World world;
    world.add({10, 10, "web", ThreadState::exec, {}});
    Thread& labeled = world.add({11, 10, "pool", ThreadState::sync, {{ThreadState::sync, 400}}});
    world.add({20, 20, "db", ThreadState::lock_wait, {{ThreadState::lock_wait, 300}}});
    labeled.since_ns = test::kNowNs - 400 * kMs;
    labels.put(labeled).delays = true;
    world.report.labels = &labels;
    return world;
}

TEST(Delay, is_shown_and_sorted_by_with_the_part_that_labels_call_one) {
    WaitLabels labels;
    World world = with_labeled_wait(labels);
    EXPECT_THAT(tids(world), ElementsAre(11, 20, 10));
    EXPECT_THAT(text_of(world.draw(132, 43)), testing::ContainsRegex("11 pool [^\n]* 80\\.0 "));
    world.state.overview.mode = RowMode::processes;
    EXPECT_THAT(tids(world), ElementsAre(10, 20));
    EXPECT_THAT(text_of(world.draw(132, 43)), testing::ContainsRegex("10 web \\(2\\) [^\n]* 80\\.0 "));
    world.press(Key::home);
    world.press(Key::enter);
    world.press(Key::enter);
    EXPECT_THAT(text_of(world.draw(132, 43)), testing::HasSubstr("TID 11")) << "its most delayed thread is the first";
}

TEST(EndedRows, have_the_line_in_every_mode_and_no_key_takes_it_for_a_thread) {
    for (const RowMode mode : {RowMode::threads, RowMode::processes, RowMode::tree}) {
        World world = with_ended();
        world.state.overview.mode = mode;
        world.draw(132, 43);
        world.press(Key::end);
        EXPECT_THAT(text_of(world.draw(132, 43)), testing::HasSubstr("5 ended: cc1 3, sh 2"));
        EXPECT_TRUE(is_on_ended_line(world.state, world.report));
        EXPECT_FALSE(current_row(world.state, world.report).has_value());
        world.type(" cF");
        EXPECT_THAT(world.state.overview.tagged, IsEmpty());
        EXPECT_FALSE(world.press(Key::f8).has_value());
        world.press(Key::f9);
        EXPECT_EQ(test::overlay_name(world.state), "") << "nothing to send a signal to";
        RowList list(world.report, world.state.overview);
        EXPECT_EQ(list.index_of(RowKey{{0, 0}, true}), list.living());
    }
}

TEST(EndedRows, name_as_many_as_there_is_room_for) {
    World world;
    for (std::uint32_t tid = 1; tid <= 40; ++tid) {
        world.add({tid, tid, fmt::format("child-{}", tid), ThreadState::zombie, {}});
        world.end(tid);
    }
    for (const int width : {40, 80, 200}) {
        const std::string text = text_of(world.draw(width, 24));
        EXPECT_THAT(text, testing::HasSubstr("40 ended: child-1, child-10,"));
        EXPECT_THAT(text, testing::ContainsRegex("child-[0-9]+, \\.\\.\\.\n"));
    }
}

/// Processes below their parents: the ID of each, and how deep it is.
std::vector<std::pair<std::uint32_t, int>> levels(const World& world) {
    RowList list(world.report, world.state.overview);
    std::vector<std::pair<std::uint32_t, int>> out;
    for (const RowRef& row : list.rows(0, list.size())) {
        out.emplace_back(row.process->tgid, row.level);
    }
    return out;
}

/// 1 has 10 and 20; 10 has 11, which has 12; 30 is of a parent that is not seen.
void fill_parents(World& world) {
    const auto add = [&](std::uint32_t tid, std::uint32_t parent, std::uint64_t exec_ms) {
        world.add({tid, tid, "p", ThreadState::exec, {{ThreadState::exec, exec_ms}}}).parent_tgid = parent;
    };
    add(1, 0, 1);
    add(10, 1, 5);
    add(11, 10, 40);
    add(12, 11, 2);
    add(20, 1, 90);
    add(30, 7, 3);
    world.state.overview.mode = RowMode::parents;
    world.state.overview.sort_key = "exec_ns";
}

TEST(ParentsTree, has_children_below_their_parent_in_the_order_of_the_rows) {
    World world;
    fill_parents(world);
    using Levels = std::vector<std::pair<std::uint32_t, int>>;
    EXPECT_EQ(levels(world), (Levels{{30, 0}, {1, 0}, {20, 1}, {10, 1}, {11, 2}, {12, 3}}));
    world.state.overview.descending = false;
    EXPECT_EQ(levels(world), (Levels{{1, 0}, {10, 1}, {11, 2}, {12, 3}, {20, 1}, {30, 0}}));
}

TEST(ParentsTree, a_fold_hides_all_that_is_below_it) {
    World world;
    fill_parents(world);
    world.state.overview.folded = {10};
    using Levels = std::vector<std::pair<std::uint32_t, int>>;
    EXPECT_EQ(levels(world), (Levels{{30, 0}, {1, 0}, {20, 1}, {10, 1}}));
    RowList list(world.report, world.state.overview);
    const RowRef folded = list.rows(3, 1).front();
    EXPECT_TRUE(folded.folded);
    world.state.overview.all_folded = true;  // then 10 alone is open, but below a fold
    EXPECT_EQ(levels(world), (Levels{{30, 0}, {1, 0}}));
}

TEST(ParentsTree, a_filter_leaves_children_without_their_parent_at_the_left) {
    World world;
    fill_parents(world);
    world.state.overview.filter = "12|20";
    using Levels = std::vector<std::pair<std::uint32_t, int>>;
    EXPECT_EQ(levels(world), (Levels{{20, 0}, {12, 0}}));
}

TEST(ParentsTree, a_circle_of_reused_ids_loses_no_row) {
    World world;
    for (const auto& [tid, parent] : {std::pair{5U, 6U}, std::pair{6U, 5U}, std::pair{7U, 7U}, std::pair{8U, 6U}}) {
        world.add({tid, tid, "p", ThreadState::exec, {}}).parent_tgid = parent;
    }
    world.state.overview.mode = RowMode::parents;
    EXPECT_EQ(levels(world).size(), 4U);
    RowList list(world.report, world.state.overview);
    for (const RowRef& row : list.rows(0, list.size())) {
        EXPECT_TRUE(list.index_of(key_of(row)).has_value());
    }
}

TEST(ParentsTree, a_long_chain_is_drawn_without_recursion) {
    World world;
    constexpr std::uint32_t kLong = 20'000;
    for (std::uint32_t tid = 1; tid <= kLong; ++tid) {
        world.add({tid, tid, "p", ThreadState::exec, {}}).parent_tgid = tid - 1;
    }
    world.state.overview.mode = RowMode::parents;
    const auto all = levels(world);
    ASSERT_EQ(all.size(), kLong);
    EXPECT_EQ(all.back(), (std::pair<std::uint32_t, int>{kLong, RowRef::kMostLevels}));
}

TEST(CpuTimeOfProcesses, is_what_was_read_and_sorts) {
    World world;
    fill_parents(world);
    world.state.overview.mode = RowMode::processes;
    world.state.overview.sort_key = kCpuTime;
    EXPECT_EQ(tids(world), (std::vector<std::uint32_t>{1, 10, 11, 12, 20, 30})) << "not read: by ID";
    ProcessTimes times;
    times.set(12, 9'000'000'000);
    times.set(1, 5'000'000'000);
    times.set(30, 7'000'000'000);
    world.state.overview.process_times = &times;
    EXPECT_EQ(tids(world), (std::vector<std::uint32_t>{12, 30, 1, 10, 11, 20}));
    world.state.overview.columns = {"comm", std::string(kCpuTime)};
    EXPECT_THAT(text_of(world.draw(100, 20)), testing::HasSubstr("9.0 s"));
}

}  // namespace
}  // namespace tsa
