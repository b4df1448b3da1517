// What `stat -- CMD` and `record -- CMD` do alike: a command that the probes follow, signals passed on, an exit code as
// a shell gives it, and final records that come a little after the command's end.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/host/child.h"
#include "app/host/live_session.h"
#include "app/host/outcome.h"

namespace tsa {

/// How often, and for how long each time, final records are waited for when the command has ended.
inline constexpr int kSettleRounds = 20;
inline constexpr std::chrono::milliseconds kSettleTime{10};

/// /proc forgets threads that end: a command's life can be followed by the probes only. Error: they do not run.
Result<void> start_source_for_command(LiveSession& session, std::uint32_t max_threads);

class FollowedCommand {
  public:
    /// Creates it, waiting at its gate, and has the session's probes follow it. The session outlives it.
    static Result<std::unique_ptr<FollowedCommand>> prepare(const std::vector<std::string>& argv, LiveSession& session);
    FollowedCommand(const FollowedCommand&) = delete;
    FollowedCommand& operator=(const FollowedCommand&) = delete;

    /// Passes on signals that come from now on, and calls `ended` when the command has ended.
    void watch(std::function<Result<void>()> ended);
    /// Before each write. A signal that was passed on asked for the end of all, though the command may take its time:
    /// it can be read again, so that no write waits for a reader that does not read.
    void keep_signal_pending() const {
        if (passed_on_ != 0) {
            SignalQueue::put_back(passed_on_);
        }
    }
    /// It starts. Error: it cannot be run: see cannot_run().
    Result<void> release() { return child_.release(); }

    /// Absent: it has not ended.
    [[nodiscard]] const std::optional<Child::End>& end() const { return end_; }
    /// The command's own, or 128 and the number of the signal that killed it; 0: it has not ended.
    [[nodiscard]] int exit_code() const;
    /// After its end. A thread's final record comes a little after its process could be waited for: true while one is
    /// outstanding.
    [[nodiscard]] bool exits_outstanding() const;

  private:
    FollowedCommand(LiveSession& session, Child child) : session_(session), child_(std::move(child)) {}
    void pass_on_signals();
    Result<void> reap();

    LiveSession& session_;
    Child child_;
    std::optional<Child::End> end_;
    int passed_on_ = 0;  ///< the last signal that came for the command
};

/// It could not be started: 127 when there is no such program, else 126.
[[nodiscard]] Outcome cannot_run(const Error& error);

}  // namespace tsa
