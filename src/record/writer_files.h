// SPDX-License-Identifier: MIT
// What a RecordWriter writes to: a directory or a stream, or a ring whose rule makes captures.
#pragma once

#include "record/writer.h"

namespace tsa {

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
