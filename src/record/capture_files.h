// SPDX-License-Identifier: MIT
// Writes one capture: a recording that begins with what the ring has. All of it on the thread of a queue: a disk that
// is slow or full does not stop the loop.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/side_queue.h"
#include "record/meta.h"
#include "record/ring.h"
#include "record/segments.h"

namespace tsa {

class CaptureFiles {
  public:
    /// `queue` must outlive it.
    CaptureFiles(SideQueue& queue, SegmentOptions options, RecordingMeta meta);

    // Errors of these are also those of steps before; then the capture is over, and what is on disk can be read.
    Result<void> begin(std::vector<std::shared_ptr<const RingChunk>> before);
    Result<void> add(const SegmentInterval& interval);
    Result<void> finish(RecordingEnd end);

    [[nodiscard]] const std::string& directory() const { return options_.directory; }
    [[nodiscard]] const RecordingMeta& meta() const { return meta_; }

  private:
    struct Shared;
    SideQueue& queue_;
    SegmentOptions options_;
    RecordingMeta meta_;
    std::shared_ptr<Shared> shared_;
};

}  // namespace tsa
