// SPDX-License-Identifier: MIT
// See process_signals.h. The rules are those of the kernel's sig_task_ignored(), wants_signal() and complete_signal().
#include "model/process_signals.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csignal>

namespace tsa {

std::span<const SignalInfo> signals() {
    using enum SignalAction;
    static constexpr auto kSignals = std::to_array<SignalInfo>({
        {SIGHUP, "SIGHUP", end},
        {SIGINT, "SIGINT", end},
        {SIGQUIT, "SIGQUIT", end_with_core},
        {SIGILL, "SIGILL", end_with_core},
        {SIGTRAP, "SIGTRAP", end_with_core},
        {SIGABRT, "SIGABRT", end_with_core},
        {SIGBUS, "SIGBUS", end_with_core},
        {SIGFPE, "SIGFPE", end_with_core},
        {SIGKILL, "SIGKILL", end},
        {SIGUSR1, "SIGUSR1", end},
        {SIGSEGV, "SIGSEGV", end_with_core},
        {SIGUSR2, "SIGUSR2", end},
        {SIGPIPE, "SIGPIPE", end},
        {SIGALRM, "SIGALRM", end},
        {SIGTERM, "SIGTERM", end},
        {SIGSTKFLT, "SIGSTKFLT", end},
        {SIGCHLD, "SIGCHLD", ignore},
        {SIGCONT, "SIGCONT", resume},
        {SIGSTOP, "SIGSTOP", stop},
        {SIGTSTP, "SIGTSTP", stop},
        {SIGTTIN, "SIGTTIN", stop},
        {SIGTTOU, "SIGTTOU", stop},
        {SIGURG, "SIGURG", ignore},
        {SIGXCPU, "SIGXCPU", end_with_core},
        {SIGXFSZ, "SIGXFSZ", end_with_core},
        {SIGVTALRM, "SIGVTALRM", end},
        {SIGPROF, "SIGPROF", end},
        {SIGWINCH, "SIGWINCH", ignore},
        {SIGIO, "SIGIO", end},
        {SIGPWR, "SIGPWR", end},
        {SIGSYS, "SIGSYS", end_with_core},
    });
    return kSignals;
}

const SignalInfo* find_signal(int number) {
    const auto all = signals();
    const auto found = std::ranges::find(all, number, &SignalInfo::number);
    return found != all.end() ? &*found : nullptr;
}

std::string signal_name(int number) {
    const SignalInfo* signal = find_signal(number);
    return signal != nullptr ? std::string(signal->name) : fmt::format("signal {}", number);
}

namespace {

SignalEffect default_effect(SignalAction action) {
    switch (action) {
        case SignalAction::end:
            return SignalEffect::ends;
        case SignalAction::end_with_core:
            return SignalEffect::ends_with_core;
        case SignalAction::stop:
            return SignalEffect::stops;
        case SignalAction::resume:
            return SignalEffect::resumes;
        case SignalAction::ignore:
            return SignalEffect::does_nothing;
    }
    return SignalEffect::does_nothing;
}

}  // namespace

SignalEffect effect_of(const SignalInfo& signal, const SignalHandling& handling) {
    const int number = signal.number;
    const SignalEffect by_default = default_effect(signal.action);
    // Neither can be caught, ignored or blocked.
    if (number == SIGKILL || number == SIGSTOP) {
        return handling.init == InitProcess::of_machine ? SignalEffect::spares_init : by_default;
    }
    const bool caught = has_signal(handling.caught, number);
    if (number == SIGCONT && !caught) {
        return SignalEffect::resumes;  // when it is sent: blocked or ignored makes no difference
    }
    if (has_signal(handling.ignored, number)) {
        return SignalEffect::is_ignored;
    }
    if (has_signal(handling.blocked, number)) {
        return SignalEffect::stays_pending;
    }
    if (!caught && signal.action == SignalAction::ignore) {
        return has_signal(handling.awaited, number) ? SignalEffect::may_be_awaited : SignalEffect::does_nothing;
    }
    if (!caught && handling.init != InitProcess::no) {
        return SignalEffect::spares_init;
    }
    if (handling.stopped && number != SIGCONT && (caught || signal.action != SignalAction::stop)) {
        return SignalEffect::waits_for_continue;
    }
    if (has_signal(handling.awaited, number)) {
        return SignalEffect::may_be_awaited;
    }
    return caught ? SignalEffect::is_handled : by_default;
}

}  // namespace tsa
