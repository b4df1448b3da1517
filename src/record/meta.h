// SPDX-License-Identifier: MIT
// meta.json: what a recording contains, how it was made and how it ended. Written at the start and again at the end: a
// recording without an end was interrupted. The codec is pure; the caller reads and writes the file.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/utc_offsets.h"
#include "model/health.h"

namespace tsa {

inline constexpr std::uint32_t kRecordingSchema = 1;

/// How it ended, and what it contained then.
struct RecordingEnd {
    std::uint64_t time_unix_ns = 0;
    std::string why;  ///< "the command has ended", "No space left on device"
    std::uint64_t intervals = 0, rows = 0;
    std::uint64_t threads = 0;             ///< threads that ever had a row
    std::uint64_t lost = 0;                ///< Health::lost() of the last interval
    std::optional<int> exit_code, signal;  ///< of the command
};

/// Why a capture was made.
struct CaptureNote {
    struct Value {
        std::string name, text;
    };
    std::string rule;                ///< as it was typed
    std::uint64_t time_unix_ns = 0;  ///< when it fired
    std::vector<Value> values;       ///< of its terms, then
    std::uint64_t before_ns = 0, after_ns = 0;
    std::optional<std::uint64_t> detail_from_unix_ns;  ///< stacks and wakers begin there; absent: at the beginning
};

struct RecordingMeta {
    std::uint32_t schema = kRecordingSchema;
    std::string version;                        ///< of the program that wrote it
    std::string host, kernel, machine;          ///< uname(2): nodename, release, machine
    std::string boot_id;                        ///< the kernel's; the same in all recordings from one boot
    std::string id;                             ///< a random UUID: no two recordings have the same
    std::string name;                           ///< as given; empty: none
    std::map<std::string, std::string> labels;  ///< as given
    std::uint32_t cpus = 0;
    bool container = false;            ///< only the threads of a container's PID namespace
    Source source = Source::bpf;       ///< where the data came from
    std::uint64_t begin_unix_ns = 0;   ///< start of the first interval
    std::uint64_t interval_ms = 0;     ///< as requested
    std::uint64_t quiet_limit_ns = 0;  ///< an inactive thread has a row at least this often
    UtcOffsets utc_offsets;            ///< local time of the machine
    bool compressed = false, taskstats = false;
    std::vector<std::string> filters;            ///< as text: "process 4121"; empty: all threads
    std::vector<std::string> command;            ///< of -- CMD, raw
    std::map<std::uint32_t, std::string> users;  ///< names of the UIDs that occur, where known
    std::optional<CaptureNote> capture;          ///< absent: not made by a rule
    std::optional<RecordingEnd> end;
};

/// As JSON, with a newline. Names are made valid UTF-8.
[[nodiscard]] std::string encode_meta(const RecordingMeta& meta);
/// Error: not JSON, or not an object. Unknown keys are ignored, missing ones keep their defaults.
Result<RecordingMeta> decode_meta(std::string_view json);
/// Error: a schema newer than this program's, with both numbers.
Result<void> check_schema(const RecordingMeta& meta);

}  // namespace tsa
