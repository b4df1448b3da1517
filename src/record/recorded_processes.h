// SPDX-License-Identifier: MIT
// processes.csv of a recording, read back: of each process what it was at a time. Tolerates what a crash or another
// program may leave: an incomplete last line, lines that are not valid (counted), missing files.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "model/process_table.h"
#include "record/process_lines.h"

namespace tsa {

class RecordedProcesses {
  public:
    /// Lines beyond are left out, and counted.
    static constexpr std::size_t kMaxLines = 500'000;

    /// Error: a file cannot be read. A recording without such files has none.
    static Result<RecordedProcesses> open(const std::string& directory);

    [[nodiscard]] bool any() const { return !periods_.empty(); }
    /// Lines that were not valid, or too many.
    [[nodiscard]] std::uint64_t bad_lines() const { return bad_lines_; }
    /// Puts what was known at `time_unix_ns`, wall-clock time as recorded, of the processes of the report into the
    /// table, and the table into the report.
    void fill(std::uint64_t time_unix_ns, ProcessTable& table, Report& report) const;

  private:
    /// Of one line.
    struct Period {
        std::uint64_t start_time_ns = 0, first_seen_unix_ns = 0, last_seen_unix_ns = 0;
        std::string command, program;
        std::string place_key;  // into places_
        std::uint64_t number = 0;
    };
    void add(const ProcessLine& line);
    [[nodiscard]] const Period* find(const Thread& leader, std::uint64_t time_unix_ns) const;

    std::unordered_map<std::uint32_t, std::vector<Period>> periods_;  // by TGID, by first_seen_unix_ns
    std::unordered_map<std::string, CgroupPlace> places_;
    std::uint64_t lines_ = 0, bad_lines_ = 0;
};

}  // namespace tsa
