// SPDX-License-Identifier: MIT
// How the screens leave the terminal.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <cstdlib>
#include <thread>
#include <utility>

#include "program/terminal.h"
#include "support/feature.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

class ScreenEnds : public ::testing::Test {
  protected:
    void SetUp() override {
        TSA_REQUIRE(missing_bpf());
        TSA_REQUIRE(missing_tmux());
    }
};

/// As the shell had it: its settings, the normal screen, a cursor, no mouse reports.
void expect_given_back(Terminal& terminal, const std::string& settings) {
    EXPECT_EQ(terminal.settings(), settings);
    EXPECT_EQ(terminal.variable("alternate_on"), "0");
    EXPECT_EQ(terminal.variable("cursor_flag"), "1");
    EXPECT_EQ(terminal.variable("mouse_any_flag"), "0");
    EXPECT_EQ(terminal.variable("keypad_flag"), "0");
}

/// The own cost in the header changes all the time while the terminal takes output.
bool await_unchanged_screen(const Terminal& terminal) {
    std::string last = terminal.screen();
    return await([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(400));
        return std::exchange(last, terminal.screen()) == last;
    });
}

TEST_F(ScreenEnds, the_terminal_is_given_back_by_q_and_by_ctrl_c) {
    Terminal terminal(80, 24);
    const std::string settings = terminal.settings();
    for (const char* key : {"q", "F10", "C-c"}) {
        ASSERT_TRUE(terminal.start("-i 100", "threads by")) << terminal.screen();
        ASSERT_EQ(terminal.variable("alternate_on"), "1");
        terminal.key(key);
        ASSERT_TRUE(terminal.await_text("ended 0")) << key << "\n" << terminal.screen();
        expect_given_back(terminal, settings);
    }
}

TEST_F(ScreenEnds, the_terminal_is_given_back_by_every_signal_that_ends_it) {
    Terminal terminal(80, 24);
    const std::string settings = terminal.settings();
    struct End {
        int signal;
        int code;
    };
    for (const End end :
         {End{SIGTERM, 0}, End{SIGINT, 0}, End{SIGHUP, 0}, End{SIGQUIT, 0}, End{SIGABRT, 128 + SIGABRT}}) {
        ASSERT_TRUE(terminal.start("-i 100", "threads by")) << terminal.screen();
        const pid_t program = terminal.program();
        ASSERT_GT(program, 0);
        ASSERT_EQ(kill(program, end.signal), 0);
        ASSERT_TRUE(terminal.await_text(fmt::format("ended {}", end.code))) << end.signal << "\n" << terminal.screen();
        expect_given_back(terminal, settings);
    }
}

TEST_F(ScreenEnds, a_signal_that_is_not_for_it_gives_the_terminal_back_and_is_named) {
    Terminal terminal(80, 24);
    const std::string settings = terminal.settings();
    struct End {
        int signal;
        const char* name;
    };
    for (const End end : {End{SIGUSR1, "SIGUSR1"}, End{SIGUSR2, "SIGUSR2"}, End{SIGALRM, "SIGALRM"},
                          End{SIGXCPU, "SIGXCPU"}, End{SIGRTMIN + 3, "signal 37"}}) {
        ASSERT_TRUE(terminal.start("-i 100", "threads by")) << terminal.screen();
        const pid_t program = terminal.program();
        ASSERT_GT(program, 0);
        ASSERT_EQ(kill(program, end.signal), 0);
        ASSERT_TRUE(terminal.await_text("ended 1")) << end.name << "\n" << terminal.screen();
        EXPECT_THAT(terminal.screen(), ::testing::HasSubstr(std::string("ended by ") + end.name));
        expect_given_back(terminal, settings);
    }
}

TEST_F(ScreenEnds, a_stopped_terminal_does_not_keep_it_from_ending) {
    Terminal terminal(80, 24);
    const std::string settings = terminal.settings();
    ASSERT_TRUE(terminal.start("-i 50", "threads by")) << terminal.screen();
    const pid_t program = terminal.program();
    ASSERT_GT(program, 0);
    terminal.key("C-s");
    ASSERT_TRUE(await_unchanged_screen(terminal));
    ASSERT_EQ(kill(program, SIGTERM), 0);
    EXPECT_TRUE(await([&] { return kill(program, 0) != 0; }));
    ASSERT_TRUE(terminal.await_text("ended 0")) << terminal.screen();
    expect_given_back(terminal, settings);
}

