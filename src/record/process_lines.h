// SPDX-License-Identifier: MIT
// The lines of a recording's processes.csv: what each process is and whose it is. A line is of a time in which that
// stayed the same: a program that changes its title, or a process that is moved to another cgroup, has several. It is
// written when it begins, with what is known then, and again when it ends and in the last interval of every segment:
// the last line with the same first_seen_unix_ns is the complete one. Pure: the caller handles the files.
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "model/process_table.h"
#include "model/report.h"
#include "output/csv.h"
#include "record/line_reader.h"

namespace tsa {

/// In the order of the file.
enum class ProcessField : std::uint8_t {
    tgid,
    start_time_ns,
    comm,
    exe,
    cmdline,
    uid,
    cgroup,
    unit,
    container,
    pod,
    first_seen_unix_ns,
    last_seen_unix_ns
};
inline constexpr std::array<LineColumn, 12> kProcessCsvColumns{{
    {"tgid", "process ID"},
    {"start_time_ns", "start time of its first thread since boot; 0: that thread is not in the recording"},
    {"comm", "name of its first thread"},
    {"exe", "path of the program"},
    {"cmdline", "command line, or the title that the program has set instead"},
    {"uid", "user ID"},
    {"cgroup", "path of its cgroup; `hidden`: above the recorder's cgroup namespace"},
    {"unit", "systemd unit"},
    {"container", "name of its container, or the start of its ID"},
    {"pod", "UID of its pod"},
    {"first_seen_unix_ns", "when this line began to apply, wall-clock time"},
    {"last_seen_unix_ns", "until when it has applied, as of the time it was written"},
}};

/// Processes that the writer remembers; beyond, lines are written again.
inline constexpr std::size_t kMaxWrittenProcesses = 65'536;

class ProcessLineWriter {
  public:
    [[nodiscard]] static std::string header();

    /// Processes of the rows of one interval. `all`: it may be the first or last interval of a segment, which has a row
    /// of every thread.
    void put(const Report& report, std::span<const RecordedRow> rows, bool all);
    /// Of the last put(), valid until the next one.
    [[nodiscard]] std::string_view text() const { return {text_.data(), text_.size()}; }

  private:
    struct Written {
        std::uint64_t start_time_ns = 0;
        std::size_t hash = 0;  // of what the line says
        std::uint64_t first_seen_ns = 0;
        std::uint64_t last_seen_ns = 0;
        std::uint64_t put = 0;  // round in which a line was written last
        bool complete = false;  // command line and cgroup were known
        std::string said;       // the fields between identity and times
    };
    void put_process(const Report& report, const ThreadRow& row, bool all);
    void put_line(std::uint32_t tgid, Written& written);

    std::unordered_map<std::uint32_t, Written> written_;
    std::uint64_t round_ = 0;
    fmt::memory_buffer text_, fields_;
};

/// A line, read back.
struct ProcessLine {
    std::uint32_t tgid = 0, uid = 0;
    std::uint64_t start_time_ns = 0, first_seen_unix_ns = 0, last_seen_unix_ns = 0;
    std::string_view comm, exe, cmdline, cgroup, unit, container, pod;  ///< valid as long as the reader's last line
};

/// Of the line that the reader has split. Absent: it is not a valid one.
[[nodiscard]] std::optional<ProcessLine> read_process_line(const LineReader& reader);

}  // namespace tsa
