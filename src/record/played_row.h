// SPDX-License-Identifier: MIT
// What each part of PlayerThreads reads off a row of a recording.
#pragma once

#include <cstdint>

#include "record/thread_line.h"

#include "model/thread.h"

namespace tsa {

[[nodiscard]] inline ThreadKey key_of(const RestoredRow& row) {
    return {row.thread.tid, row.thread.start_time_ns};
}

[[nodiscard]] inline bool is_exited(const RestoredRow& row) {
    return row.exit_time_unix_ns != 0;
}

/// Time of the row that fell into the interval itself.
[[nodiscard]] inline std::uint64_t inside_ns(const RestoredRow& row) {
    return row.wall_ns - row.quiet_ns;
}

}  // namespace tsa
