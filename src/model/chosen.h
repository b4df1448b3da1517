// SPDX-License-Identifier: MIT
// What the user chose by number: a number is the name of one thread or process, and of another one after its end.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include "base/task_identity.h"
#include "model/thread.h"

namespace tsa {

/// A thread chosen by its TID.
struct ChosenThread {
    std::uint32_t tid = 0;
    std::uint64_t start_time_ns = 0;  ///< may be rounded down to a clock tick, as /proc has it; 0: not known

    [[nodiscard]] bool matches(const Thread& thread) const {
        return thread.tid == tid &&
               (start_time_ns == 0 || start_ticks(thread.start_time_ns) == start_ticks(start_time_ns));
    }
};

/// A process chosen by its ID: all its threads began before any thread of a later process with that ID.
struct ChosenProcess {
    std::uint32_t tgid = 0;
    std::uint64_t born_before_ns = std::numeric_limits<std::uint64_t>::max();  ///< start of such a later process

    [[nodiscard]] bool matches(const Thread& thread) const {
        return thread.tgid == tgid && thread.start_time_ns < born_before_ns;
    }
};

}  // namespace tsa
