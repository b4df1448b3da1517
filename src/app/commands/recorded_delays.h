// SPDX-License-Identifier: MIT
// `record --taskstats`: the kernel's delay accounting for the threads that are recorded.
#pragma once

#include <utility>
#include <vector>

#include "app/host/delays.h"
#include "model/report.h"
#include "model/thread_filter.h"

namespace tsa {

class RecordedDelays {
  public:
    explicit RecordedDelays(DelayAccess access = kernel_delays()) : feed_(std::move(access)) {}

    /// Of the threads that match now or have matched before: they are recorded to their end, even if renamed. Valid
    /// until the next call.
    const DelayTable& fetch(const Report& report, const ThreadFilter& filter);

  private:
    DelayFeed feed_;
    std::vector<ThreadKey> keys_;
};

}  // namespace tsa
