// What each part of PlayerThreads reads off a row of a recording.
#pragma once

#include <cstdint>

#include "model/sample.h"
#include "record/thread_line.h"

namespace tsa {

[[nodiscard]] inline ThreadKey key_of(const ThreadCells& row) {
    return {static_cast<std::uint32_t>(row[ThreadCell::tid]), row[ThreadCell::start_time_ns]};
}

[[nodiscard]] inline bool is_exited(const ThreadCells& row) {
    return row[ThreadCell::exit_time_unix_ns] != 0;
}

/// Time of the row that fell into the interval itself.
[[nodiscard]] inline std::uint64_t inside_ns(const ThreadCells& row) {
    return row[ThreadCell::wall_ns] - row[ThreadCell::quiet_ns];
}

}  // namespace tsa
