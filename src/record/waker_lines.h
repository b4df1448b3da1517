// SPDX-License-Identifier: MIT
// The lines of a recording's wakers.csv: who ended which waits. Written from a WakerInterval and read back. Pure: the
// caller handles the files.
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/flat_map.h"
#include "model/report.h"
#include "model/wakeups.h"
#include "output/csv.h"
#include "record/line_reader.h"

namespace tsa {

/// In the order of the file.
enum class WakerField : std::uint8_t {
    time_unix_ns,
    tid,
    start_time_ns,
    state,
    waker,
    waker_tid,
    waker_start_time_ns,
    waker_tgid,
    waker_comm,
    count,
    total_ns,
    max_ns,
    last_unix_ns
};
inline constexpr std::array<LineColumn, 13> kWakerColumns{{
    {"time_unix_ns", "end of the interval, wall-clock time"},
    {"tid", "thread ID of the thread that was woken"},
    {"start_time_ns", "its start time since boot; with the TID the identity of a thread"},
    {"state", "state that it waited in"},
    {"waker",
     "`thread`; an interrupt: `timer`, `block` (a disk's request ended), `net` (packets), `other`; `unsure`: a thread, "
     "or an interrupt of it; `exec_irq`: no wakeups, but the time of interrupts while the thread executed; `missed`: "
     "wakeups of any threads beyond the bound of the table"},
    {"waker_tid", "thread ID of the waker; empty: not a thread, or one of another PID namespace"},
    {"waker_start_time_ns", "its start time since boot"},
    {"waker_tgid", "its process"},
    {"waker_comm", "its name"},
    {"count", "waits that it ended in the interval"},
    {"total_ns", "their length up to the wakeup; they may have begun before the interval"},
    {"max_ns", "the longest of them"},
    {"last_unix_ns", "when the last of them ended, wall-clock time"},
}};

class WakerLineWriter {
  public:
    /// The lines of one interval, of the threads that have a row in it. Valid until the next call.
    std::string_view put(const Report& report, std::span<const RecordedRow> rows, const WakerInterval& interval);

  private:
    struct KeyHash {
        std::size_t operator()(const ThreadKey& key) const { return flat_hash(flat_hash(key.start_time_ns) ^ key.tid); }
    };
    void put_wakeups(const Report& report, const Wakeups& wakeups);

    std::unordered_set<ThreadKey, KeyHash> recorded_;
    std::vector<const Wakeups*> sorted_;
    fmt::memory_buffer text_;
};

struct WakerLine {
    enum class Kind : std::uint8_t { wakeups, exec_irq, missed };
    Kind kind = Kind::wakeups;
    Wakeups wakeups;                 ///< of the others only count, total_ns, thread; at_ns is not filled in
    std::uint64_t last_unix_ns = 0;  ///< by the wall clock; 0: none
};
/// Of the line that the reader has split. Absent: it is not a valid one.
[[nodiscard]] std::optional<WakerLine> read_waker_line(const LineReader& reader);

}  // namespace tsa
