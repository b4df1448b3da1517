// SPDX-License-Identifier: MIT
// The screens in a real terminal: what appears, what clicks and sizes do to it, one thread in detail. Each single key
// is in list_keys_test.cpp, thread_keys_test.cpp and page_keys_test.cpp. What they do to the machine is in
// screen_action_test.cpp, how they leave the terminal in screen_end_test.cpp.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <signal.h>

#include <algorithm>
#include <cstdlib>

#include "program/terminal.h"
#include "support/feature.h"
#include "support/puppet.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kOverview = "F10Quit";
constexpr const char* kDetail = "EscBack";

class Screens : public ::testing::Test {
  protected:
    void SetUp() override {
        TSA_REQUIRE(missing_bpf());
        TSA_REQUIRE(missing_tmux());
    }
};

std::size_t count_lines_with(const Terminal& terminal, const std::string& text) {
    const std::vector<std::string> lines = terminal.lines();
    return static_cast<std::size_t>(
        std::ranges::count_if(lines, [&](const std::string& line) { return line.find(text) != std::string::npos; }));
}

TEST_F(Screens, overview_has_header_table_and_keys_at_any_usual_size) {
    for (const auto& [width, height] : {std::pair{80, 24}, std::pair{200, 50}}) {
        Terminal terminal(width, height);
        ASSERT_TRUE(terminal.start("-i 100", kOverview)) << terminal.screen();
        ASSERT_TRUE(terminal.await_text("threads by DELAY")) << terminal.screen();
        const std::vector<std::string> lines = terminal.lines();
        ASSERT_EQ(lines.size(), static_cast<std::size_t>(height));
        EXPECT_THAT(lines[0], HasSubstr("Linux"));
        EXPECT_THAT(lines[0], HasSubstr("every 100 ms"));
        const std::string head = terminal.line_with("WAITS ON");
        for (const char* word : {"TID", "NAME", "EXEC", "CPUW", "IOW", "LOCK"}) {
            EXPECT_THAT(head, HasSubstr(word));
        }
        EXPECT_THAT(lines.back(), HasSubstr("F1Help"));
        // A thread that every machine has, in a separate row, wherever it is sorted.
        terminal.key("F4");
        terminal.type("kthreadd");
        EXPECT_TRUE(terminal.await_text("2 kthreadd")) << terminal.screen();
    }
}

TEST_F(Screens, help_comes_on_each_of_its_keys) {
    Terminal terminal(80, 24);
    ASSERT_TRUE(terminal.start("-i 500", kOverview));
    for (const char* key : {"F1", "?", "h"}) {
        terminal.key(key);
        ASSERT_TRUE(terminal.await_text("any other key closes")) << key;
        EXPECT_THAT(terminal.screen(), HasSubstr("Moving")) << "the keys of the shown screen come first";
        terminal.key("G");
        EXPECT_TRUE(terminal.await_text("slowed the CPUs")) << "the last line of the page";
        terminal.key("Escape");
        ASSERT_TRUE(terminal.await_text(kOverview)) << key;
    }
}

TEST_F(Screens, tree_folds_and_unfolds) {
    Puppet puppet("waits");
    Terminal terminal(80, 24);
    ASSERT_TRUE(terminal.start(fmt::format("-i 100 -p {}", puppet.pid()), "14 threads by")) << terminal.screen();
    terminal.key("F5");
    ASSERT_TRUE(terminal.await_text("▾ waits")) << terminal.screen();
    EXPECT_GT(count_lines_with(terminal, "├"), 5U);
    terminal.type("-");
    ASSERT_TRUE(terminal.await_text("▸ waits")) << terminal.screen();
    EXPECT_EQ(count_lines_with(terminal, "├"), 0U);
    terminal.type("+");
    EXPECT_TRUE(terminal.await_text("├")) << terminal.screen();
    terminal.type("H");
    EXPECT_TRUE(terminal.await_text("1 process by")) << terminal.screen();
}

TEST_F(Screens, filter_works_while_it_is_typed_and_search_moves_the_cursor) {
    Puppet puppet("names");
    ASSERT_EQ(puppet.ask("name 6e6565646c65"), "named");  // "needle"
    const std::string row = fmt::format("{} needle", puppet.tid("named"));
    Terminal terminal(80, 24);
    ASSERT_TRUE(terminal.start("-i 100", "kthreadd", "LINES=24"));
    terminal.key("F4");
    terminal.type("needl");
    ASSERT_TRUE(terminal.await_text(row)) << terminal.screen();
    EXPECT_TRUE(terminal.await_no("kthreadd")) << "the table follows before Enter";
    terminal.key("Escape");
    ASSERT_TRUE(terminal.await_text("kthreadd")) << "Esc brings the old filter back";

    terminal.key("F3");
    terminal.type("needle");
    ASSERT_TRUE(terminal.await_text(row)) << terminal.screen();
    terminal.key("Enter");
    ASSERT_TRUE(terminal.await_text(kOverview));
    terminal.key("Enter");
    EXPECT_TRUE(terminal.await_text(fmt::format("TID {} needle", puppet.tid("named")))) << terminal.screen();
}

