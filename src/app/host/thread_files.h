// SPDX-License-Identifier: MIT
// What /proc says about the thread of the drill-down, read on separate threads: a process that holds its memory map, or
// whose memory is on a file system that hangs, must not delay a refresh.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/side_jobs.h"
#include "model/delays.h"
#include "model/thread_detail.h"

namespace tsa {

struct ThreadFiles {
    ThreadProperties properties;
    std::vector<DescriptorName> descriptors;  ///< those of the requested ones that are open
};

class ThreadFilesReader {
  public:
    /// Runs on another thread, and may hang.
    using Read = std::function<ThreadFiles(const ThreadKey& thread, const std::vector<std::int32_t>& descriptors)>;

    /// `patience`: how long ask() waits for its answer.
    ThreadFilesReader(Read read, std::chrono::nanoseconds patience);

    /// Begins to read, unless an earlier request for this thread is still unanswered.
    void ask(const ThreadKey& thread, std::vector<std::int32_t> descriptors);
    /// True: an answer for this thread has arrived, once for each.
    [[nodiscard]] bool take(const ThreadKey& thread, ThreadFiles& out);

  private:
    struct Answer {
        ThreadKey thread;
        ThreadFiles files;
        std::atomic<bool> is_done{false};
    };

    Read read_;
    std::chrono::nanoseconds patience_;
    std::shared_ptr<Answer> answer_;  // of the newest request; null: none, or taken
    SideJobs jobs_;
};

}  // namespace tsa
