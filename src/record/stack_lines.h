// SPDX-License-Identifier: MIT
// The lines of a recording's stacks.csv and waits.csv: time of threads by stack. A stack has a number, and one line in
// each segment that uses it. Written from StackWaits and read back into the same. Pure: the caller handles the files.
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/report.h"
#include "model/stack_waits.h"
#include "record/line_reader.h"

namespace tsa {

/// In the order of the file.
enum class StackField : std::uint8_t { stack_id, frames, kind };
inline constexpr std::array<LineColumn, 3> kStackColumns{{
    {"stack_id", "number of the stack in this recording"},
    {"frames", "its functions, innermost first, separated by `;`; those of the kernel end in `_[k]`"},
    {"kind",
     "`whole`; `cut`: callers are missing; `common`: only what several stacks have in common; without frames "
     "`shorter`: waits under 1 ms; `not_copied`: longer ones; `elsewhere`: all other time"},
}};
enum class WaitField : std::uint8_t {
    time_unix_ns,
    tid,
    start_time_ns,
    state,
    label,
    stack_id,
    count,
    total_ns,
    max_ns,
    lengths,
    tgid
};
inline constexpr std::array<LineColumn, 11> kWaitColumns{{
    {"time_unix_ns", "end of the interval, wall-clock time"},
    {"tid", "thread ID"},
    {"start_time_ns", "start time since boot; with the TID the identity of a thread"},
    {"state", "state that it was in"},
    {"label", "label of the wait that is open at the end of the interval, if the line includes it"},
    {"stack_id", "stack that it was in, a line of `stacks.csv`"},
    {"count", "waits that ended in the interval; for `exec` samples"},
    {"total_ns", "time in the interval"},
    {"max_ns", "the longest of these waits, from its beginning; of an open one the part so far"},
    {"lengths",
     "number of the ended waits by length: `1152:3 4096:1` are three of 1,152 ns or up to an eighth more, and one of "
     "4,096 ns or up to an eighth more; `0` has all below 1,152 ns, and the last class all from 4 minutes on",
     true},
    {"tgid", "process ID", true},
}};

/// Stacks with numbers at a time. Beyond, a new one is numbered again when it comes back.
inline constexpr std::size_t kMaxNumberedStacks = 16384;

class StackLineWriter {
  public:
    /// Both end with a newline.
    [[nodiscard]] static std::string stacks_header();
    [[nodiscard]] static std::string waits_header();

    /// The lines of one interval. `starts_over`: it may be the first one of a segment, so that every stack gets a line.
    /// The labels are those of the report.
    void put(const Report& report, std::span<const StackWaits> waits, bool starts_over);
    /// Of the last put(), valid until the next one.
    [[nodiscard]] std::string_view stacks() const { return {stacks_.data(), stacks_.size()}; }
    [[nodiscard]] std::string_view waits() const { return {waits_.data(), waits_.size()}; }

  private:
    struct Numbered {
        std::uint64_t id = 0;
        std::uint64_t written = 0;  // generation
    };
    std::uint64_t id_of(const RecordedStack& stack);
    void put_line(const Report& report, const StackWaits& waits);

    std::unordered_map<std::string, Numbered> numbers_;
    std::uint64_t next_id_ = 1;
    std::uint64_t generation_ = 1;
    fmt::memory_buffer stacks_, waits_;
};

/// A line of stacks.csv, and of waits.csv. Absent: not a valid one.
struct RecordedStackLine {
    std::uint64_t id = 0;
    RecordedStack stack;
};
[[nodiscard]] std::optional<RecordedStackLine> read_stack_line(LineReader& reader, std::string_view line);
struct WaitLine {
    std::uint64_t time_unix_ns = 0;
    std::uint64_t stack_id = 0;
    StackWaits waits;  ///< without the stack
};
[[nodiscard]] std::optional<WaitLine> read_wait_line(LineReader& reader, std::string_view line);

}  // namespace tsa
