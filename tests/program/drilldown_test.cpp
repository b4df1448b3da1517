// SPDX-License-Identifier: MIT
// One thread in detail, in a real terminal: `rstat-tsa TID` of threads whose waits are known, the keys of its pages,
// the end of the thread, the question about delay accounting and what becomes of the answer however the program ends.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <signal.h>

#include <regex>

#include "program/json.h"
#include "program/terminal.h"
#include "support/feature.h"
#include "support/guards.h"
#include "support/puppet.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

using ::testing::HasSubstr;

constexpr const char* kDetail = "EscBack";

class DrillDown : public ::testing::Test {
  protected:
    void SetUp() override {
        TSA_REQUIRE(missing_bpf());
        TSA_REQUIRE(missing_tmux());
    }
};

/// The share of a state in the last seconds, in percent: "LAST 5.0 s  exec 13.6 %"; a state that is not listed has 0,
/// -1 if there is no such line.
double share_on(const Terminal& terminal, const std::string& label) {
    std::smatch found;
    const std::string line = terminal.line_with(" LAST ");
    if (line.empty()) {
        return -1;
    }
    return std::regex_search(line, found, std::regex("  " + label + " ([0-9.]+) %")) ? std::stod(found[1]) : 0;
}

/// The moment that is read out below the chart: "13:02:42.2".
std::string moment_of(const Terminal& terminal) {
    std::smatch found;
    const std::string line = terminal.line_with("a column");
    return std::regex_search(line, found, std::regex("^ (\\d\\d:\\d\\d:\\d\\d\\.\\d) ")) ? found[1].str() : "";
}

TEST_F(DrillDown, of_a_pipes_reader_names_the_pipe_and_both_sources_agree) {
    AccountingSwitch accounting;
    TSA_REQUIRE(missing_file(kAccountingSysctl));
    accounting.set(false);
    Puppet puppet("waits");
    Terminal terminal(120, 40);
    ASSERT_TRUE(terminal.start(fmt::format("-i 200 {}", puppet.tid("pipe")), "read pipe")) << terminal.screen();
    EXPECT_THAT(terminal.line_with("NOW"), HasSubstr("sleep for"));
    EXPECT_THAT(terminal.line_with("NOW"), HasSubstr("read(0x"));
    EXPECT_TRUE(terminal.await_text("TASKSTATS  exec ")) << terminal.screen();
    EXPECT_TRUE(terminal.await_text("agrees  io wait, swap wait: accounting off (key A)")) << terminal.screen();
    EXPECT_TRUE(terminal.await_text("  sleep 100.0 %")) << terminal.screen();
    // Its one wait is older than the program, and open.
    EXPECT_THAT(terminal.line_with("▸read pipe"), HasSubstr("≥"));
    EXPECT_THAT(terminal.line_with("▸read pipe"), HasSubstr("now"));

    terminal.type("v");
    ASSERT_TRUE(terminal.await_text("SINCE FIRST SEEN")) << terminal.screen();
    EXPECT_TRUE(terminal.await_text("explained: accounting off")) << terminal.screen();
    EXPECT_TRUE(terminal.await_text("agree\n")) << terminal.screen();
    EXPECT_THAT(terminal.line_with(" block I/O"), HasSubstr("delay accounting is off"));
    EXPECT_THAT(terminal.line_with(" zombie"), HasSubstr("·"));
    terminal.type("v");
    EXPECT_TRUE(terminal.await_text("read pipe")) << terminal.screen();
}

TEST_F(DrillDown, of_a_locks_waiter_names_address_and_holder) {
    Puppet convoy("convoy");
    const std::uint32_t middle = convoy.tid("middle");
    const std::optional<BlockedCall> call = blocked_call(middle);
    ASSERT_TRUE(call);
    Terminal terminal(120, 40);
    ASSERT_TRUE(terminal.start(fmt::format("-i 200 {}", middle), fmt::format("futex lock {:#x}", call->argument[0])))
        << terminal.screen();
    EXPECT_THAT(terminal.line_with("NOW"), HasSubstr("lock wait for"));
    EXPECT_THAT(terminal.screen(), HasSubstr(fmt::format("← {} convoy", convoy.tid("owner"))));
    EXPECT_TRUE(await([&] { return share_on(terminal, "lock wait") > 99; })) << terminal.screen();
    ASSERT_EQ(convoy.ask("release"), "released");
    EXPECT_TRUE(await([&] { return terminal.line_with("NOW").find("lock wait") == std::string::npos; }))
        << terminal.screen();
    EXPECT_THAT(terminal.screen(), HasSubstr(fmt::format("futex lock {:#x}", call->argument[0])))
        << "the wait that has ended stays in the table";
}

