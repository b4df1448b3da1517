// SPDX-License-Identifier: MIT
// The recording that the screens write, at the press of a key or when a rule holds: how it is begun, and what writes
// it.
#pragma once

#include <cstdint>
#include <memory>

#include "app/commands/thread_choice.h"
#include "app/host/signals.h"
#include "cli/options.h"
#include "record/writer.h"

namespace tsa {

class ScreenWriter {
  public:
    /// All must outlive it.
    ScreenWriter(const ScreensOptions& options, const ThreadChoice& choice, const SignalQueue& signals)
        : options_(options), choice_(choice), signals_(signals) {}

    [[nodiscard]] bool active() const { return writer_ != nullptr; }
    /// Options of a recording of what the screens show, without its directory. `container`: see RecordingMeta.
    [[nodiscard]] RecordWriterOptions options(std::uint64_t interval_ms, bool container) const;
    Result<void> begin(RecordWriterOptions options);
    /// Only while it is active.
    RecordWriter* operator->() { return writer_.get(); }
    /// After it was finished.
    void close() { writer_.reset(); }

  private:
    const ScreensOptions& options_;
    const ThreadChoice& choice_;
    const SignalQueue& signals_;
    std::unique_ptr<RecordWriter> writer_;
};

}  // namespace tsa
