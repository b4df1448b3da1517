// meta.json: what a recording is of, how it was made and how it ended. Written at its start, and again at its end: a
// recording without an end was cut off. The codec is pure; reading and writing the file is the caller's business.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/sample.h"

namespace tsa {

inline constexpr std::uint32_t kRecordingSchema = 1;

/// How it ended, and what it then held.
struct RecordingEnd {
    std::uint64_t time_unix_ns = 0;
    std::string why;  ///< "told to stop (SIGINT)", "60 s are over", "the command has ended", "No space left on device"
    std::uint64_t intervals = 0, rows = 0;
    std::uint64_t threads = 0;             ///< that have ever had a row
    std::uint64_t lost = 0;                ///< Health::lost() of the last interval
    std::optional<int> exit_code, signal;  ///< of the command
};

struct RecordingMeta {
    std::uint32_t schema = kRecordingSchema;
    std::string version;                ///< of the program that wrote it
    std::string host, kernel, machine;  ///< uname(2): nodename, release, machine
    std::uint32_t cpus = 0;
    Source source = Source::bpf;       ///< where the data came from
    std::uint64_t begin_unix_ns = 0;   ///< begin of the first interval
    std::uint64_t interval_ms = 0;     ///< as asked for
    std::uint64_t quiet_limit_ns = 0;  ///< a thread in which nothing happens has a row at least that often
    std::int64_t utc_offset_s = 0;     ///< local time there, seconds east of UTC, at the begin
    bool compressed = false, taskstats = false;
    std::vector<std::string> filters;            ///< in words: "process 4121"; empty: all threads
    std::vector<std::string> command;            ///< of -- CMD, raw
    std::map<std::uint32_t, std::string> users;  ///< names of the UIDs that occur, as far as known
    std::optional<RecordingEnd> end;
};

/// As JSON, with a line end. Names are made valid.
[[nodiscard]] std::string encode_meta(const RecordingMeta& meta);
/// Error: no JSON, no object, or a schema that is newer than this program (with both numbers). Keys that it does not
/// know are ignored, missing ones keep their default.
Result<RecordingMeta> decode_meta(std::string_view json);

}  // namespace tsa
