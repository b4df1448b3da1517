// A ThreadDetail out of a recording: what it has of one thread beside its row, and in words what it has not. The live
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
