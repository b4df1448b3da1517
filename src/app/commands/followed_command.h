// What `stat -- CMD` and `record -- CMD` do alike: signals passed on, an exit code as a shell gives it, and final
// records that come a little after the command's end.
#pragma once

#include <optional>

#include "app/host/child.h"
#include "app/host/live_session.h"
#include "app/host/outcome.h"
#include "app/host/signals.h"
#include "model/sample.h"

namespace tsa {

/// How often, and for how long each time, final records are waited for when the command has ended.
inline constexpr int kSettleRounds = 20;
inline constexpr int kSettleMs = 10;

/// /proc forgets threads that end: a command's life can be followed by the probes only. Error: they do not run.
Result<void> start_source_for_command(LiveSession& session, std::uint32_t max_threads);

/// The terminal's Ctrl-C has reached the command too; a signal sent to us alone is passed on. Takes all that wait, and
/// returns one of them; absent: none came.
[[nodiscard]] std::optional<int> pass_on_signals(SignalQueue& signals, const Child& child);

/// After the command's end. A thread's final record comes a little after its process could be waited for: true while
/// one is outstanding.
[[nodiscard]] bool exits_outstanding(const Sample& sample, const Child& child);

/// The command's own, or 128 and the number of the signal that killed it.
[[nodiscard]] int exit_code_of(const Child::End& end);

/// It could not be started: 127 when there is no such program, else 126.
[[nodiscard]] Outcome cannot_run(const Error& error);

}  // namespace tsa
