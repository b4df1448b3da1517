// SPDX-License-Identifier: MIT
// The context of a Summary in every form of a report: which machine it is from, how the recording was made and ended.
// Plain text and numbers, filled in by the caller from the recording's metadata (or from the live machine). Names and
// commands in it are raw: each output sanitizes them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/utc_offsets.h"
#include "text/capture_text.h"

namespace tsa {

/// The wall clock was set, or the machine was suspended.
struct ClockJump {
    std::uint64_t at_unix_ns = 0;  ///< end of the interval in which it was
    std::int64_t jump_ns = 0;      ///< negative: set back
    bool suspended = false;
};

/// A stretch of time of which the recording lacks what threads did: in no sum.
struct UnrecordedTime {
    std::uint64_t from_unix_ns = 0, to_unix_ns = 0, intervals = 0;
};

/// Bound of the two lists: further ones are only counted in the remarks.
inline constexpr std::size_t kMaxContextMarks = 100;

struct SummaryContext {
    std::string title;                   ///< what was summed up: the recording's directory; empty: none
    std::string host, kernel, machine;   ///< uname(2): nodename, release, machine; empty: not known
    std::string version;                 ///< of the program that wrote the recording
    std::string program_version;         ///< of the one that writes the report
    UtcOffsets utc_offsets;              ///< local time of the recorded machine
    std::uint64_t interval_ms = 0;       ///< as requested; 0: not known
    std::vector<std::string> filters;    ///< as text: "process 4121"; empty: all threads were recorded
    std::vector<std::string> command;    ///< of -- CMD; empty: none
    std::string end_reason;              ///< "stopped by SIGINT"; empty: incomplete, or not known
    std::vector<std::string> remarks;    ///< problems with the data, as text
    std::vector<ClockJump> clock_jumps;  ///< in the order of time
    std::vector<UnrecordedTime> unrecorded;
    std::optional<CaptureMoment> capture;  ///< of the rule that made the recording; absent: none did
};

}  // namespace tsa
