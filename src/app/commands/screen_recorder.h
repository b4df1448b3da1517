// SPDX-License-Identifier: MIT
// Records what the screens show, at the press of a key: each report they receive goes into a separate recording in the
// directory the program was started in. For a problem that is on the screen right now.
#pragma once

#include <optional>
#include <string>

#include "app/commands/screen_writer.h"
#include "app/host/actions.h"

namespace tsa {

class ScreenRecorder {
  public:
    /// All must outlive it.
    ScreenRecorder(const ScreensOptions& options, const ThreadChoice& choice, const SignalQueue& signals)
        : writer_(options, choice, signals) {}
    /// Completes an open recording, up to its last report.
    ~ScreenRecorder();
    ScreenRecorder(const ScreenRecorder&) = delete;
    ScreenRecorder& operator=(const ScreenRecorder&) = delete;

    [[nodiscard]] bool active() const { return writer_.active(); }
    /// Makes the directory: "rstat-tsa-20261121-164512" in the current one. `container`: see RecordingMeta.
    ActionResult start(std::uint64_t interval_ms, bool container);
    /// One interval; `why` not empty: the last one, and what ended the recording. The message for the user is absent if
    /// there is nothing to report; after a failure it is no longer active.
    std::optional<ActionResult> add(const Report& report, const std::string& why = {});

  private:
    std::optional<ActionResult> finish(const std::string& why);

    ScreenWriter writer_;
    std::string directory_;
};

}  // namespace tsa
