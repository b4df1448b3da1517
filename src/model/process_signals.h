// SPDX-License-Identifier: MIT
// Signals that a user may send: their names, default actions, and effect on a given process. Pure: a process's signal
// masks come from src/procfs.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tsa {

enum class SignalAction : std::uint8_t { end, end_with_core, stop, resume, ignore };

struct SignalInfo {
    int number;
    std::string_view name;  ///< "SIGTERM"
    SignalAction action;    ///< by default
};
/// By number; without the real-time signals.
[[nodiscard]] std::span<const SignalInfo> signals();
/// Null: not in the table.
[[nodiscard]] const SignalInfo* find_signal(int number);
/// "SIGTERM", "signal 40".
[[nodiscard]] std::string signal_name(int number);

/// Bit n - 1 is signal n, as in /proc/PID/status.
using SignalSet = std::uint64_t;
[[nodiscard]] constexpr bool has_signal(SignalSet set, int number) {
    return (set >> static_cast<unsigned>(number - 1) & 1U) != 0;
}

/// The first process of a PID namespace is protected: no signal affects it by default.
enum class InitProcess : std::uint8_t {
    no,
    of_container,  ///< of a namespace below ours: SIGKILL and SIGSTOP affect it
    of_machine,    ///< of ours
};

/// What one process does with the signals it receives.
struct SignalHandling {
    SignalSet caught = 0;  ///< a handler runs
    SignalSet ignored = 0;
    SignalSet blocked = 0;            ///< by every thread
    SignalSet awaited = 0;            ///< blocked by every thread but those in sigwait, which may take it
    SignalSet blocked_by_thread = 0;  ///< by the requested thread
    std::uint32_t threads = 0;        ///< 0: not known
    InitProcess init = InitProcess::no;
    bool stopped = false;  ///< only SIGKILL and SIGCONT have an effect before it continues

    bool operator==(const SignalHandling&) const = default;
};

/// What happens to a signal that is sent to a process.
enum class SignalEffect : std::uint8_t {
    ends,
    ends_with_core,
    stops,
    resumes,
    is_handled,          ///< the handler runs, in one thread
    is_ignored,          ///< the process ignores it
    does_nothing,        ///< its default
    stays_pending,       ///< every thread blocks it, until a thread unblocks or reads it
    may_be_awaited,      ///< a thread in sigwait takes it; else its default action
    waits_for_continue,  ///< the process is stopped
    spares_init,
};
inline constexpr std::size_t kSignalEffects = 11;

[[nodiscard]] SignalEffect effect_of(const SignalInfo& signal, const SignalHandling& handling);

/// It ends, stops or continues all threads of a process, however it was addressed; or its effect is not known.
[[nodiscard]] constexpr bool acts_by_default(SignalEffect effect) {
    return effect <= SignalEffect::resumes;
}

}  // namespace tsa