TEST_F(Screens, digits_jump_to_a_tid) {
    Puppet puppet("waits");
    Terminal terminal(80, 24);
    ASSERT_TRUE(terminal.start("-i 500", "threads by"));
    terminal.type(std::to_string(puppet.tid("semaphore")));
    terminal.key("Enter");
    EXPECT_TRUE(terminal.await_text(fmt::format("TID {} waits", puppet.tid("semaphore")))) << terminal.screen();
}

TEST_F(Screens, sort_menu_and_the_switches_of_rows_say_what_they_did) {
    Terminal terminal(80, 24);
    ASSERT_TRUE(terminal.start("-i 100", "threads by DELAY"));
    terminal.key("F6");
    ASSERT_TRUE(terminal.await_text("Sort by"));
    terminal.key("Down");
    terminal.key("Enter");
    EXPECT_TRUE(terminal.await_text("threads by EXEC+")) << terminal.screen();
    terminal.type("i");
    EXPECT_TRUE(terminal.await_text("idle hidden"));
    terminal.type("K");
    EXPECT_TRUE(terminal.await_text("kernel hidden"));
    EXPECT_TRUE(terminal.await_no("kthreadd"));
    terminal.key("Escape");
    EXPECT_TRUE(terminal.await_no("hidden"));
}

TEST_F(Screens, in_a_menu_typing_and_a_click_select_and_unbound_keys_are_named) {
    Terminal terminal(80, 24);
    ASSERT_TRUE(terminal.start("-i 100", "threads by DELAY"));
    terminal.key("F6");
    ASSERT_TRUE(terminal.await_text("type to select"));
    EXPECT_THAT(terminal.line_with("Sort by"), ContainsRegex("1-20 of [0-9]+"));
    terminal.type("iow");
    ASSERT_TRUE(terminal.await_text("typed iow"));
    terminal.key("Enter");
    EXPECT_TRUE(terminal.await_text("threads by IOW")) << terminal.screen();
    terminal.key("F6");
    ASSERT_TRUE(terminal.await_text("type to select"));
    terminal.key("Home");
    ASSERT_TRUE(terminal.await_text("EXEC+"));
    const std::vector<std::string> lines = terminal.lines();
    const auto line =
        std::ranges::find_if(lines, [](const std::string& each) { return each.find("EXEC+") != std::string::npos; });
    terminal.click(static_cast<int>(line->find("EXEC+")), static_cast<int>(line - lines.begin()));
    EXPECT_TRUE(terminal.await_text("threads by EXEC+")) << terminal.screen();
    terminal.key("F2");
    ASSERT_TRUE(terminal.await_text("Columns"));
    terminal.click(5, 0);
    EXPECT_TRUE(terminal.await_no("type to select")) << terminal.screen();
    terminal.type("~");
    EXPECT_TRUE(terminal.await_text("~: no such key; ? lists them")) << terminal.screen();
    terminal.key("F12");
    EXPECT_TRUE(terminal.await_text("F12: no such key; ? lists them")) << terminal.screen();
}

TEST_F(Screens, pause_stops_the_numbers_and_the_interval_can_be_changed) {
    Terminal terminal(80, 24);
    ASSERT_TRUE(terminal.start("-i 100", "every 100 ms"));
    terminal.type("+");
    ASSERT_TRUE(terminal.await_text("every 250 ms")) << terminal.screen();
    terminal.type("-");
    ASSERT_TRUE(terminal.await_text("every 100 ms")) << terminal.screen();
    ASSERT_TRUE(terminal.await_text("threads by"));
    terminal.type("z");
    ASSERT_TRUE(terminal.await_text("PAUSED")) << terminal.screen();
    const std::string before = terminal.screen();
    let_pass(std::chrono::milliseconds(350));
    EXPECT_EQ(terminal.screen(), before);
    terminal.type("z");
    EXPECT_TRUE(await([&] { return terminal.screen() != before; }));
}

