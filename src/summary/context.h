// The context of a Summary in every form of a report: which machine it is from, how the recording was made and ended.
// Plain text and numbers, filled in by the caller from the recording's metadata (or from the live machine). Names and
// commands in it are raw: each output sanitizes them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tsa {

struct SummaryContext {
    std::string title;                  ///< what was summed up: the recording's directory; empty: none
    std::string host, kernel, machine;  ///< uname(2): nodename, release, machine; empty: not known
    std::string version;                ///< of the program that wrote the recording
    std::string program_version;        ///< of the one that writes the report
    std::int64_t utc_offset_s = 0;      ///< local time of the recorded machine, seconds east of UTC
    std::uint64_t interval_ms = 0;      ///< as requested; 0: not known
    std::vector<std::string> filters;   ///< as text: "process 4121"; empty: all threads were recorded
    std::vector<std::string> command;   ///< of -- CMD; empty: none
    std::string end_reason;             ///< "stopped by SIGINT"; empty: incomplete, or not known
    std::vector<std::string> remarks;   ///< problems with the data, as text
};

}  // namespace tsa
