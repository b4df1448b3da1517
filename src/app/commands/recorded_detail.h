// SPDX-License-Identifier: MIT
// A ThreadDetail from a recording: what it has about one thread besides its row, and text for what it lacks. The live
// one is in detail.h.
#pragma once

#include <optional>

#include "model/report.h"
#include "model/thread_detail.h"
#include "record/meta.h"

namespace tsa {

class RecordedDetail {
  public:
    explicit RecordedDetail(const RecordingMeta& meta) : has_taskstats_(meta.taskstats) {}

    /// Null without a thread. Valid until the next call.
    const ThreadDetail* of(const std::optional<ThreadKey>& thread, const Report& report);

  private:
    void compare(const ThreadRow& row, const Report& report);

    bool has_taskstats_;
    ThreadDetail detail_;
};

}  // namespace tsa
