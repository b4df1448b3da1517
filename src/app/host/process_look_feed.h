// SPDX-License-Identifier: MIT
// The close look at a process that the screens show, read on separate threads: a process whose memory or files hang
// must not delay a refresh.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "base/side_jobs.h"
#include "model/process_look.h"

namespace tsa {

class ProcessLookFeed {
  public:
    /// As read_look; replaced in tests. Runs on another thread, and may hang.
    using Read = std::function<ProcessLook(const LookTopic& topic, std::uint64_t until_ns)>;
    explicit ProcessLookFeed(Read read);
    ProcessLookFeed();

    /// Absent: nothing is looked at, and what is known is dropped. Reads it at first and then at most every kEveryNs.
    /// Waits a moment for a first answer. Null: not read yet. Valid until the next call.
    const ProcessLook* update(const std::optional<LookTopic>& topic, std::uint64_t now_ns);

    static constexpr std::uint64_t kEveryNs = 1'000'000'000;

  private:
    struct Answer {
        ProcessLook look;
        std::atomic<bool> is_done{false};
    };
    void begin(const LookTopic& topic, std::uint64_t now_ns);
    void take();

    Read read_;
    std::shared_ptr<Answer> answer_;  // of the newest request; null: none, or taken
    std::optional<LookTopic> asked_;
    std::optional<ProcessLook> look_;
    std::uint64_t due_ns_ = 0;
    SideJobs jobs_;
};

}  // namespace tsa
