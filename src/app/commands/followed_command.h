// SPDX-License-Identifier: MIT
// What `stat -- CMD` and `record -- CMD` share: a command that the probes follow, forwarded signals, an exit code as in
// a shell, and final records that arrive shortly after the command ends.
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

/// How many times, and how long each time, to wait for final records after the command has ended.
inline constexpr int kSettleRounds = 20;
inline constexpr std::chrono::milliseconds kSettleTime{10};

/// /proc drops threads that end: only the probes can follow a command for its whole life. Error: they do not run.
Result<void> start_source_for_command(LiveSession& session, std::uint32_t max_threads, bool neighbors = false);

class FollowedCommand {
  public:
    /// Creates the command, stopped at its gate, and has the session's probes follow it. The session must outlive it.
    static Result<std::unique_ptr<FollowedCommand>> prepare(const std::vector<std::string>& argv, LiveSession& session);
    FollowedCommand(const FollowedCommand&) = delete;
    FollowedCommand& operator=(const FollowedCommand&) = delete;

    /// Forwards signals from now on, and calls `ended` when the command has ended.
    void watch(std::function<Result<void>()> ended);
    /// Call before each write. A forwarded signal asked for everything to end, though the command may take its time: it
    /// becomes readable again, so that no write waits for a stalled reader.
    void keep_signal_pending() const {
        if (passed_on_ != 0) {
            SignalQueue::put_back(passed_on_);
        }
    }
    /// Starts the command. Error: it cannot be run; see cannot_run().
    Result<void> release() { return child_.release(session_.signals().fd()); }

    /// Absent: still running.
    [[nodiscard]] const std::optional<Child::End>& end() const { return end_; }
    /// The command's own, or 128 and the number of the signal that killed it; 0: still running.
    [[nodiscard]] int exit_code() const;
    /// After its end. A thread's final record arrives shortly after its process can be waited for: true while one is
    /// outstanding.
    [[nodiscard]] bool exits_outstanding() const;

  private:
    FollowedCommand(LiveSession& session, Child child) : session_(session), child_(std::move(child)) {}
    void pass_on_signals();
    Result<void> reap();

    LiveSession& session_;
    Child child_;
    std::optional<Child::End> end_;
    int passed_on_ = 0;  ///< the last signal forwarded to the command
};

/// It could not be started: 127 when there is no such program, else 126.
[[nodiscard]] Outcome cannot_run(const Error& error);

}  // namespace tsa