TEST_F(ScreenEnds, a_stopped_terminal_that_continues_shows_the_present) {
    Terminal terminal(80, 24);
    ASSERT_TRUE(terminal.start("-i 50", "threads by")) << terminal.screen();
    terminal.key("C-s");
    ASSERT_TRUE(await_unchanged_screen(terminal));
    terminal.key("F1");
    terminal.key("C-q");
    EXPECT_TRUE(terminal.await_text("Moving")) << terminal.screen();
    terminal.key("C-c");
    EXPECT_TRUE(terminal.await_text("ended 0"));
}

TEST_F(ScreenEnds, ctrl_z_gives_the_terminal_back_and_fg_takes_it_again) {
    Terminal terminal(80, 24);
    const std::string settings = terminal.settings();
    for (int round = 0; round < 2; ++round) {
        terminal.shell(round == 0 ? "$RSTAT -i 100" : "fg");
        ASSERT_TRUE(terminal.await_text("threads by")) << terminal.screen();
        terminal.key("C-z");
        ASSERT_TRUE(terminal.await_text("ready>")) << terminal.screen();
        expect_given_back(terminal, settings);
    }
    const pid_t stopped = terminal.program();
    ASSERT_GT(stopped, 0);
    EXPECT_EQ(state_letter(static_cast<std::uint32_t>(stopped)), 'T');
    terminal.shell("clear; fg");
    ASSERT_TRUE(terminal.await_text("threads by")) << terminal.screen();
    EXPECT_EQ(terminal.variable("alternate_on"), "1");
    EXPECT_EQ(terminal.variable("mouse_any_flag"), "1");
    terminal.key("q");
    ASSERT_TRUE(terminal.await_text("ready>"));
    expect_given_back(terminal, settings);
}

/// A signal that waits to be taken is discarded when it is ignored, if only for as long as ncurses draws.
TEST_F(ScreenEnds, ctrl_z_is_not_ignored_while_the_screen_is_drawn) {
    Terminal terminal(200, 50);
    ASSERT_TRUE(terminal.start("-i 10", "threads by")) << terminal.screen();
    const std::string path = fmt::format("/proc/{}/status", terminal.program());
    constexpr std::uint64_t kBit = std::uint64_t{1} << (SIGTSTP - 1);
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(2);
    int looks = 0;
    int ignored = 0;
    for (; std::chrono::steady_clock::now() < end; ++looks) {
        const std::string status = text_of(path);
        const std::size_t at = status.find("SigIgn:");
        ASSERT_NE(at, std::string::npos) << status;
        ignored += (std::stoull(status.substr(at + 7), nullptr, 16) & kBit) != 0 ? 1 : 0;
    }
    EXPECT_GT(looks, 1000);
    EXPECT_EQ(ignored, 0) << "of " << looks;
}

TEST_F(ScreenEnds, a_stopped_job_does_not_run_in_the_background_and_ends_there) {
    Terminal terminal(80, 24);
    const std::string settings = terminal.settings();
    terminal.shell("$RSTAT -i 100");
    ASSERT_TRUE(terminal.await_text("threads by")) << terminal.screen();
    const pid_t program = terminal.program();
    ASSERT_GT(program, 0);
    const auto is_stopped = [&] { return state_letter(static_cast<std::uint32_t>(program)) == 'T'; };
    terminal.key("C-z");
    ASSERT_TRUE(await(is_stopped));
    terminal.shell("bg; echo in the back");
    ASSERT_TRUE(terminal.await_text("in the back"));
    EXPECT_TRUE(await(is_stopped));
    expect_given_back(terminal, settings);
    terminal.shell("clear; kill %1; kill -CONT %1; wait; echo over");
    const auto has_ended = [&] {
        return kill(program, 0) != 0 || state_letter(static_cast<std::uint32_t>(program)) == 'Z';
    };
    EXPECT_TRUE(await(has_ended)) << terminal.screen();
    expect_given_back(terminal, settings);
}

TEST_F(ScreenEnds, a_terminal_that_goes_away_ends_the_program) {
    pid_t program = 0;
    {
        Terminal terminal(80, 24);
        ASSERT_TRUE(terminal.start("-i 100", "threads by"));
        program = terminal.program();
        ASSERT_GT(program, 0);
        terminal.hang_up();
        EXPECT_TRUE(await([&] { return kill(program, 0) != 0; }));
    }
}

}  // namespace
}  // namespace tsa::test
