// SPDX-License-Identifier: MIT
// The command that `record --when --run` runs for each capture, in a shell, while the recording continues.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "app/host/signals.h"
#include "base/result.h"
#include "record/meta.h"

namespace tsa {

class CaptureCommand {
  public:
    /// Commands that run at a time; a capture beyond that is a notice.
    static constexpr std::size_t kMost = 4;

    CaptureCommand(std::string command, const SignalQueue& signals) : command_(std::move(command)), signals_(signals) {}

    /// With RSTAT_DIR, RSTAT_RULE and RSTAT_VALUES ("name=text" lines) in its environment, and no input. Does not wait.
    Result<void> start(const std::string& directory, const CaptureNote& note);
    /// Takes note of those that have ended, and returns a line about each that failed. One that outlives this program
    /// continues.
    [[nodiscard]] std::vector<std::string> reap();

  private:
    std::string command_;
    const SignalQueue& signals_;
    struct Running {
        pid_t pid;
        std::string directory;
    };
    std::vector<Running> running_;
};

}  // namespace tsa
