// SPDX-License-Identifier: MIT
// What the screens do to the machine, and only to puppets of this test: signals, after a question that says what they
// do, and nice values.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>

#include "program/terminal.h"
#include "support/feature.h"
#include "support/puppet.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ScreenActions : public ::testing::Test {
  protected:
    void SetUp() override {
        TSA_REQUIRE(missing_bpf());
        TSA_REQUIRE(missing_tmux());
    }
};

/// The screens on the threads of one puppet.
class OnPuppet {
  public:
    explicit OnPuppet(const Puppet& puppet, int width = 80, int height = 24) : terminal(width, height) {
        const std::string awaited = fmt::format(" {} ", puppet.pid());
        if (!terminal.start(fmt::format("-i 100 -p {}", puppet.pid()), awaited)) {
            throw std::runtime_error("the screens do not start: " + terminal.screen());
        }
    }

    void select(std::uint32_t tid) {
        terminal.type(std::to_string(tid));
        EXPECT_TRUE(terminal.await_text(fmt::format("TID {}", tid))) << terminal.screen();
    }
    /// Opens the menu, types a signal, and picks it.
    void pick(const std::string& signal) {
        terminal.key("F9");
        EXPECT_TRUE(terminal.await_text("Signal to")) << terminal.screen();
        terminal.type(signal);
        terminal.key("Enter");
        EXPECT_TRUE(terminal.await_text("any other key: no")) << terminal.screen();
    }

    Terminal terminal;
};

std::string process_text(const Puppet& puppet, const std::string& name, int threads) {
    return fmt::format("process {} ({}), {} threads", name, puppet.pid(), threads);
}

TEST_F(ScreenActions, sigterm_is_what_is_under_the_cursor_and_ends_the_whole_process_after_a_yes) {
    Puppet puppet("waits");
    const auto pid = static_cast<std::uint32_t>(puppet.pid());
    OnPuppet on(puppet);
    on.select(puppet.tid("recv"));
    on.terminal.key("F9");
    ASSERT_TRUE(on.terminal.await_text("Signal to " + process_text(puppet, "waits", 14))) << on.terminal.screen();
    on.terminal.key("Enter");
    const std::string question = "SIGTERM to " + process_text(puppet, "waits", 14) + "?";
    ASSERT_TRUE(on.terminal.await_text(question)) << on.terminal.screen();
    on.terminal.type("n");
    ASSERT_TRUE(on.terminal.await_text("no signal sent")) << on.terminal.screen();
    EXPECT_NE(state_letter(pid), 'Z');
    on.pick("");
    on.terminal.type("y");
    EXPECT_TRUE(on.terminal.await_text(fmt::format("SIGTERM sent to waits ({})", pid))) << on.terminal.screen();
    // Not reaped yet by this test, its parent.
    EXPECT_TRUE(await([&] { return state_letter(pid) == 'Z'; }));
}

TEST_F(ScreenActions, nine_and_enter_are_sigkill) {
    Puppet puppet("handler");
    const auto pid = static_cast<std::uint32_t>(puppet.pid());
    OnPuppet on(puppet);
    on.pick("9");
    EXPECT_THAT(on.terminal.lines().back(), HasSubstr("SIGKILL to " + process_text(puppet, "handler", 3) + "? y: yes"));
    on.terminal.key("Escape");
    ASSERT_TRUE(on.terminal.await_text("no signal sent"));
    EXPECT_EQ(puppet.ask("last"), "caught=0 tid=0") << "it lives";
    on.pick("kil");
    on.terminal.type("y");
    EXPECT_TRUE(on.terminal.await_text(fmt::format("SIGKILL sent to handler ({})", pid))) << on.terminal.screen();
    EXPECT_TRUE(await([&] { return state_letter(pid) == 'Z'; }));
}

TEST_F(ScreenActions, stop_and_continue_act_on_every_thread) {
    Puppet puppet("handler");
    OnPuppet on(puppet, 132, 24);
    on.select(puppet.tid("one"));
    on.pick("19");
    on.terminal.type("y");
    ASSERT_TRUE(on.terminal.await_text("SIGSTOP sent to handler"));
    for (const char* thread : {"main", "one", "two"}) {
        EXPECT_TRUE(await([&] { return state_letter(puppet.tid(thread)) == 'T'; })) << thread;
    }
    on.pick("term");
    EXPECT_THAT(on.terminal.screen(), HasSubstr("(pending until SIGCONT to handler)"));
    on.terminal.type("n");
    on.pick("cont");
    on.terminal.type("y");
    EXPECT_TRUE(await([&] { return state_letter(puppet.tid("two")) == 'S'; }));
}

