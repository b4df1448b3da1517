// SPDX-License-Identifier: MIT
// Segments that are written on a separate thread, because the directory may be on a file system that hangs: the
// recorder then goes on measuring, and what it measures waits in memory. A stream is written directly: its reader is
// waited for.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/side_queue.h"
#include "record/segments.h"

namespace tsa {

class SegmentQueue {
  public:
    /// What waits for a directory that does not answer; more is an error, which ends the recording.
    static constexpr std::size_t kMaxWaitingBytes = 64U << 20U;
    /// How long finish() waits for such a directory.
    static constexpr std::chrono::milliseconds kLastPatience{2000};

    /// `patience`: for each interval.
    SegmentQueue(Segments segments, const SegmentOptions& options, std::chrono::milliseconds patience);

    /// Before each interval: Segments::prepare(). Error: of what was added before.
    Result<void> prepare();
    /// After prepare(): whether the interval must have a row for every thread, because it is the first or the last one
    /// of its segment, or may be, as the directory does not answer.
    [[nodiscard]] bool needs_all() const;
    /// As in Segments. Ok also for what is written later.
    Result<void> add(const SegmentInterval& interval);
    Result<void> write_meta(std::string text, bool to_disk);
    void give_up();
    void abandon();
    /// Error: also for a directory that does not answer.
    Result<void> finish();

    /// Of what has been written: Segments' numbers, as of the last time the directory answered.
    struct Totals {
        std::uint64_t bytes = 0, deleted = 0, intervals = 0, rows = 0;
    };
    [[nodiscard]] const Totals& totals();

  private:
    Result<void> run(std::function<Result<void>(Segments&)> step, std::size_t bytes = 0,
                     std::optional<std::chrono::milliseconds> patience = std::nullopt);

    std::shared_ptr<Segments> segments_;
    std::string directory_;
    bool streams_;
    bool began_ = false;  // before, the caller may have capabilities that the thread must not keep
    SideQueue queue_;
    Totals totals_;
};

}  // namespace tsa