TEST_F(DrillDown, shift_s_shows_in_which_functions_its_time_goes) {
    Puppet puppet("naps");
    Terminal terminal(140, 45);
    ASSERT_TRUE(terminal.start(fmt::format("-i 200 {}", puppet.tid("napper")), "read pipe")) << terminal.screen();
    terminal.type("S");
    ASSERT_TRUE(terminal.await_text("TIME BY STACK")) << terminal.screen();
    EXPECT_TRUE(terminal.await_text("await_order")) << "the open wait's\n" << terminal.screen();
    EXPECT_TRUE(await([&] {
        EXPECT_EQ(puppet.ask("go 5"), "done");
        return terminal.screen().find("nap_in_poll") != std::string::npos;
    })) << terminal.screen();
    terminal.type("c");
    EXPECT_TRUE(terminal.await_text("callees to callers")) << terminal.screen();
    EXPECT_TRUE(terminal.await_text("← inner")) << terminal.screen();
    terminal.key("Escape");
    EXPECT_TRUE(terminal.await_no("TIME BY STACK")) << terminal.screen();
}

TEST_F(DrillDown, s_shows_the_functions_of_a_locks_waiter_beside_those_of_its_holder) {
    Puppet puppet("stacks");
    Terminal terminal(140, 45);
    ASSERT_TRUE(terminal.start(fmt::format("-i 200 {}", puppet.tid("mutex")), "wait_mutex ← depth_1"))
        << terminal.screen();
    ASSERT_TRUE(terminal.await_text("hold_mutex")) << terminal.screen();  // it may be read a refresh later
    EXPECT_THAT(terminal.line_with("hold_mutex"), HasSubstr(fmt::format("HOLDER {}", puppet.tid("holder"))));
    terminal.type("s");
    ASSERT_TRUE(terminal.await_text(fmt::format("HOLDER {} stacks, sleep", puppet.tid("holder")))) << terminal.screen();
    EXPECT_TRUE(terminal.await_text("hold_mutex")) << terminal.screen();
    EXPECT_THAT(terminal.line_with("pthread_mutex_lock"), HasSubstr("libc.so.6"));
    terminal.type("m");
    EXPECT_TRUE(terminal.await_text("stacks+0x")) << terminal.screen();
    terminal.key("Escape");
    EXPECT_TRUE(terminal.await_text("a column")) << terminal.screen();
}

TEST_F(DrillDown, left_reads_a_moment_that_stays_and_escape_releases_it_before_it_goes_back) {
    Puppet puppet("waits");
    Terminal terminal(132, 40);
    ASSERT_TRUE(terminal.start(fmt::format("-i 100 {}", puppet.tid("pipe")), "a column")) << terminal.screen();
    const auto follows = [&] {
        const std::string before = moment_of(terminal);
        return await([&] { return moment_of(terminal) > before; });
    };
    ASSERT_TRUE(follows());
    ASSERT_TRUE(follows());
    const std::string newest = moment_of(terminal);
    terminal.key("Left");
    terminal.key("Left");
    terminal.key("Left");
    ASSERT_TRUE(await([&] { return moment_of(terminal) < newest; })) << newest << "\n" << terminal.screen();
    const std::string fixed = moment_of(terminal);
    const std::string now = terminal.line_with("NOW");
    ASSERT_TRUE(await([&] { return terminal.line_with("NOW") != now; })) << "the rest goes on";
    let_pass(std::chrono::milliseconds(1200));  // more than a column
    EXPECT_EQ(moment_of(terminal), fixed);
    EXPECT_THAT(terminal.line_with("a column"), HasSubstr("sleep 100 %"));
    terminal.key("Escape");
    EXPECT_TRUE(await([&] { return moment_of(terminal) > newest; })) << terminal.screen();
    EXPECT_THAT(terminal.screen(), HasSubstr(kDetail)) << "still the thread";
    terminal.key("Escape");
    EXPECT_TRUE(terminal.await_text("threads by")) << terminal.screen();
}