TEST_F(ScreenActions, a_handled_signal_runs_in_the_one_thread_that_it_was_sent_to) {
    Puppet puppet("handler");
    const std::uint32_t two = puppet.tid("two");
    OnPuppet on(puppet, 132, 24);
    on.select(two);
    on.pick("usr1");
    EXPECT_THAT(
        on.terminal.screen(),
        HasSubstr(fmt::format("(handled by handler)? y: process, t: only thread {} two, any other key: no", two)));
    on.terminal.type("t");
    ASSERT_TRUE(on.terminal.await_text(fmt::format("SIGUSR1 sent to thread two ({})", two))) << on.terminal.screen();
    EXPECT_TRUE(await([&] { return puppet.ask("last") == fmt::format("caught=1 tid={}", two); })) << puppet.ask("last");
    on.pick("usr1");
    on.terminal.type("y");
    ASSERT_TRUE(on.terminal.await_text(fmt::format("SIGUSR1 sent to handler ({})", puppet.pid())));
    EXPECT_TRUE(await([&] { return puppet.ask("last").starts_with("caught=2 "); })) << puppet.ask("last");
    EXPECT_NE(state_letter(static_cast<std::uint32_t>(puppet.pid())), 'Z');
}

TEST_F(ScreenActions, says_of_an_ignored_and_of_a_blocked_signal_that_nothing_ends) {
    Puppet puppet("handler");
    OnPuppet on(puppet, 120, 24);
    on.pick("hup");
    EXPECT_THAT(on.terminal.screen(), HasSubstr("3 threads (ignored by handler)? y: yes"));
    on.terminal.type("y");
    ASSERT_TRUE(on.terminal.await_text("SIGHUP sent to handler"));
    on.pick("usr2");
    EXPECT_THAT(on.terminal.screen(), HasSubstr("3 threads (blocked by handler: pending until taken)? y: yes"));
    on.terminal.type("y");
    ASSERT_TRUE(on.terminal.await_text("SIGUSR2 sent to handler"));
    EXPECT_EQ(puppet.ask("last"), "caught=0 tid=0");
}

TEST_F(ScreenActions, a_process_that_ended_before_the_answer_gets_nothing) {
    Puppet puppet("handler");
    const pid_t pid = puppet.pid();
    OnPuppet on(puppet);
    on.pick("9");
    puppet.kill();
    on.terminal.type("y");
    EXPECT_TRUE(on.terminal.await_text(fmt::format("SIGKILL not sent: handler ({}) has ended", pid)))
        << on.terminal.screen();
}

TEST_F(ScreenActions, a_kernel_thread_is_refused) {
    Terminal terminal(80, 24);
    ASSERT_TRUE(terminal.start("-i 100", "threads by"));
    terminal.type("2");
    ASSERT_TRUE(terminal.await_text("TID 2"));
    terminal.key("F9");
    EXPECT_TRUE(terminal.await_text("kthreadd (2) is a kernel thread: signals do nothing to it")) << terminal.screen();
    EXPECT_THAT(terminal.screen(), Not(HasSubstr("Signal to")));
}

TEST_F(ScreenActions, nice_keys_change_the_thread_under_the_cursor_and_say_its_values) {
    Puppet puppet("waits");
    const std::uint32_t tid = puppet.tid("recv");
    const auto nice_of = [](std::uint32_t thread) { return getpriority(PRIO_PROCESS, thread); };
    const int before = nice_of(tid);
    OnPuppet on(puppet);
    on.select(tid);
    on.terminal.key("F8");
    EXPECT_TRUE(on.terminal.await_text(fmt::format("nice {} -> {} waits ({})", before, before + 1, tid)))
        << on.terminal.screen();
    EXPECT_EQ(nice_of(tid), before + 1);
    on.terminal.key("F7");
    EXPECT_TRUE(on.terminal.await_text(fmt::format("nice {} -> {} waits ({})", before + 1, before, tid)))
        << on.terminal.screen();
    EXPECT_EQ(nice_of(tid), before);
    EXPECT_EQ(nice_of(puppet.tid("main")), before) << "no other thread of the process";
    on.terminal.type("H");
    ASSERT_TRUE(on.terminal.await_text("process"));
    on.terminal.key("F8");
    EXPECT_TRUE(
        on.terminal.await_text(fmt::format("nice {} -> {} waits ({}), 14 threads", before, before + 1, puppet.pid())))
        << on.terminal.screen();
    EXPECT_EQ(nice_of(puppet.tid("epoll")), before + 1);
}

}  // namespace
}  // namespace tsa::test