TEST_F(Screens, enter_opens_the_selected_thread_tab_walks_and_esc_returns) {
    Puppet puppet("waits");
    std::vector<std::uint32_t> tids = threads_of(static_cast<std::uint32_t>(puppet.pid()));
    std::ranges::sort(tids);
    Terminal terminal(100, 40);
    ASSERT_TRUE(terminal.start(fmt::format("-i 100 -p {}", puppet.pid()), "14 threads by"));
    terminal.type(std::to_string(tids[3]));
    terminal.key("Enter");
    ASSERT_TRUE(terminal.await_text(fmt::format("TID {} ", tids[3]))) << terminal.screen();
    EXPECT_THAT(terminal.screen(), HasSubstr("TASKSTATS"));
    terminal.type("v");
    EXPECT_TRUE(terminal.await_text("SINCE FIRST SEEN")) << terminal.screen();
    terminal.type("v");
    EXPECT_TRUE(terminal.await_no("SINCE FIRST SEEN")) << terminal.screen();
    terminal.key("Tab");
    EXPECT_TRUE(terminal.await_text(fmt::format("TID {} ", tids[4]))) << terminal.screen();
    terminal.key("BTab");
    EXPECT_TRUE(terminal.await_text(fmt::format("TID {} ", tids[3]))) << terminal.screen();
    terminal.key("Escape");
    ASSERT_TRUE(terminal.await_text("14 threads by"));
    EXPECT_THAT(terminal.screen(), Not(HasSubstr(kDetail)));
}

TEST_F(Screens, a_thread_that_exits_shows_its_end_and_final_totals) {
    Puppet puppet("waits");
    Terminal terminal(80, 24);
    ASSERT_TRUE(terminal.start(fmt::format("-i 100 {}", puppet.tid("pipe")), "NOW  sleep"));
    EXPECT_THAT(terminal.line_with("NOW"), HasSubstr("read("));
    puppet.kill();
    ASSERT_TRUE(terminal.await_text("ENDED")) << terminal.screen();
    terminal.type("v");
    ASSERT_TRUE(terminal.await_text("SINCE FIRST SEEN")) << terminal.screen();
    const std::string totals = terminal.line_with(" sleep    ");
    // It may have ended right at the start of the interval, which then has none of it.
    EXPECT_THAT(totals, ContainsRegex("(s|·) .*[^0-9.]([0-9]+[.][0-9]) +[0-9.]+ (ms|s) "))
        << "the share and time since first seen\n"
        << terminal.screen();
    terminal.key("F1");
    ASSERT_TRUE(terminal.await_text("any other key closes")) << "it still answers";
    terminal.key("Escape");
    EXPECT_TRUE(terminal.await_text(totals)) << "final: " << totals << '\n' << terminal.screen();
}

TEST_F(Screens, one_process_shows_no_other) {
    Puppet puppet("waits");
    Terminal terminal(80, 44);
    ASSERT_TRUE(terminal.start(fmt::format("-i 100 -p {}", puppet.pid()), "14 threads by")) << terminal.screen();
    EXPECT_EQ(count_lines_with(terminal, " waits     "), 14U) << terminal.screen();
    EXPECT_THAT(terminal.screen(), Not(HasSubstr("kthreadd")));
}

TEST_F(Screens, a_click_selects_the_row_and_presses_a_key_of_the_bar) {
    Puppet puppet("waits");
    Terminal terminal(80, 24);
    ASSERT_TRUE(terminal.start(fmt::format("-i 100 -p {}", puppet.pid()), "14 threads by"));
    ASSERT_EQ(terminal.variable("mouse_any_flag"), "1");
    terminal.type("z");  // rows stay where they are
    ASSERT_TRUE(terminal.await_text("PAUSED"));
    const std::vector<std::string> lines = terminal.lines();
    int y = 0;
    for (std::uint32_t row = 0; y < 24 && row < 5; ++y) {
        row += lines[static_cast<std::size_t>(y)].find(" waits ") != std::string::npos ? 1 : 0;
    }
    const std::string tid = std::to_string(std::atoi(lines[static_cast<std::size_t>(y) - 1].c_str()));
    terminal.click(12, y - 1);
    terminal.key("Enter");
    EXPECT_TRUE(terminal.await_text("TID " + tid + " ")) << terminal.screen();
    terminal.click(1, 23);
    ASSERT_TRUE(terminal.await_text(kOverview));
    terminal.click(1, 23);
    EXPECT_TRUE(terminal.await_text("any other key closes")) << terminal.screen();
}

