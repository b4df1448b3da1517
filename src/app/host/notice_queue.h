// SPDX-License-Identifier: MIT
// notice() for a loop that must not wait: stderr may be a file on a disk that hangs, or a full pipe.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "app/host/notice.h"
#include "base/side_queue.h"

namespace tsa {

class NoticeQueue {
  public:
    /// How long a call waits for its line, so that lines are in order with those of others.
    static constexpr std::chrono::milliseconds kPatience{10};

    NoticeQueue();
    NoticeQueue(const NoticeQueue&) = delete;
    NoticeQueue& operator=(const NoticeQueue&) = delete;
    /// Waits a moment for lines that are late.
    ~NoticeQueue();

    /// What finds too much waiting is dropped and counted; a later line says how many there were.
    void print(std::string text, Severity severity = Severity::warning);
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

  private:
    SideQueue queue_;
    std::uint64_t dropped_ = 0;  // not said yet
};

}  // namespace tsa
