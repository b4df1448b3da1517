// SPDX-License-Identifier: MIT
// Before a signal: whom it goes to, what really ends, and which answers there are.
#include <gmock/gmock.h>

#include <csignal>
#include <map>

#include "tui/menus/signal_text.h"
#include "tui/menus/targets.h"
#include "tui/overview.h"
#include "unit/view_fixture.h"

namespace tsa {
namespace {

using test::overlay_name;
using test::text_of;
using test::World;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr SignalSet bit(int number) {
    return SignalSet{1} << static_cast<unsigned>(number - 1);
}

using Handlings = std::map<std::uint32_t, SignalHandling>;

/// With what each process does; for others it is not known.
World world_of(const Handlings& handlings = {}) {
    World world;
    world.fill();
    world.machine.signal_handling = [handlings](std::uint32_t tgid, std::uint32_t) {
        const auto found = handlings.find(tgid);
        return found != handlings.end() ? std::optional(found->second) : std::nullopt;
    };
    world.draw(132, 43);
    return world;
}

void choose(World& world, std::uint32_t tid) {
    world.type(std::to_string(tid));
    ASSERT_EQ(world.state.overview.selected->thread.tid, tid);
}

/// The bottom line, or lines, as one.
std::string question_for(World& world, std::string_view signal, int width = 132) {
    world.press(Key::f9);
    world.type(signal);
    world.press(Key::enter);
    const Frame frame = world.draw(width, 43);
    std::string words;
    for (int y = 38; y < 43; ++y) {
        if (frame.at(0, y).role == Role::warn) {
            words += (words.empty() ? "" : " ") + frame.line(y);
        }
    }
    return words;
}

TEST(SignalQuestion, of_a_thread_names_the_process_that_ends_and_its_threads) {
    World world = world_of();
    choose(world, 4177);
    world.press(Key::f9);
    EXPECT_THAT(text_of(world.draw(132, 43)), HasSubstr("Signal to process mysqld (4121), 4 threads"));
    world.press(Key::enter);
    EXPECT_EQ(world.draw(132, 43).line(42), "SIGTERM to process mysqld (4121), 4 threads? y: yes, any other key: no");
    const auto command = world.press({Key::character, U'y', 0, 0});
    ASSERT_TRUE(command);
    EXPECT_EQ(command->kind, Command::Kind::send_signal);
    EXPECT_EQ(command->signal, SIGTERM);
    EXPECT_THAT(command->targets, ElementsAre(Target{4121, 4121, 1000 + 4121, true, "mysqld"}));
}

TEST(SignalQuestion, a_number_typed_picks_the_signal) {
    World world = world_of();
    choose(world, 5000);
    EXPECT_EQ(question_for(world, "9"), "SIGKILL to process cc1plus (5000), 1 thread? y: yes, any other key: no");
    EXPECT_FALSE(world.press(Key::enter));
    EXPECT_EQ(world.state.message, "no signal sent");
    EXPECT_EQ(question_for(world, "19"), "SIGSTOP to process cc1plus (5000), 1 thread? y: yes, any other key: no");
}

TEST(SignalQuestion, a_handled_signal_may_go_to_the_one_thread_and_runs_the_handler_there) {
    World world = world_of({{4121, {.caught = bit(SIGUSR1), .threads = 5}}});
    choose(world, 4177);
    EXPECT_EQ(question_for(world, "usr1"),
              "SIGUSR1 to process mysqld (4121), 5 threads (handled by mysqld)? y: process, t: only thread 4177 "
              "connection-17, any other key: no");
    const auto command = world.press({Key::character, U't', 0, 0});
    ASSERT_TRUE(command);
    EXPECT_THAT(command->targets, ElementsAre(Target{4177, 4121, 1000 + 4177, false, "connection-17"}));
    EXPECT_THAT(question_for(world, "term"), Not(HasSubstr("t: only")));
    EXPECT_FALSE(world.press({Key::character, U't', 0, 0})) << "what ends the process is not offered as one thread's";
    EXPECT_EQ(world.state.message, "no signal sent");
}

TEST(SignalQuestion, a_thread_that_blocks_the_signal_keeps_it_pending) {
    World world = world_of({{4121, {.caught = bit(SIGUSR1), .blocked_by_thread = bit(SIGUSR1), .threads = 4}}});
    choose(world, 4177);
    EXPECT_THAT(question_for(world, "usr1"),
                HasSubstr("t: only thread 4177 connection-17 (stays pending: it blocks it), any other key: no"));
}

TEST(SignalQuestion, one_thread_is_not_offered_where_it_makes_no_difference) {
    const SignalHandling handles{.caught = bit(SIGUSR1), .threads = 1};
    World world = world_of({{4121, {.caught = bit(SIGUSR1), .threads = 4}}, {5000, handles}});
    choose(world, 5000);
    EXPECT_EQ(question_for(world, "usr1"),
              "SIGUSR1 to process cc1plus (5000), 1 thread (handled by cc1plus)? y: yes, any other key: no");
    world.press(Key::escape);
    world.type("H");
    choose(world, 4121);
    EXPECT_THAT(question_for(world, "usr1"), AllOf(HasSubstr("handled by mysqld"), Not(HasSubstr("t: only"))))
        << "the row is the process";
}

TEST(SignalQuestion, says_when_nothing_ends) {
    World world = world_of({{4121,
                             {.caught = bit(SIGALRM),
                              .ignored = bit(SIGHUP),
                              .blocked = bit(SIGINT),
                              .awaited = bit(SIGUSR2),
                              .threads = 4}}});
    choose(world, 4121);
    const std::string process = " to process mysqld (4121), 4 threads";
    EXPECT_THAT(question_for(world, "hup"), HasSubstr("SIGHUP" + process + " (ignored by mysqld)? y: yes"));
    world.press(Key::escape);
    EXPECT_THAT(question_for(world, "int"),
                HasSubstr("SIGINT" + process + " (blocked by mysqld: pending until taken)?"));
    world.press(Key::escape);
    EXPECT_THAT(question_for(world, "usr2"), HasSubstr("SIGUSR2" + process + " (taken by sigwait in mysqld)?"));
    world.press(Key::escape);
    EXPECT_THAT(question_for(world, "chld"), HasSubstr("SIGCHLD" + process + " (ignored by default)?"));
}

TEST(SignalQuestion, of_a_stopped_process_says_that_it_waits_for_sigcont) {
    World world = world_of({{5003, {.threads = 1, .stopped = true}}});
    choose(world, 5003);
    EXPECT_THAT(question_for(world, "term"), HasSubstr("(pending until SIGCONT to stopped-one)"));
    world.press(Key::escape);
    EXPECT_THAT(question_for(world, "cont"), HasSubstr("1 thread? y: yes"));
}

TEST(SignalQuestion, counts_processes_of_tagged_rows_once_and_names_what_differs) {
    World world = world_of({{5001, {.ignored = bit(SIGTERM), .threads = 1}},
                            {5002, {.caught = bit(SIGTERM), .threads = 7}},
                            {4121, {.threads = 4}}});
    for (const std::uint32_t tid : {4177U, 4178U, 5001U, 5002U}) {
        choose(world, tid);
        world.type(" ");
    }
    world.press(Key::f9);
    EXPECT_THAT(text_of(world.draw(132, 43)), AllOf(HasSubstr("Signal to 3 processes ("), HasSubstr("), 12 threads"),
                                                    HasSubstr("SIGTERM    ends 1, handled by 1, ignored by 1")));
    world.press(Key::enter);
    const std::string words = world.draw(132, 43).line(42);
    EXPECT_THAT(words, AllOf(HasSubstr("SIGTERM to 3 processes ("),
                             HasSubstr("12 threads (handled by swapped; ignored by bash)? "
                                       "y: yes")));
    const auto command = world.press({Key::character, U'Y', 0, 0});
    ASSERT_TRUE(command);
    EXPECT_EQ(command->targets.size(), 3U);
    for (const Target& target : command->targets) {
        EXPECT_TRUE(target.whole_process);
        EXPECT_EQ(target.tid, target.tgid);
    }
}

TEST(SignalQuestion, offers_tagged_threads_alone_when_all_their_processes_handle_it) {
    World world = world_of({{4121, {.caught = bit(SIGUSR1), .threads = 4}}});
    choose(world, 4177);
    world.type(" ");
    choose(world, 4178);
    world.type(" ");
    EXPECT_THAT(question_for(world, "usr1"), HasSubstr("y: process, t: only these 2 threads, any other key: no"));
    const auto command = world.press({Key::character, U'T', 0, 0});
    ASSERT_TRUE(command);
    ASSERT_EQ(command->targets.size(), 2U);
    EXPECT_FALSE(command->targets[0].whole_process);
}

TEST(SignalQuestion, groups_equal_names_and_cuts_long_lists) {
    SignalTargets targets;
    for (const char* name : {"bash", "nginx", "bash", "a", "b", "c", "bash"}) {
        targets.processes.push_back({{1, 1, 1, true, name}, 2, false, std::nullopt});
    }
    EXPECT_EQ(target_text(targets), "7 processes (3 bash, nginx, a, b and 1 more), 14 threads");
}

TEST(SignalQuestion, of_processes_that_are_not_asked_says_so) {
    SignalTargets targets;
    targets.processes.push_back({{1, 1, 1, true, "a"}, 1, false, SignalHandling{}});
    targets.processes.push_back({{2, 2, 1, true, "b"}, 1, false, std::nullopt});
    EXPECT_EQ(effect_text(*find_signal(SIGTERM), targets), "ends 1, unknown for 1");
    targets.processes.front().handling.reset();
    EXPECT_EQ(effect_text(*find_signal(SIGTERM), targets), "");
    int asked = 0;
    Machine machine;
    machine.signal_handling = [&asked](std::uint32_t, std::uint32_t) {
        ++asked;
        return std::optional(SignalHandling{});
    };
    targets.processes.resize(1000, targets.processes.back());
    look_up_handling(targets, machine);
    EXPECT_EQ(asked, 256);
    EXPECT_EQ(effect_text(*find_signal(SIGTERM), targets), "ends 256, unknown for 744");
}

TEST(SignalQuestion, refuses_kernel_threads_and_zombies_and_leaves_them_out_of_many) {
    World world = world_of();
    choose(world, 61);
    world.press(Key::f9);
    EXPECT_EQ(overlay_name(world.state), "");
    EXPECT_EQ(world.state.message, "kswapd0 (61) is a kernel thread: signals do nothing to it");
    EXPECT_TRUE(world.state.message_is_warning);
    choose(world, 5004);
    world.press(Key::f9);
    EXPECT_EQ(world.state.message, "undead (5004) is a zombie: it has ended, signals do nothing to it");
    for (const std::uint32_t tid : {2U, 61U, 5000U}) {
        choose(world, tid);
        world.type(" ");
    }
    EXPECT_EQ(question_for(world, "9"),
              "SIGKILL to process cc1plus (5000), 1 thread (2 kernel threads left out)? y: yes, any other key: no");
    EXPECT_EQ(world.press({Key::character, U'y', 0, 0})->targets.size(), 1U);
}

TEST(SignalQuestion, says_that_it_is_this_program_or_the_init_process) {
    World world = world_of({{1, {.threads = 1, .init = InitProcess::of_machine}}});
    world.machine.own_tgid = 5000;
    choose(world, 5000);
    EXPECT_THAT(question_for(world, "9"), HasSubstr("process cc1plus (5000), 1 thread (this program)? y: yes"));
    world.press(Key::escape);
    choose(world, 1);
    EXPECT_THAT(question_for(world, "9"),
                HasSubstr("process systemd (1), 1 thread (PID 1; no effect on init process systemd)? y: yes"));
}

TEST(SignalQuestion, is_whole_on_a_narrow_screen) {
    World world = world_of();
    choose(world, 4177);
    EXPECT_EQ(question_for(world, "15", 40), "SIGTERM to process mysqld (4121), 4 threads? y: yes, any other key: no");
}

TEST(SignalQuestion, what_a_process_does_is_asked_again_when_a_signal_is_picked) {
    World world = world_of();
    int asked = 0;
    world.machine.signal_handling = [&asked](std::uint32_t, std::uint32_t) {
        ++asked;
        return std::optional(SignalHandling{.ignored = asked > 1 ? bit(SIGTERM) : 0, .threads = 4});
    };
    choose(world, 4177);
    EXPECT_EQ(asked, 0);
    world.press(Key::f9);
    EXPECT_EQ(asked, 1);
    world.press(Key::up);
    world.press(Key::down);
    world.draw(132, 43);
    EXPECT_EQ(asked, 1);
    world.press(Key::enter);
    EXPECT_EQ(asked, 2);
    EXPECT_THAT(world.draw(132, 43).line(42), HasSubstr("ignored by mysqld"));
}

TEST(SignalQuestion, in_the_drill_down_is_about_its_thread) {
    World world = world_of({{4121, {.caught = bit(SIGUSR2), .threads = 4}}});
    choose(world, 4190);
    world.press(Key::enter);
    ASSERT_TRUE(thread_on(world.state));
    EXPECT_THAT(question_for(world, "12"),
                HasSubstr("process mysqld (4121), 4 threads (handled by mysqld)? y: process, "
                          "t: only thread 4190 page_cleaner"));
}

TEST(NiceKeys, go_to_the_chosen_rows_with_their_names) {
    World world = world_of();
    choose(world, 4177);
    const auto command = world.press(Key::f8);
    ASSERT_TRUE(command);
    EXPECT_EQ(command->kind, Command::Kind::change_nice);
    EXPECT_EQ(command->nice_delta, 1);
    EXPECT_THAT(command->targets, ElementsAre(Target{4177, 4121, 1000 + 4177, false, "connection-17"}));
    choose(world, 2);
    EXPECT_TRUE(world.press(Key::f7)) << "a kernel thread has a nice value too";
}

}  // namespace
}  // namespace tsa
