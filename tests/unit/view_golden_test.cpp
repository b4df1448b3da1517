// SPDX-License-Identifier: MIT
// All screens at the sizes that people have.
#include <csignal>

#include "unit/golden.h"

namespace tsa::test {
namespace {

struct Size {
    int width, height;
};
constexpr Size kSizes[] = {{40, 10}, {80, 24}, {132, 43}, {200, 50}};

TEST(ScreenGolden, overview_of_threads_at_every_size) {
    for (const Size& size : kSizes) {
        World world;
        world.fill();
        expect_golden(fmt::format("threads_{}x{}", size.width, size.height), world.draw(size.width, size.height));
    }
}

TEST(ScreenGolden, overview_in_ascii) {
    World world;
    world.fill();
    expect_golden("threads_ascii_80x24", world.draw(80, 24, false));
}

/// Two minutes in which threads take turns.
void fill_recent(World& world) {
    ThreadRow& first = world.row(4177);
    ThreadRow& second = world.row(4178);
    for (std::uint64_t step = 240; step > 0; --step) {
        world.report.now_ns = kNowNs - step * kIntervalNs;
        first.state_ns = second.state_ns = {};
        const bool is_turn = step / 30 % 2 == 0;
        first.state_ns[index(is_turn ? ThreadState::exec : ThreadState::idle)] = kIntervalNs;
        second.state_ns[index(is_turn ? ThreadState::lock_wait : ThreadState::exec)] = 100 * kMs;
        second.state_ns[index(ThreadState::sleep)] = 400 * kMs;
        world.recent.add(world.report);
    }
    world.report.now_ns = kNowNs;
    world.recent.add(world.report);
}

TEST(ScreenGolden, the_last_two_minutes_in_place_of_the_bar) {
    for (const bool unicode : {true, false}) {
        World world;
        world.fill();
        fill_recent(world);
        world.type("r");
        expect_golden(unicode ? "recent_132x43" : "recent_ascii_132x43", world.draw(132, 43, unicode));
    }
    World world;
    world.fill();
    fill_recent(world);
    world.state.overview.mode = RowMode::tree;
    world.type("r");
    expect_golden("recent_tree_80x24", world.draw(80, 24));
    world.type("r");
    EXPECT_EQ(text_of(world.draw(80, 24)).find("LAST 2"), std::string::npos);
}

TEST(ScreenGolden, tree_with_a_selected_thread_and_losses) {
    World world;
    world.fill();
    world.report.health.threads_without_slot = 12;
    world.report.health.exit_records_lost = 3;
    world.state.overview.mode = RowMode::tree;
    world.state.overview.selected = RowKey{{4178, 1000 + 4178}, false};
    expect_golden("tree_132x43", world.draw(132, 43));
}

TEST(ScreenGolden, processes_at_80_columns) {
    World world;
    world.fill();
    world.state.overview.mode = RowMode::processes;
    expect_golden("processes_80x24", world.draw(80, 24));
}

TEST(ScreenGolden, help_page) {
    World world;
    world.fill();
    world.press(Key::f1);
    expect_golden("help_132x43", world.draw(132, 43));
}

// mysqld handles two signals and ignores one.
std::optional<SignalHandling> handling_of(std::uint32_t tgid, std::uint32_t) {
    SignalHandling handling;
    if (tgid == 4121) {
        handling.caught = 1U << (SIGTERM - 1U) | 1U << (SIGUSR1 - 1U);
        handling.ignored = 1U << (SIGPIPE - 1U);
        handling.threads = 41;
    }
    return handling;
}

TEST(ScreenGolden, signal_menu_and_the_question_after_it) {
    for (const Size& size : {Size{40, 10}, Size{80, 24}}) {
        World world;
        world.fill();
        world.machine.signal_handling = handling_of;
        world.draw(size.width, size.height);
        world.press(Key::f9);
        expect_golden(fmt::format("signals_{}x{}", size.width, size.height), world.draw(size.width, size.height));
        world.type("1");
        world.type("0");
        world.press(Key::enter);
        expect_golden(fmt::format("signal_question_{}x{}", size.width, size.height),
                      world.draw(size.width, size.height));
    }
}

TEST(ScreenGolden, column_menu_with_a_head_typed) {
    World world;
    world.fill();
    world.draw(80, 24);
    world.press(Key::f2);
    world.type("mem");
    expect_golden("columns_80x24", world.draw(80, 24));
}

// Forty intervals with a rhythm, ending blocked on a lock.
void watch_for_a_while(World& world) {
    world.history.watch({4178, 1000 + 4178});
    open_thread(world.state, {4178, 1000 + 4178}, 4121);
    ThreadRow& row = world.row(4178);
    const PerState<std::uint64_t> last = row.state_ns;
    for (std::uint64_t step = 40; step > 0; --step) {
        row.state_ns = {};
        row.state_ns[index(step % 10 < 5 ? ThreadState::exec : ThreadState::cpu_wait)] = 300 * kMs;
        row.state_ns[index(ThreadState::idle)] = 200 * kMs;
        row.part_ns[Part::preempted] = row.state_ns[index(ThreadState::cpu_wait)] / 3;
        world.report.now_ns = kNowNs - step * kIntervalNs;
        world.history.add(world.report);
    }
    row.state_ns = last;
    row.part_ns[Part::preempted] = 0;
    world.report.now_ns = kNowNs;
    world.history.add(world.report);
}

TEST(ScreenGolden, drill_down_at_every_size) {
    for (const Size& size : kSizes) {
        World world;
        world.fill();
        watch_for_a_while(world);
        world.detail = detail_of_4178();
        expect_golden(fmt::format("thread_{}x{}", size.width, size.height), world.draw(size.width, size.height));
    }
}

TEST(ScreenGolden, process_at_every_size) {
    for (const Size& size : kSizes) {
        World world;
        world.fill();
        open_process(world.state, 4121);
        world.row(4177).state_ns[index(ThreadState::lock_wait)] += 150 * kMs;
        for (int interval = 0; interval < 20; ++interval) {
            world.draw(size.width, size.height);
            world.report.now_ns += kIntervalNs;
        }
        expect_golden(fmt::format("process_{}x{}", size.width, size.height), world.draw(size.width, size.height));
    }
}

TEST(ScreenGolden, drill_down_with_a_moment_held_and_in_ascii) {
    World world;
    world.fill();
    watch_for_a_while(world);
    world.detail = detail_of_4178();
    world.draw(80, 24);
    for (int step = 0; step < 6; ++step) {
        world.press(Key::left);
    }
    expect_golden("thread_moment_80x24", world.draw(80, 24));
    expect_golden("thread_ascii_80x24", world.draw(80, 24, false));
}

TEST(ScreenGolden, drill_down_second_page) {
    for (const Size& size : {Size{80, 24}, Size{132, 43}}) {
        World world;
        world.fill();
        watch_for_a_while(world);
        world.detail = detail_of_4178();
        world.press({Key::character, U'v', 0, 0});
        expect_golden(fmt::format("thread_states_{}x{}", size.width, size.height), world.draw(size.width, size.height));
    }
}

TEST(ScreenGolden, question_about_delay_accounting) {
    for (const Size& size : {Size{40, 10}, Size{80, 24}}) {
        World world;
        world.fill();
        world.press({Key::character, U'A', 0, 0});
        expect_golden(fmt::format("accounting_{}x{}", size.width, size.height), world.draw(size.width, size.height));
    }
}

TEST(ScreenGolden, drill_down_keeps_the_totals_of_a_thread_that_ended) {
    World world;
    world.fill();
    watch_for_a_while(world);
    world.report.now_ns += kIntervalNs;
    world.end(4178);
    world.history.add(world.report);
    expect_golden("thread_ended_132x43", world.draw(132, 43));
}

}  // namespace
}  // namespace tsa::test