TEST_F(DrillDown, two_threads_of_one_process_that_do_the_opposite_are_shown_apart) {
    Puppet hogs("hogs", {std::to_string(test_cpu()), "1"});
    const std::uint32_t hog = hogs.tid("hog0");
    const std::uint32_t sleeper = hogs.tid("main");
    Terminal terminal(120, 40);
    ASSERT_TRUE(terminal.start(fmt::format("-i 200 {}", hog), fmt::format("TID {} hogs", hog)));
    // Other work may share its CPU.
    EXPECT_TRUE(await([&] {
        return share_on(terminal, "exec") + share_on(terminal, "cpu wait") > 99 && share_on(terminal, "exec") > 10;
    })) << terminal.screen();
    terminal.key("Tab");
    ASSERT_TRUE(terminal.await_text(fmt::format("TID {} hogs", sleeper))) << terminal.screen();
    EXPECT_TRUE(await([&] { return share_on(terminal, "sleep") > 99 && share_on(terminal, "exec") == 0; }))
        << terminal.screen();
    terminal.key("q");
    ASSERT_TRUE(terminal.await_text("ended 0"));

    const Finished stat = run({"stat", "--json", "-i", "300", "-n", "1", "--tid", fmt::format("{},{}", hog, sleeper)});
    const rapidjson::Document json = json_of(stat.out);
    ASSERT_EQ(json["threads"].Size(), 2U);
    const rapidjson::Value& busy = *row_of(json, hog);
    const rapidjson::Value& idle = *row_of(json, sleeper);
    EXPECT_EQ(busy["tgid"].GetUint(), idle["tgid"].GetUint());
    EXPECT_EQ(busy["exec_ns"].GetUint64() + busy["cpu_wait_ns"].GetUint64(), busy["wall_ns"].GetUint64());
    EXPECT_GT(busy["exec_ns"].GetUint64(), 0U);
    EXPECT_EQ(idle["sleep_ns"].GetUint64(), idle["wall_ns"].GetUint64());
}

TEST_F(DrillDown, t_lists_the_threads_of_its_process_and_enter_goes_back) {
    Puppet hogs("hogs", {std::to_string(test_cpu()), "1"});
    Terminal terminal(80, 24);
    const std::string title = fmt::format("TID {} hogs", hogs.tid("hog0"));
    ASSERT_TRUE(terminal.start(fmt::format("-i 200 {}", hogs.tid("hog0")), title)) << terminal.screen();
    terminal.type("t");
    ASSERT_TRUE(terminal.await_text(fmt::format("PROCESS {} hogs", hogs.pid()))) << terminal.screen();
    EXPECT_TRUE(terminal.await_text("2 threads by")) << terminal.screen();
    for (const std::uint32_t tid : {hogs.tid("hog0"), hogs.tid("main")}) {
        EXPECT_NE(terminal.line_with(fmt::format("{} hogs", tid)), "") << terminal.screen();
    }
    terminal.key("Enter");
    EXPECT_TRUE(terminal.await_text(title)) << terminal.screen();
}

TEST_F(DrillDown, a_threads_end_is_said_while_its_process_lives_and_its_totals_stay) {
    Puppet puppet("waiter");
    Terminal terminal(120, 40);
    ASSERT_TRUE(terminal.start(fmt::format("-i 100 {}", puppet.tid("waiter")), "read pipe")) << terminal.screen();
    ASSERT_EQ(puppet.ask("sleep 20 10000"), "done");
    const auto sleeps = [&] { return terminal.line_with(" clock_nanosleep"); };
    EXPECT_TRUE(await([&] { return sleeps().find(" 20 ") != std::string::npos; })) << terminal.screen();
    ASSERT_EQ(puppet.ask("end"), "ends");
    ASSERT_TRUE(terminal.await_text("ENDED  at ")) << terminal.screen();
    EXPECT_THAT(terminal.screen(), HasSubstr("its final totals"));
    const std::string waits = sleeps();
    EXPECT_THAT(waits, HasSubstr(" 20 "));
    const auto idle_of = [&] {
        std::smatch found;
        const std::string screen = terminal.screen();
        return std::regex_search(screen, found, std::regex("idle (\\d+) ms")) ? std::stoi(found[1]) : 0;
    };
    const int idle_ms = idle_of();
    EXPECT_GE(idle_ms, 200) << terminal.screen();
    let_pass(std::chrono::milliseconds(500));  // five refreshes
    EXPECT_EQ(idle_of(), idle_ms);
    EXPECT_EQ(sleeps(), waits);
    EXPECT_NE(state_letter(static_cast<std::uint32_t>(puppet.pid())), 'Z');
}

