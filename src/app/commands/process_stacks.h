// SPDX-License-Identifier: MIT
// The time of a process by stack, of up to kMaxStackThreads of its threads, while the screens show it: counted by the
// same probe as those of `record --stacks`, from when it is first shown.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "app/host/collector.h"
#include "model/stack_profile.h"
#include "model/stack_times.h"
#include "stacks/stack_waits_feed.h"

namespace tsa {

class ProcessStacks {
  public:
    explicit ProcessStacks(bool debuginfod) : debuginfod_(debuginfod) {}

    /// Another process than before starts over; absent: nothing is counted any more. With the newest report.
    void follow(const std::optional<std::uint32_t>& tgid, Collector& collector);
    /// After each report, before others ask for stacks. Null: no process is followed. Valid until the next call.
    const StackTimes* update(Collector& collector);

  private:
    [[nodiscard]] const std::vector<ThreadKey>& threads_of(const Report& report);

    bool debuginfod_;
    std::optional<std::uint32_t> tgid_;
    std::unique_ptr<StackWaitsFeed> feed_;  // null: it is not counted
    StackProfile profile_;
    StackTimes times_;
    std::uint64_t since_ns_ = 0;
    std::vector<const ThreadRow*> rows_;
    std::vector<ThreadKey> threads_;
};

}  // namespace tsa
