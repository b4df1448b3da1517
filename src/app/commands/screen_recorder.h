// Records what the screens see, at the press of a key: each report that they get goes into a recording of its own, made
// where the program was started. For the bad moment that is on the screen right now.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "app/host/actions.h"
#include "cli/options.h"
#include "record/writer.h"

namespace tsa {

class ScreenRecorder {
  public:
    /// `options` must outlive it.
    explicit ScreenRecorder(const ScreensOptions& options) : options_(options) {}
    /// Completes a recording that is still open, up to its last report.
    ~ScreenRecorder();
    ScreenRecorder(const ScreenRecorder&) = delete;
    ScreenRecorder& operator=(const ScreenRecorder&) = delete;

    [[nodiscard]] bool active() const { return writer_ != nullptr; }
    /// Makes the directory: "rstat-tsa-20261121-164512" in the current one.
    ActionResult start(std::uint64_t interval_ms);
    /// One interval; `why` not empty: the last one, and what ended the recording. The words for the user are absent as
    /// long as there is nothing to say; after a failure it is not active any more.
    std::optional<ActionResult> add(const Report& report, const std::string& why = {});

  private:
    std::optional<ActionResult> finish(const std::string& why);

    const ScreensOptions& options_;
    std::unique_ptr<RecordWriter> writer_;
    std::string directory_;
};

}  // namespace tsa