TEST_F(DrillDown, a_process_id_opens_its_main_thread) {
    Puppet puppet("waits");
    Terminal terminal(80, 24);
    ASSERT_TRUE(terminal.start(fmt::format("-i 200 {}", puppet.pid()), fmt::format("TID {} waits", puppet.pid())));
    EXPECT_TRUE(terminal.await_text("14 threads")) << terminal.screen();
    EXPECT_THAT(terminal.line_with("NOW"), HasSubstr("read(0x0"));
}

TEST_F(DrillDown, a_tid_that_does_not_exist_is_an_error_with_a_way_to_find_others) {
    Terminal terminal(80, 24);
    ASSERT_TRUE(terminal.start("4194303", "ended 1")) << terminal.screen();
    EXPECT_THAT(terminal.screen(), HasSubstr("there is no thread 4194303"));
    EXPECT_THAT(terminal.screen(), HasSubstr("hint: ps -eLf"));
    EXPECT_EQ(terminal.variable("alternate_on"), "0");
}

TEST_F(DrillDown, is_usable_at_80x24_and_at_40x10) {
    Puppet convoy("convoy");
    const std::uint32_t middle = convoy.tid("middle");
    Terminal terminal(80, 24);
    ASSERT_TRUE(terminal.start(fmt::format("-i 200 {}", middle), "▸futex")) << terminal.screen();
    for (const char* word : {"LAST ", "TASKSTATS", "WAITS ON", "100 % ┤", "NOW  lock wait", "← "}) {
        EXPECT_THAT(terminal.screen(), HasSubstr(word));
    }
    EXPECT_THAT(terminal.lines().back(), HasSubstr(kDetail));
    terminal.resize(40, 10);
    ASSERT_TRUE(await([&] {
        const std::vector<std::string> lines = terminal.lines();
        return lines.size() == 10 && lines.back().starts_with(kDetail) && lines[0].starts_with(" TID ");
    })) << terminal.screen();
    EXPECT_THAT(terminal.lines()[0], HasSubstr(fmt::format("TID {} convoy", middle)));
    EXPECT_TRUE(terminal.await_text("lock wait 100")) << terminal.screen();
    EXPECT_THAT(terminal.screen(), HasSubstr("NOW  lock wait"));
    EXPECT_THAT(terminal.screen(), HasSubstr(fmt::format("← {}", convoy.tid("owner"))));
}

TEST_F(DrillDown, without_probes_says_what_is_missing) {
    Puppet hogs("hogs", {std::to_string(test_cpu()), "1"});
    Terminal terminal(120, 40);
    ASSERT_TRUE(terminal.start(fmt::format("-i 200 --source procfs {}", hogs.tid("hog0")), ", from /proc  "))
        << terminal.screen();
    EXPECT_THAT(terminal.screen(), HasSubstr("single waits need the scheduler probes"));
    EXPECT_THAT(terminal.screen(), HasSubstr("rstat-tsa doctor"));
    EXPECT_TRUE(await([&] { return share_on(terminal, "exec") + share_on(terminal, "cpu wait") > 98; }))
        << terminal.screen();
    terminal.type("v");
    ASSERT_TRUE(terminal.await_text("PROCFS")) << terminal.screen();
    for (const char* label : {" io wait  ", " swap wait  "}) {
        EXPECT_THAT(terminal.line_with(label), HasSubstr(" - ")) << "not measured is not zero";
    }
}

