// SPDX-License-Identifier: MIT
// The time by stack of a whole recording, with the names of its threads: for `report` and `export`.
#pragma once

#include <functional>

#include "app/host/signals.h"
#include "base/result.h"
#include "model/stack_profile.h"
#include "model/stack_times.h"
#include "record/recorded_stacks.h"
#include "record/recording.h"

namespace tsa {

/// Error: a file cannot be read, or a signal. `also`: gets every line, too.
Result<StackProfile> read_stack_profile(RecordedStacks& stacks, Recording& recording, SignalQueue& signals,
                                        const std::function<void(const RecordedWaits&)>& also = {});

/// A profile as the page of time by stack shows it: the part that is `wanted`. `length_ns`: of the recording.
[[nodiscard]] StackTimes stack_times_of(const StackProfile& profile, const std::function<bool(const StackSum&)>& wanted,
                                        std::uint64_t length_ns);

}  // namespace tsa
