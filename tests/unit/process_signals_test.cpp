// SPDX-License-Identifier: MIT
// The effect of a signal: the kernel's rules for a process with known masks.
#include "model/process_signals.h"

#include <gtest/gtest.h>

#include <csignal>

namespace tsa {
namespace {

constexpr SignalSet bit(int number) {
    return SignalSet{1} << static_cast<unsigned>(number - 1);
}

SignalEffect effect(int number, const SignalHandling& handling = {}) {
    return effect_of(*find_signal(number), handling);
}

TEST(ProcessSignals, the_table_has_every_signal_once_and_in_order) {
    int last = 0;
    for (const SignalInfo& signal : signals()) {
        EXPECT_EQ(signal.number, last + 1) << signal.name;
        EXPECT_EQ(signal_name(signal.number), signal.name);
        const std::string libc_name = std::string("SIG") + sigabbrev_np(signal.number);
        EXPECT_EQ(signal.name, libc_name == "SIGPOLL" ? "SIGIO" : libc_name);
        last = signal.number;
    }
    EXPECT_EQ(last, 31);
    EXPECT_EQ(find_signal(40), nullptr);
    EXPECT_EQ(signal_name(40), "signal 40");
}

TEST(ProcessSignals, without_a_handler_the_default_acts_on_the_process) {
    EXPECT_EQ(effect(SIGTERM), SignalEffect::ends);
    EXPECT_EQ(effect(SIGKILL), SignalEffect::ends);
    EXPECT_EQ(effect(SIGSEGV), SignalEffect::ends_with_core);
    EXPECT_EQ(effect(SIGSTOP), SignalEffect::stops);
    EXPECT_EQ(effect(SIGTSTP), SignalEffect::stops);
    EXPECT_EQ(effect(SIGCONT), SignalEffect::resumes);
    EXPECT_EQ(effect(SIGCHLD), SignalEffect::does_nothing);
    EXPECT_EQ(effect(SIGWINCH), SignalEffect::does_nothing);
}

TEST(ProcessSignals, handled_ignored_and_blocked_signals_have_different_effects) {
    SignalHandling handling;
    handling.caught = bit(SIGTERM) | bit(SIGCHLD);
    handling.ignored = bit(SIGHUP);
    handling.blocked = bit(SIGINT) | bit(SIGTERM) | bit(SIGURG);
    EXPECT_EQ(effect(SIGTERM, handling), SignalEffect::stays_pending) << "blocked: the handler does not run";
    EXPECT_EQ(effect(SIGCHLD, handling), SignalEffect::is_handled);
    EXPECT_EQ(effect(SIGHUP, handling), SignalEffect::is_ignored);
    EXPECT_EQ(effect(SIGINT, handling), SignalEffect::stays_pending);
    EXPECT_EQ(effect(SIGURG, handling), SignalEffect::stays_pending) << "it may be read, though it does nothing";
    EXPECT_EQ(effect(SIGQUIT, handling), SignalEffect::ends_with_core);
}

TEST(ProcessSignals, nothing_holds_sigkill_and_sigstop_off_and_sigcont_continues_when_sent) {
    SignalHandling handling;
    handling.caught = handling.ignored = handling.blocked = handling.awaited = ~SignalSet{0};
    handling.stopped = true;
    EXPECT_EQ(effect(SIGKILL, handling), SignalEffect::ends);
    EXPECT_EQ(effect(SIGSTOP, handling), SignalEffect::stops);
    handling.caught = 0;
    EXPECT_EQ(effect(SIGCONT, handling), SignalEffect::resumes);
}

TEST(ProcessSignals, a_stopped_process_does_not_act_before_it_continues) {
    SignalHandling handling;
    handling.stopped = true;
    handling.caught = bit(SIGUSR1) | bit(SIGTSTP);
    EXPECT_EQ(effect(SIGTERM, handling), SignalEffect::waits_for_continue);
    EXPECT_EQ(effect(SIGUSR1, handling), SignalEffect::waits_for_continue);
    EXPECT_EQ(effect(SIGTSTP, handling), SignalEffect::waits_for_continue);
    EXPECT_EQ(effect(SIGTTIN, handling), SignalEffect::stops);
    EXPECT_EQ(effect(SIGKILL, handling), SignalEffect::ends);
}

TEST(ProcessSignals, an_init_process_gets_only_what_it_handles) {
    SignalHandling handling;
    handling.init = InitProcess::of_machine;
    handling.caught = bit(SIGTERM);
    EXPECT_EQ(effect(SIGTERM, handling), SignalEffect::is_handled);
    EXPECT_EQ(effect(SIGINT, handling), SignalEffect::spares_init);
    EXPECT_EQ(effect(SIGKILL, handling), SignalEffect::spares_init);
    EXPECT_EQ(effect(SIGSTOP, handling), SignalEffect::spares_init);
    handling.init = InitProcess::of_container;
    EXPECT_EQ(effect(SIGINT, handling), SignalEffect::spares_init);
    EXPECT_EQ(effect(SIGKILL, handling), SignalEffect::ends) << "from outside of its namespace";
}

TEST(ProcessSignals, a_thread_in_sigwait_takes_what_the_others_block) {
    SignalHandling handling;
    handling.awaited = bit(SIGTERM) | bit(SIGCHLD);
    EXPECT_EQ(effect(SIGTERM, handling), SignalEffect::may_be_awaited);
    EXPECT_EQ(effect(SIGCHLD, handling), SignalEffect::may_be_awaited);
    EXPECT_EQ(effect(SIGINT, handling), SignalEffect::ends);
    EXPECT_FALSE(acts_by_default(SignalEffect::may_be_awaited));
    EXPECT_TRUE(acts_by_default(SignalEffect::stops));
}

}  // namespace
}  // namespace tsa
