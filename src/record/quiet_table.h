// SPDX-License-Identifier: MIT
// What a recording keeps of each thread between its rows: time that no row has yet, and when it must have one. 32 bytes
// an entry; bounded by the most threads that were there at once.
#pragma once

#include <cstdint>

#include "base/flat_map.h"
#include "model/thread.h"

namespace tsa {

/// Who a thread is within one report. After the exec of a thread that is not the leader the dead leader that it took
/// TID and start time from may still be listed beside it: the time of death identifies an ended thread.
struct RecordedThread {
    std::uint32_t tid = 0;  ///< 0: none; with a bit for the dead
    std::uint64_t time_ns = 0;

    bool operator==(const RecordedThread&) const = default;
};

[[nodiscard]] inline RecordedThread recorded_thread(const Thread& thread) {
    constexpr std::uint32_t kDead = 1U << 31U;  // TIDs have 22 bits
    return thread.state == ThreadState::zombie ? RecordedThread{thread.tid | kDead, thread.since_ns}
                                               : RecordedThread{thread.tid, thread.start_time_ns};
}

struct QuietEntry {
    QuietEntry() = default;
    explicit QuietEntry(const RecordedThread& of) : tid(of.tid), time_ns(of.time_ns) {}

    std::uint32_t mark = 0;
    std::uint32_t tid = 0;  ///< as in RecordedThread
    std::uint64_t time_ns = 0;
    std::uint64_t quiet_ns = 0;  ///< time since its last row
    std::uint64_t due_ns = 0;    ///< CLOCK_MONOTONIC at which it must have a row again

    [[nodiscard]] RecordedThread key() const { return {tid, time_ns}; }
    [[nodiscard]] static std::uint64_t hash(const RecordedThread& thread) {
        return flat_hash(flat_hash(thread.time_ns ^ (std::uint64_t{thread.tid} << 32U)));
    }
};

/// Its rounds are the intervals.
using QuietTable = FlatMap<QuietEntry>;

}  // namespace tsa
