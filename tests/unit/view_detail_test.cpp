// SPDX-License-Identifier: MIT
// The drill-down: its cursor, its pages, both sources in words, and the question about delay accounting.
#include <gmock/gmock.h>

#include "tui/overview.h"
#include "tui/overview/layout.h"
#include "tui/thread/detail.h"
#include "unit/view_fixture.h"

namespace tsa {
namespace {

using test::kIntervalNs;
using test::kMs;
using test::kNowNs;
using test::overlay_name;
using test::text_of;
using test::World;
using testing::HasSubstr;
using testing::Not;

constexpr ThreadKey kThread{4178, 1000 + 4178};

/// Ten seconds: five on a CPU, five in a lock.
World watched_world() {
    World world;
    world.fill();
    world.history.watch(kThread);
    open_thread(world.state, kThread, 4121);
    ThreadRow& row = world.row(4178);
    for (std::uint64_t step = 20; step-- > 0;) {
        row.state_ns = {};
        row.state_ns[index(step >= 10 ? ThreadState::exec : ThreadState::lock_wait)] = kIntervalNs;
        world.report.now_ns = kNowNs - step * kIntervalNs;
        world.history.add(world.report);
    }
    world.detail = test::detail_of_4178();
    return world;
}

std::string line_with(const Frame& frame, std::string_view part) {
    for (int y = 0; y < frame.height(); ++y) {
        if (const std::string line = frame.line(y); line.find(part) != std::string::npos) {
            return line;
        }
    }
    return "";
}

std::string read_out(World& world, int width = 132, int height = 43) {
    return line_with(world.draw(width, height), " a column");
}

TEST(Chart, the_newest_moment_is_read_out_until_the_cursor_picks_another) {
    World world = watched_world();
    EXPECT_THAT(read_out(world), HasSubstr("lock wait 100 %"));
    world.press(Key::left);  // the newest, held
    for (int step = 0; step < 12; ++step) {
        world.press(Key::left);
    }
    const std::string held = read_out(world);
    EXPECT_THAT(held, HasSubstr("exec 100 %"));
    // The moment stays while time goes on, until it leaves the chart.
    world.report.now_ns += kIntervalNs;
    world.report.time_unix_ns += kIntervalNs;
    world.history.add(world.report);
    EXPECT_EQ(read_out(world), held);
    world.press(Key::escape);
    EXPECT_THAT(read_out(world), HasSubstr("lock wait 100 %"));
    EXPECT_TRUE(thread_on(world.state)) << "Esc took the cursor only";
    world.press(Key::escape);
    EXPECT_FALSE(thread_on(world.state));
}

TEST(Chart, moving_past_its_right_end_follows_the_newest_again) {
    World world = watched_world();
    read_out(world);
    world.press(Key::left);
    EXPECT_TRUE(world.state.thread.moment_ns.has_value());
    world.press(Key::right);
    EXPECT_FALSE(world.state.thread.moment_ns.has_value());
    world.press(Key::right);
    EXPECT_FALSE(world.state.thread.moment_ns.has_value());
}

TEST(Chart, home_is_the_oldest_moment_that_is_known_and_left_goes_no_further) {
    World world = watched_world();
    read_out(world);
    world.press(Key::home);
    const auto oldest = world.state.thread.moment_ns;
    ASSERT_TRUE(oldest.has_value());
    EXPECT_EQ(*oldest, kNowNs - 20 * kIntervalNs);
    EXPECT_THAT(read_out(world), HasSubstr("exec 100 %"));
    world.press(Key::left);
    EXPECT_EQ(world.state.thread.moment_ns, oldest);
    world.press(Key::end);
    EXPECT_FALSE(world.state.thread.moment_ns.has_value());
}

TEST(Chart, where_it_has_no_room_its_keys_do_nothing_that_cannot_be_seen) {
    World world = watched_world();
    world.draw(40, 10);
    world.press(Key::left);
    EXPECT_FALSE(world.state.thread.moment_ns.has_value());
    world.press(Key::escape);
    EXPECT_FALSE(thread_on(world.state));
}

TEST(Chart, clock_and_shares_are_those_of_the_slice_in_local_time) {
    World world = watched_world();
    world.draw(132, 43);
    world.press(Key::home);
    // The report is of 22:13:20 UTC, the fixture's clock one hour ahead; the oldest slice began ten seconds before.
    EXPECT_THAT(read_out(world), HasSubstr("23:13:10.0  exec 100 %"));
}

TEST(Chart, zoom_keeps_the_moment_and_has_two_ends) {
    World world = watched_world();
    read_out(world);
    world.press(Key::home);
    const auto moment = world.state.thread.moment_ns;
    for (int step = 0; step < 8; ++step) {
        world.press(letter(U'-'));
        EXPECT_THAT(read_out(world), HasSubstr("exec"));
    }
    EXPECT_EQ(world.state.thread.bounds.slots, 16U);
    EXPECT_EQ(world.state.thread.moment_ns, moment);
    for (int step = 0; step < 8; ++step) {
        world.press(letter(U'+'));
        read_out(world);
    }
    EXPECT_EQ(world.state.thread.bounds.slots, 1U);
    EXPECT_THAT(read_out(world), HasSubstr("250 ms a column"));
}

TEST(Chart, the_column_under_the_cursor_is_marked_and_a_click_puts_it_there) {
    World world = watched_world();
    world.draw(132, 43);
    const DetailBounds bounds = world.state.thread.bounds;
    ASSERT_GT(bounds.chart_rows, 0);
    const int x = bounds.chart_x + bounds.chart_columns - 3;
    world.press(KeyEvent{Key::click, 0, x, bounds.chart_y + 1});
    const Frame frame = world.draw(132, 43);
    for (int column = 0; column < 132; ++column) {
        EXPECT_EQ(frame.at(column, bounds.chart_y).selected, column == x) << column;
    }
    world.press(KeyEvent{Key::click, 0, 2, bounds.chart_y});
    EXPECT_TRUE(frame.at(x, bounds.chart_y).selected) << "beside the chart a click does nothing";
}

TEST(Chart, a_column_that_was_drawn_only_moves_to_the_left) {
    World world = watched_world();
    world.state.thread.chart_slots = 4;
    const auto column_of = [&](const Frame& frame, int from_right) {
        std::string glyphs_seen;
        const int x = world.state.thread.bounds.chart_x + world.state.thread.bounds.chart_columns - 1 - from_right;
        for (int y = world.state.thread.bounds.chart_y;
             y < world.state.thread.bounds.chart_y + world.state.thread.bounds.chart_rows; ++y) {
            glyphs_seen += std::to_string(static_cast<int>(frame.at(x, y).role)) + " ";
        }
        return glyphs_seen;
    };
    const std::string before = column_of(world.draw(132, 43), 3);
    world.report.now_ns += 1'000 * kMs;  // one column
    world.history.add(world.report);
    EXPECT_EQ(column_of(world.draw(132, 43), 4), before);
}

TEST(Sources, each_pair_has_both_numbers_their_difference_and_a_verdict_in_words) {
    World world = watched_world();
    const Frame frame = world.draw(132, 43);
    EXPECT_THAT(line_with(frame, " exec   "), testing::ContainsRegex("27.1 % .*27.1 % +0.0 +agree"));
    EXPECT_THAT(line_with(frame, " cpu wait   "), testing::ContainsRegex("27.0 % .*31.2 % +[+]4.2 +disagree"));
    EXPECT_THAT(line_with(frame, " io wait   "), testing::ContainsRegex("· +- +explained: older thread"));
    EXPECT_THAT(line_with(frame, " swap wait   "),
                testing::ContainsRegex("12.0 % .*8.1 % +-3.9 +explained: open wait"));
    EXPECT_THAT(text_of(frame), HasSubstr("swap wait: taskstats adds a wait when it ends"));
    EXPECT_THAT(line_with(frame, "woken"), HasSubstr("worst  18 ms"));
    EXPECT_THAT(line_with(frame, " lock wait  "), HasSubstr("50.0 %"));
}

TEST(Sources, no_taskstats_at_all_is_said_and_is_no_number) {
    World world = watched_world();
    world.detail->stats_unavailable = "taskstats needs CAP_NET_ADMIN; hint: run as root";
    world.detail->stats.reset();
    for (const int width : {80, 132, 200}) {
        const Frame frame = world.draw(width, 43);
        EXPECT_THAT(text_of(frame), HasSubstr("TASKSTATS  taskstats needs CAP_NET_ADMIN")) << width;
        EXPECT_THAT(text_of(frame), Not(HasSubstr("31.2"))) << width;
        EXPECT_THAT(line_with(frame, "LAST 10 s"), HasSubstr("exec 50.0 %  lock wait 50.0 %")) << width;
    }
}

TEST(Sources, taskstats_is_a_line_until_it_disagrees_and_its_table_stays_for_a_while) {
    World world = watched_world();
    const auto disagreement = world.detail->comparisons;
    for (Comparison& comparison : world.detail->comparisons) {
        comparison.verdict = comparison.verdict == Verdict::disagree ? Verdict::agree : comparison.verdict;
    }
    const Frame line = world.draw(132, 43);
    EXPECT_THAT(line_with(line, "TASKSTATS"), HasSubstr("exec 27.1 %  cpu wait 31.2 %"));
    EXPECT_THAT(line_with(line, "TASKSTATS"), HasSubstr("agrees  io wait not measured (key v)"));
    EXPECT_THAT(text_of(line), Not(HasSubstr("DIFF")));
    EXPECT_THAT(line_with(line, " CPU "), HasSubstr("38.2 %")) << "a line of the machine";
    world.detail->comparisons = disagreement;
    EXPECT_THAT(text_of(world.draw(132, 43)), HasSubstr("disagree"));
    for (Comparison& comparison : world.detail->comparisons) {
        comparison.verdict = Verdict::agree;
    }
    world.report.now_ns += 9'000 * kMs;
    EXPECT_THAT(text_of(world.draw(132, 43)), HasSubstr("DIFF"));
    world.report.now_ns += 2'000 * kMs;
    EXPECT_THAT(text_of(world.draw(132, 43)), Not(HasSubstr("DIFF")));
    world.press(letter(U'v'));
    EXPECT_THAT(text_of(world.draw(132, 43)), HasSubstr("DIFF")) << "by key";
}

TEST(Sources, the_line_says_that_accounting_is_off_and_by_which_key_it_is_switched_on) {
    World world = watched_world();
    for (Comparison& comparison : world.detail->comparisons) {
        comparison.verdict = Verdict::agree;
    }
    for (const Pair pair : {Pair::io_wait, Pair::swap_wait}) {
        Comparison& comparison = world.detail->comparisons[static_cast<std::size_t>(pair)];
        comparison.taskstats_ns.reset();
        comparison.reason = Reason::accounting_off;
    }
    EXPECT_THAT(line_with(world.draw(132, 43), "TASKSTATS"),
                HasSubstr("agrees  io wait, swap wait: accounting off (key A)"));
}

TEST(Sources, before_anything_is_known_of_the_thread_the_interval_stands_alone) {
    World world = watched_world();
    world.detail.reset();
    const Frame frame = world.draw(132, 43);
    EXPECT_THAT(text_of(frame), HasSubstr("LAST 500 ms  lock wait 100.0 %"));
    EXPECT_THAT(text_of(frame), HasSubstr("TASKSTATS  nothing to compare yet"));
    EXPECT_THAT(text_of(frame), HasSubstr("not counted yet"));
}

TEST(Sources, what_a_source_cannot_measure_is_a_dash) {
    World world = watched_world();
    constexpr Measured kProcfs = measured_bit(ThreadState::exec) | measured_bit(ThreadState::cpu_wait) |
                                 measured_bit(ThreadState::sleep) | measured_bit(ThreadState::zombie);
    Thread& thread = world.thread(4178);
    thread.measured = kProcfs;
    thread.state = ThreadState::sleep;
    thread.ns = {};
    thread.ns[index(ThreadState::sleep)] = 500 * kMs;
    world.report.source = Source::procfs;
    world.report.measured = kProcfs;
    world.report.now_ns += kIntervalNs;
    world.history.add(world.report);
    world.detail.reset();
    const Frame frame = world.draw(132, 43);
    EXPECT_THAT(line_with(frame, "LAST 500 ms"), Not(HasSubstr("io wait")));
    EXPECT_THAT(line_with(frame, "LAST 500 ms"), Not(HasSubstr("preempted")));
    EXPECT_THAT(line_with(frame, "NOW"), HasSubstr("off CPU"));
    EXPECT_THAT(line_with(frame, "NOW"), Not(HasSubstr("for"))) << "it does not know since when";
    EXPECT_THAT(line_with(frame, "switches"), HasSubstr("switches  - voluntary, - preempted"));
    world.press(letter(U'v'));
    const Frame states = world.draw(132, 43);
    EXPECT_THAT(line_with(states, " idle "), testing::ContainsRegex("idle +- .*-$"));
    world.press(Key::escape);
    const Frame overview = world.draw(132, 43);
    EXPECT_THAT(overview.line(0), HasSubstr("procfs: fewer states"));
    EXPECT_THAT(text_of(overview), HasSubstr("off CPU"));
    EXPECT_THAT(line_with(overview, "ON AVERAGE IN"), Not(HasSubstr("lock")));
}

TEST(Drill, limits_of_its_cpu_time_are_said_where_there_are_any) {
    World world = watched_world();
    world.report.system.now.cpus = 16;
    EXPECT_THAT(text_of(world.draw(200, 50)), HasSubstr("   CPUs 0-15, last"));
    EXPECT_THAT(text_of(world.draw(200, 50)), Not(HasSubstr("quota")));
    world.detail->properties.cpus_allowed = "3";
    world.detail->properties.allowed_count = 1;
    world.detail->properties.quota = CpuQuota{"/pod/app", 0.25};
    EXPECT_THAT(text_of(world.draw(200, 50)), HasSubstr("   only 1 of 16 CPUs: 3, last"));
    EXPECT_THAT(text_of(world.draw(200, 50)), HasSubstr("   quota 0.25 CPUs of /pod/app   "));
}

TEST(Drill, a_thread_that_is_stuck_is_marked) {
    World world = watched_world();
    EXPECT_THAT(line_with(world.draw(80, 24), "NOW"), Not(HasSubstr("STUCK")));
    world.row(4178).state_ns = {};
    world.row(4178).state_ns[index(ThreadState::lock_wait)] = kIntervalNs;
    for (std::uint64_t step = 1; step <= 12; ++step) {
        world.report.now_ns = kNowNs + step * kIntervalNs;
        world.history.add(world.report);
    }
    ASSERT_EQ(world.thread(4178).state, ThreadState::lock_wait);
    EXPECT_THAT(line_with(world.draw(80, 24), "NOW"), HasSubstr(" STUCK"));
}

TEST(DetailKeys, v_turns_to_all_states_and_the_kernels_own_numbers_and_back) {
    World world = watched_world();
    world.press(letter(U'v'));
    const std::string page = text_of(world.draw(132, 43));
    EXPECT_THAT(page, HasSubstr("SINCE FIRST SEEN"));
    EXPECT_THAT(page, testing::ContainsRegex("CPU wait +12,331 +41 s +3.3 ms"));
    EXPECT_THAT(page, Not(HasSubstr("WAITS ON")));
    world.press(letter(U'v'));
    EXPECT_THAT(text_of(world.draw(132, 43)), HasSubstr("WAITS ON"));
}

TEST(Drill, the_totals_of_a_thread_that_ended_stay_on_every_screen) {
    for (const auto& [width, height] : {std::pair{40, 10}, std::pair{80, 24}, std::pair{132, 43}}) {
        World world = watched_world();
        world.thread(4178).ns[index(ThreadState::exec)] = 7'000 * kMs;
        world.report.now_ns += kIntervalNs;
        world.end(4178);
        world.history.add(world.report);
        const std::string first = text_of(world.draw(width, height));
        EXPECT_THAT(first, HasSubstr("ENDED")) << width;
        EXPECT_THAT(first, HasSubstr("exec 7.0 s")) << width;
        world.report.exited.clear();
        world.report.now_ns += kIntervalNs;
        world.report.time_unix_ns += kIntervalNs;
        world.history.add(world.report);
        EXPECT_THAT(text_of(world.draw(width, height)), HasSubstr("exec 7.0 s")) << width;
    }
}

TEST(DetailKeys, t_lists_the_threads_of_its_process_and_the_way_back_is_enter_or_esc) {
    World world = watched_world();
    world.state.overview.mode = RowMode::tree;
    world.press(letter(U't'));
    EXPECT_FALSE(thread_on(world.state));
    const std::string list = text_of(world.draw(132, 43));
    EXPECT_THAT(list, HasSubstr("4 threads by DELAY"));
    EXPECT_THAT(list, HasSubstr("PROCESS 4121 mysqld"));
    EXPECT_THAT(list, Not(HasSubstr("cc1plus")));
    world.press(Key::enter);
    EXPECT_EQ(thread_on(world.state), kThread) << "it was the selected one";
    world.press(Key::escape);
    world.press(Key::escape);
    EXPECT_FALSE(world.state.overview.tgid.has_value());
    EXPECT_EQ(world.state.overview.mode, RowMode::tree);
    EXPECT_THAT(text_of(world.draw(132, 43)), HasSubstr("cc1plus"));
}

TEST(DetailKeys, tab_stays_at_the_moment_and_goes_to_the_top_of_the_waits) {
    World world = watched_world();
    world.draw(132, 43);
    world.press(Key::home);
    world.state.thread.scroll = 3;
    const auto moment = world.state.thread.moment_ns;
    world.press(Key::tab);
    EXPECT_EQ(world.state.thread.key.tid, 4190U);
    EXPECT_EQ(world.state.thread.moment_ns, moment);
    EXPECT_EQ(world.state.thread.scroll, 0U);
}

TEST(Accounting, is_switched_on_only_by_an_answer_that_says_so) {
    for (const bool in_detail : {false, true}) {
        World world = watched_world();
        if (!in_detail) {
            close_page(world.state);
        }
        world.press(letter(U'A'));
        ASSERT_EQ(overlay_name(world.state), "accounting");
        const std::string question = text_of(world.draw(80, 24));
        EXPECT_THAT(question, HasSubstr("kernel.task_delayacct=1"));
        EXPECT_THAT(question, HasSubstr("on, and off again when rstat-tsa ends"));
        EXPECT_FALSE(world.press(Key::enter).has_value()) << "no is what is under the cursor";
        world.press(letter(U'A'));
        EXPECT_FALSE(world.press(Key::escape).has_value());
        world.press(letter(U'A'));
        world.press(Key::home);
        const auto back_again = world.press(Key::enter);
        ASSERT_TRUE(back_again.has_value());
        EXPECT_EQ(back_again->kind, Command::Kind::switch_accounting_on);
        EXPECT_TRUE(back_again->put_back);
        world.press(letter(U'A'));
        world.press(Key::up);
        const auto for_good = world.press(Key::enter);
        ASSERT_TRUE(for_good.has_value());
        EXPECT_FALSE(for_good->put_back);
        EXPECT_EQ(overlay_name(world.state), "");
    }
}

TEST(Accounting, is_not_offered_where_it_is_on_or_cannot_be_switched) {
    World world = watched_world();
    Overview overview({world.machine, true, 500, 4178, kSortLatency});
    overview.on_report(world.report);
    const auto message = [&](Accounting state, bool covers_cpu) {
        world.detail->accounting.state = state;
        world.detail->accounting.covers_cpu = covers_cpu;
        overview.on_detail(&*world.detail);
        (void)overview.on_key(letter(U'A'));
        const std::string words = overlay_name(overview.state()) == "" ? overview.state().message : "asked";
        (void)overview.on_key({Key::escape, 0, 0, 0});
        return words;
    };
    EXPECT_THAT(message(Accounting::on, false), HasSubstr("already on"));
    EXPECT_THAT(message(Accounting::not_compiled, false), HasSubstr("CONFIG_TASK_DELAY_ACCT"));
    EXPECT_THAT(message(Accounting::off, true), HasSubstr("at boot only"));
    // Esc after a mere message closed the drill-down; the question is the same in the list.
    EXPECT_EQ(message(Accounting::off, false), "asked");
    EXPECT_EQ(message(Accounting::unknown, false), "asked");
}

TEST(DelayRows, are_asked_for_only_while_a_column_shows_them_and_only_those_on_the_screen) {
    World world = watched_world();
    Overview overview({world.machine, true, 500, std::nullopt, kSortLatency});
    overview.on_report(world.report);
    (void)overview.frame(80, 8);
    EXPECT_TRUE(overview.delay_rows().empty());
    (void)overview.on_key({Key::f2, 0, 0, 0});
    const std::vector<ColumnChoice> choices = column_choices(overview.state().overview, 80);
    const auto wanted = std::ranges::find(choices, std::string_view("taskstats_blkio_delay_ns"), &ColumnChoice::key);
    ASSERT_NE(wanted, choices.end());
    EXPECT_FALSE(wanted->shown) << "on request only";
    for (auto step = wanted - choices.begin(); step > 0; --step) {
        (void)overview.on_key({Key::down, 0, 0, 0});
    }
    (void)overview.on_key(letter(U' '));
    (void)overview.on_key({Key::escape, 0, 0, 0});
    const Frame frame = overview.frame(80, 8);
    EXPECT_THAT(text_of(frame), HasSubstr("tIOW"));
    const Layout layout = layout_of(world.report, world.state, 80, 8);
    EXPECT_EQ(overview.delay_rows().size(), static_cast<std::size_t>(layout.table_rows));
    EXPECT_EQ(overview.delay_rows().front(), kThread);
    // A click on its head cannot sort: other rows have no value.
    for (const PlacedColumn& column : place_columns(overview.state().overview, 80)) {
        if (column.key == "taskstats_blkio_delay_ns") {
            (void)overview.on_key({Key::click, 0, column.x, layout.head_y});
        }
    }
    EXPECT_EQ(overview.state().overview.sort_key, kSortLatency);
    (void)overview.on_key({Key::enter, 0, 0, 0});
    (void)overview.frame(80, 8);
    EXPECT_TRUE(overview.delay_rows().empty()) << "the drill-down has its own";
}

}  // namespace
}  // namespace tsa