TEST_F(DrillDown, a_process_is_opened_by_its_name_and_says_why_it_is_slow) {
    Puppet convoy("convoy");
    Terminal terminal(120, 40);
    ASSERT_TRUE(terminal.start("-i 200 convoy", fmt::format("PROCESS {} convoy", convoy.pid()))) << terminal.screen();
    EXPECT_TRUE(terminal.await_text("3 of 5 threads, most of all")) << terminal.screen();
    EXPECT_TRUE(terminal.await_text("of its delay is waiting for the lock")) << terminal.screen();
    EXPECT_TRUE(terminal.await_text("LOCKS")) << terminal.screen();
    EXPECT_TRUE(terminal.await_text(fmt::format("{} ", convoy.tid("owner")))) << terminal.screen();
    terminal.key("Enter");
    EXPECT_TRUE(terminal.await_text("TID ")) << terminal.screen();
    terminal.key("Escape");
    EXPECT_TRUE(terminal.await_text("PROCESS ")) << terminal.screen();
    terminal.key("Escape");
    EXPECT_TRUE(terminal.await_text("THREADS ARE ON AVERAGE IN")) << terminal.screen();
    terminal.key("q");
    EXPECT_TRUE(terminal.await_text("ended 0")) << terminal.screen();
}

TEST_F(DrillDown, a_name_of_no_process_is_an_error_with_a_hint) {
    const Finished finished = run({"no-such-process"});
    EXPECT_EQ(finished.exit_code, 2);
    EXPECT_THAT(finished.err, HasSubstr("'no-such-process' is neither a thread ID, nor the name of a process"));
    EXPECT_THAT(finished.err, HasSubstr("hint: "));
    EXPECT_THAT(run({"recrod"}).err, HasSubstr("did you mean rstat-tsa record?"));
}

class AccountingQuestion : public DrillDown {
  protected:
    void SetUp() override {
        DrillDown::SetUp();
        TSA_REQUIRE(missing_file(kAccountingSysctl));
        accounting_.set(false);
    }
    static bool is_on() { return text_of(kAccountingSysctl).starts_with('1'); }

    /// The drill-down of this test with the question open.
    static void ask(Terminal& terminal) {
        ASSERT_TRUE(terminal.start(fmt::format("-i 100 {}", ::getpid()), "accounting off")) << terminal.screen();
        terminal.type("A");
        ASSERT_TRUE(terminal.await_text("Enter selects, Esc: no")) << terminal.screen();
        EXPECT_THAT(terminal.screen(), HasSubstr("kernel.task_delayacct"));
    }
    static void switch_on(Terminal& terminal, int up) {
        ask(terminal);
        for (int i = 0; i < up; ++i) {
            terminal.key("Up");
        }
        terminal.key("Enter");
        ASSERT_TRUE(terminal.await_text("delay accounting is on, for threads created from now on"))
            << terminal.screen();
        EXPECT_TRUE(is_on());
    }

  private:
    AccountingSwitch accounting_;  // puts back what the machine had
};

TEST_F(AccountingQuestion, answered_no_changes_nothing) {
    for (const char* key : {"Enter", "Escape"}) {
        Terminal terminal(100, 30);
        ASSERT_NO_FATAL_FAILURE(ask(terminal));
        terminal.key(key);
        EXPECT_TRUE(terminal.await_text("delay accounting stays off")) << key << terminal.screen();
        EXPECT_FALSE(is_on());
        terminal.key("q");
        ASSERT_TRUE(terminal.await_text("ended 0"));
        EXPECT_FALSE(is_on());
    }
}

TEST_F(AccountingQuestion, answered_on_and_put_back_is_off_again_however_the_program_ends) {
    for (const std::string& end :
         {std::string("q"), std::string("C-\\"), std::string("SIGTERM"), std::string("the terminal goes")}) {
        Terminal terminal(100, 30);
        ASSERT_NO_FATAL_FAILURE(switch_on(terminal, 2)) << end;
        const pid_t program = terminal.program();
        ASSERT_GT(program, 0);
        if (end == "q" || end == "C-\\") {
            terminal.key(end);
        } else if (end == "SIGTERM") {
            ASSERT_EQ(kill(program, SIGTERM), 0);
        } else {
            terminal.hang_up();
        }
        EXPECT_TRUE(await([&] { return kill(program, 0) != 0; })) << end;
        EXPECT_FALSE(is_on()) << end;
    }
}

TEST_F(AccountingQuestion, answered_on_and_left_stays_on) {
    Terminal terminal(100, 30);
    ASSERT_NO_FATAL_FAILURE(switch_on(terminal, 1));
    terminal.key("q");
    ASSERT_TRUE(terminal.await_text("ended 0")) << terminal.screen();
    EXPECT_TRUE(is_on());
}

}  // namespace
}  // namespace tsa::test
