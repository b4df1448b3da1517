// SPDX-License-Identifier: MIT
// What a RecordWriter writes to: a directory or a stream, or a ring whose rule makes captures.
#pragma once

#include <algorithm>
#include <chrono>

#include "base/side_queue.h"
#include "record/writer.h"

namespace tsa {

/// How long an interval waits for the disk: at most as long as it is, or the next one would be late.
[[nodiscard]] inline std::chrono::milliseconds disk_patience(const RecordingMeta& meta) {
    const std::chrono::milliseconds interval(meta.interval_ms);
    return interval.count() == 0 ? SideQueue::kPatience : std::min(interval, SideQueue::kPatience);
}

class RecordWriter::Files {
  public:
    Files() = default;
    Files(const Files&) = delete;
    Files& operator=(const Files&) = delete;
    virtual ~Files() = default;

    virtual Result<void> add(const Report& report, bool last, const IntervalExtras& extras) = 0;
    virtual Result<void> finish(RecordingEnd end) = 0;
    virtual void abandon() = 0;
    virtual void set_filter(const ThreadFilter& filter) = 0;
    [[nodiscard]] const RecordProgress& progress() const { return progress_; }

  protected:
    RecordProgress progress_;
};

}  // namespace tsa
