// What stands around a Summary in every form of a report: of which machine it is, how the recording was made and ended.
// Plain words and numbers, filled in by the caller from the recording's meta data (or from the live machine). Names and
// commands in it are raw: each output makes them safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tsa {

struct SummaryContext {
    std::string title;                  ///< what was summed up: the recording's directory; empty: nothing to say
    std::string host, kernel, machine;  ///< uname(2): nodename, release, machine; empty: not known
    std::string version;                ///< of the program that wrote the recording
    std::string program_version;        ///< of the one that makes the report
    std::int64_t utc_offset_s = 0;      ///< local time of the recorded machine, seconds east of UTC
    std::uint64_t interval_ms = 0;      ///< as asked for; 0: not known
    std::vector<std::string> filters;   ///< in words: "process 4121"; empty: all threads were recorded
    std::vector<std::string> command;   ///< of -- CMD; empty: none
    std::string end_reason;             ///< "told to stop (SIGINT)"; empty: it was cut off, or is not known
    std::vector<std::string> remarks;   ///< what is not as it should be with the data, in words
};

}  // namespace tsa
