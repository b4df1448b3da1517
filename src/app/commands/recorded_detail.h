// SPDX-License-Identifier: MIT
// A ThreadDetail from a recording: what it has about one thread besides its row, and text for what it lacks. The live
// one is in detail.h.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "model/report.h"
#include "model/stack_profile.h"
#include "model/thread_detail.h"
#include "record/meta.h"
#include "record/recorded_stacks.h"

namespace tsa {

class RecordedDetail {
  public:
    /// `stacks`: absent: the recording has none.
    RecordedDetail(const RecordingMeta& meta, std::optional<RecordedStacks> stacks, std::uint64_t length_ns)
        : has_taskstats_(meta.taskstats), stacks_(std::move(stacks)), length_ns_(length_ns) {}

    /// Null without a thread. Valid until the next call.
    const ThreadDetail* of(const std::optional<ThreadKey>& thread, const Report& report);
    /// Its time by stack in the whole recording, too, from now on. The first call reads all of that.
    void add_stack_times();
    /// The time by stack of a process in the whole recording; null without one. Likewise. Valid until the next call.
    const StackTimes* of_process(const std::optional<std::uint32_t>& tgid);

  private:
    [[nodiscard]] StackTimes read(const std::function<bool(const StackSum&)>& wanted);
    void compare(const ThreadRow& row, const Report& report);

    bool has_taskstats_;
    std::optional<RecordedStacks> stacks_;
    std::uint64_t length_ns_;
    std::optional<StackProfile> profile_;  // of stacks_
    std::string unread_;                   // why there is none; empty: there is
    StackTimes stack_times_;               // of stack_times_of_
    std::optional<ThreadKey> stack_times_of_;
    StackTimes process_times_;  // of process_times_of_
    std::optional<std::uint32_t> process_times_of_;
    ThreadDetail detail_;
};

}  // namespace tsa
