// SPDX-License-Identifier: MIT
// See recording_scan.h.
#include "record/recording_scan.h"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/text_file.h"
#include "record/distinct_lines.h"

namespace tsa {

namespace {

/// Maximum number of headers in the middle of a file (concatenated files); further ones count as invalid lines.
constexpr std::size_t kMaxSections = 4096;

/// Scans one thread file for the start of each interval.
class RowScan {
  public:
    RowScan(RecordingParts& parts, std::uint32_t file, std::vector<RowRun>& runs)
        : parts_(parts), file_(file), source_(*parts.thread_files[file]), runs_(runs) {}

    Result<void> scan() {
        std::string_view line;
        LineSource::Step step = source_.next(line);
        if (step == LineSource::Step::end) {
            return {};  // created, but still empty
        }
        Result<ThreadLine> columns = step == LineSource::Step::line ? ThreadLine::create(line) : source_.error();
        if (!columns.ok()) {
            return columns.error();
        }
        begin_section(std::move(columns).value(), line);
        std::uint64_t begin = source_.offset();
        while ((step = source_.next(line)) == LineSource::Step::line) {
            if (same_interval_.empty() || !line.starts_with(same_interval_)) {
                look_at(line, begin);
            } else {
                add_row(line);
            }
            begin = source_.offset();
        }
        end_run(begin);
        if (step == LineSource::Step::failed) {
            parts_.remark(source_.error().text());
        }
        return {};
    }

  private:
    void begin_section(ThreadLine columns, std::string_view header) {
        parts_.row_sections.push_back({file_, std::move(columns)});
        header_ = without_byte_order_mark(header);
        same_interval_.clear();
    }
    void end_run(std::uint64_t at) {
        if (in_run_) {
            RowRun& run = runs_.back();
            run.place.end = at;
            run.rows = lines_.count();
            run.content = lines_.content();
        }
        in_run_ = false;
        lines_.clear();
    }
    void add_row(std::string_view line) { runs_.back().place.repeats |= !lines_.add(line); }
    /// A line whose start differs from the one before: another interval, another header, or an invalid line.
    void look_at(std::string_view line, std::uint64_t begin) {
        ThreadLine& columns = parts_.row_sections.back().columns;
        const std::optional<std::uint64_t> time = columns.time_of(line);
        if (!time) {
            look_for_header(line, begin);
            return;
        }
        if (in_run_ && runs_.back().time_unix_ns == *time) {
            add_row(line);
            return;
        }
        end_run(begin);
        in_run_ = true;
        RowRun& run = runs_.emplace_back();
        run.time_unix_ns = *time;
        run.interval_ns = columns.read(line, cells_) ? cells_.interval_ns : 0;
        run.place = {static_cast<std::uint32_t>(parts_.row_sections.size() - 1), begin, begin};
        add_row(line);
        if (columns.begins_with_time()) {
            same_interval_ = line.substr(0, line.find(',') + 1);
        }
    }
    void look_for_header(std::string_view line, std::uint64_t begin) {
        if (without_byte_order_mark(line) == header_) {
            end_run(begin);
            same_interval_.clear();
            return;
        }
        // An invalid line rarely looks like this; any that does is treated as a header.
        if (parts_.row_sections.size() >= kMaxSections || line.find("time_unix_ns") == std::string_view::npos) {
            return;
        }
        Result<ThreadLine> columns = ThreadLine::create(line);
        if (columns.ok()) {
            end_run(begin);
            begin_section(std::move(columns).value(), line);
        }
    }

    RecordingParts& parts_;
    std::uint32_t file_;
    LineSource& source_;
    std::vector<RowRun>& runs_;
    std::string header_;
    std::string same_interval_;  // common prefix of the run's lines; empty: check each line
    bool in_run_ = false;
    DistinctLines lines_;  // of the run
    RestoredRow cells_;
};

std::optional<float> as_float(const std::optional<double>& value) {
    return value ? std::optional(static_cast<float>(*value)) : std::nullopt;
}

void fill_slice(const Report& report, TimeSlice& slice) {
    slice.time_unix_ns = report.time_unix_ns;
    slice.now_ns = report.now_ns;
    slice.interval_ns = report.interval_ns;
    for (const StateInfo& state : state_table()) {
        slice.threads_in[index(state.state)] = static_cast<float>(report.threads_in(state.state));
    }
    slice.cpu_busy_pct = as_float(report.system.cpu_busy_pct);
    slice.stall_cpu_pct = as_float(report.system.stall_cpu_pct);
    slice.stall_io_pct = as_float(report.system.stall_io_pct);
    slice.stall_memory_pct = as_float(report.system.stall_memory_pct);
    slice.lost = report.health.lost() != 0;
    slice.uptime_s = report.system.now.uptime_s;
}

}  // namespace

Result<void> scan_rows(RecordingParts& parts, std::uint32_t file, std::vector<RowRun>& runs) {
    return RowScan(parts, file, runs).scan();
}

Result<void> scan_system(RecordingParts& parts, std::uint32_t file, std::vector<SystemEntry>& entries) {
    LineSource& source = *parts.system_files[file];
    std::string_view line;
    LineSource::Step step = source.next(line);
    if (step == LineSource::Step::end) {
        return {};
    }
    Result<SystemLineReader> columns = step == LineSource::Step::line ? SystemLineReader::create(line) : source.error();
    if (!columns.ok()) {
        return columns.error();
    }
    parts.system_sections.push_back({file, std::move(columns).value()});
    Report report;
    const std::string header(without_byte_order_mark(line));
    std::uint64_t bad_lines = 0, begin = source.offset();
    while ((step = source.next(line)) == LineSource::Step::line) {
        SystemLineReader& columns_here = parts.system_sections.back().columns;
        if (columns_here.read(line, report)) {
            SystemEntry& entry = entries.emplace_back();
            entry.place = {static_cast<std::uint32_t>(parts.system_sections.size() - 1), begin};
            entry.rows = columns_here.rows();
            entry.threads = columns_here.threads();
            fill_slice(report, entry.slice);
        } else if (without_byte_order_mark(line) != header) {
            Result<SystemLineReader> other = SystemLineReader::create(line);
            if (other.ok() && parts.system_sections.size() < kMaxSections) {
                parts.system_sections.push_back({file, std::move(other).value()});
            } else {
                ++bad_lines;
            }
        }
        begin = source.offset();
    }
    if (bad_lines != 0) {
        parts.remark(fmt::format("system file {}: skipped {} incomplete or invalid lines", file + 1, bad_lines));
    }
    if (step == LineSource::Step::failed) {
        parts.remark(source.error().text());
    }
    return {};
}

}  // namespace tsa
