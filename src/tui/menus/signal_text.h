// SPDX-License-Identifier: MIT
// Text around sending a signal: whom it goes to, what it does there, and the question before. Pure.
#pragma once

#include <string>

#include "tui/view_state.h"

namespace tsa {

/// "process webapp (4588), 11 threads", "3 processes (webapp, nginx, redis), 27 threads".
[[nodiscard]] std::string target_text(const SignalTargets& targets);

/// What the signal does there: "ends webapp", "handled by webapp", "ends 2, ignored by 1". Empty: not known.
[[nodiscard]] std::string effect_text(const SignalInfo& signal, const SignalTargets& targets);

/// Whether it makes a difference to send it to the chosen threads only: every process handles it, in the thread that it
/// is sent to, and has other threads.
[[nodiscard]] bool offers_threads(int signal, const SignalTargets& targets);

struct SignalQuestion {
    std::string what;     ///< "SIGTERM to process webapp (4588), 11 threads?"
    std::string answers;  ///< "y: yes, any other key: no"
};
[[nodiscard]] SignalQuestion signal_question(int signal, const SignalTargets& targets);

}  // namespace tsa