TEST_F(Screens, any_size_is_drawn_and_the_old_one_comes_back_whole) {
    Terminal terminal(80, 24);
    ASSERT_TRUE(terminal.start("-i 100", "threads by"));
    terminal.resize(40, 10);
    ASSERT_TRUE(await([&] {
        const std::vector<std::string> lines = terminal.lines();
        return lines.size() == 10 && lines.back().starts_with("F1Help") && lines.back().ends_with("F10Quit");
    })) << terminal.screen();
    EXPECT_THAT(terminal.screen(), HasSubstr("MOST WAITS ON"));
    terminal.resize(1, 1);
    ASSERT_TRUE(await([&] { return terminal.variable("pane_width") == "1"; }));
    terminal.resize(200, 50);
    ASSERT_TRUE(await([&] { return terminal.screen().find("threads by") != std::string::npos; }));
    terminal.resize(80, 24);
    ASSERT_TRUE(await([&] {
        const std::vector<std::string> lines = terminal.lines();
        return lines.size() == 24 && lines.back().starts_with("F1Help") && lines.back().ends_with("F10Quit");
    })) << terminal.screen();
    EXPECT_TRUE(terminal.await_text("WAITS ON"));
}

TEST_F(Screens, colors_are_left_out_when_asked_or_not_there) {
    const std::string colored = "\x1b[38;5";
    Terminal terminal(80, 24);
    ASSERT_TRUE(terminal.start("-i 100", "threads by"));
    EXPECT_THAT(terminal.screen(true), HasSubstr(colored));
    terminal.key("q");
    ASSERT_TRUE(terminal.await_text("ended 0"));
    ASSERT_TRUE(terminal.start("-i 100", "threads by", "NO_COLOR=1"));
    EXPECT_THAT(terminal.screen(true), Not(HasSubstr(colored)));
    terminal.key("q");
    ASSERT_TRUE(terminal.await_text("ended 0"));
    ASSERT_TRUE(terminal.start("-i 100", "threads by", "TERM=vt100"));
    EXPECT_THAT(terminal.screen(true), Not(HasSubstr(colored)));
    EXPECT_THAT(terminal.lines().back(), HasSubstr("F1Help"));
    terminal.key("q");
    EXPECT_TRUE(terminal.await_text("ended 0"));
}

TEST_F(Screens, an_unknown_terminal_is_an_error_with_a_way_out) {
    Terminal terminal(80, 24);
    ASSERT_TRUE(terminal.start("", "ended 1", "TERM=no-such-terminal")) << terminal.screen();
    EXPECT_THAT(terminal.screen(), HasSubstr("no-such-terminal"));
    EXPECT_THAT(terminal.screen(), HasSubstr("TERM=xterm-256color"));
}

TEST_F(Screens, a_terminal_without_screens_is_refused_for_the_true_reason) {
    struct Case {
        const char* environment;
        const char* reason;
        const char* hint;
    };
    for (const Case& one :
         {Case{"TERM=dumb", "terminal type \"dumb\" cannot move its cursor", "rstat-tsa stat"},
          Case{"TERM=", "TERM is not set", "TERM=xterm-256color"},
          Case{"COLUMNS=1000000", "COLUMNS=1000000 is not a terminal's size", "unset COLUMNS"},
          Case{"LINES=99999999999999999999", "LINES=99999999999999999999 is not a terminal's size", "unset LINES"},
          Case{"TERMINFO=/nowhere TERMINFO_DIRS=/nowhere TERM=xterm-nowhere", "unknown terminal type", "set TERM"}}) {
        Terminal terminal(100, 24);
        ASSERT_TRUE(terminal.start("", "ended 1", one.environment)) << one.environment << "\n" << terminal.screen();
        EXPECT_THAT(terminal.screen(), HasSubstr(one.reason));
        EXPECT_THAT(terminal.screen(), HasSubstr(one.hint));
    }
    Terminal terminal(100, 24);
    ASSERT_TRUE(terminal.start("", "threads by", "COLUMNS=0 LINES=many")) << "as ncurses: the terminal's size";
}

TEST_F(Screens, a_key_records_what_the_screen_sees_until_it_is_pressed_again) {
    Terminal terminal(120, 24);
    terminal.shell("cd $HERE");
    ASSERT_TRUE(terminal.start("-i 100", "THREADS ARE ON AVERAGE IN"));
    terminal.type("R");
    ASSERT_TRUE(terminal.await_text("REC every 100 ms")) << terminal.screen();
    EXPECT_TRUE(terminal.await_text("recording to rstat-tsa-")) << terminal.screen();
    terminal.type("R");
    ASSERT_TRUE(terminal.await_text("rstat-tsa replay rstat-tsa-")) << terminal.screen();
    EXPECT_TRUE(terminal.await_no("REC every")) << terminal.screen();
    terminal.type("q");
    ASSERT_TRUE(terminal.await_text("ended 0")) << terminal.screen();
    terminal.shell("$RSTAT report rstat-tsa-* | head -12");
    EXPECT_TRUE(terminal.await_text("stopped by key")) << terminal.screen();
}

}  // namespace
}  // namespace tsa::test
