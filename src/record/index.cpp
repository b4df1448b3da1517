// Finds the files of a recording and looks through them once: where each interval's rows begin in the thread files, one
// TimeSlice per line of the system files, and which belong together: lines with the same time, in the order of the
// files, since the wall clock that they are named by may have been set back in between.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <unordered_map>

#include "base/grown.h"
#include "base/scan.h"
#include "record/recording_parts.h"

namespace tsa {

namespace {

constexpr std::uint64_t kNewest = UINT64_MAX;  // number of the pair that has none
/// Headers in the middle of files that were put together; beyond it a line like that is a bad one.
constexpr std::size_t kMaxSections = 4096;
constexpr std::uint64_t kLongestLimitNs = std::uint64_t{1} << 58;

struct RecordingFile {
    std::string name;
    bool compressed = false;
};
using FilesByNumber = std::map<std::uint64_t, RecordingFile>;

struct FileName {
    bool threads = false, compressed = false;
    std::uint64_t number = kNewest;
};

/// "threads-000012.csv.zst" taken apart; absent: no file of a recording.
std::optional<FileName> parse_name(std::string_view name) {
    FileName out;
    out.compressed = name.ends_with(".zst");
    name.remove_suffix(out.compressed ? 4 : 0);
    if (!name.ends_with(".csv")) {
        return std::nullopt;
    }
    name.remove_suffix(4);
    out.threads = name.starts_with("threads");
    if (!out.threads && !name.starts_with("system")) {
        return std::nullopt;
    }
    name.remove_prefix(out.threads ? 7 : 6);
    if (name.empty()) {
        return out;
    }
    const auto segment = name.starts_with('-') ? number<std::uint64_t>(name.substr(1)) : std::nullopt;
    if (!segment || *segment == kNewest) {
        return std::nullopt;
    }
    out.number = *segment;
    return out;
}

Result<void> list_files(RecordingParts& parts, FilesByNumber& threads, FilesByNumber& systems) {
    std::error_code error;
    std::filesystem::directory_iterator entry(parts.directory, error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
        const std::string name = entry->path().filename().string();
        const std::optional<FileName> parsed = parse_name(name);
        if (!parsed) {
            continue;
        }
        RecordingFile& file = (parsed->threads ? threads : systems)[parsed->number];
        if (!file.name.empty()) {
            parts.remark(fmt::format("{} is there twice, also compressed: the plain one is read",
                                     file.compressed ? name : file.name));
        }
        if (file.name.empty() || file.compressed) {
            file = {name, parsed->compressed};
        }
    }
    if (error) {
        return system_error(parts.directory, error.value(),
                            error.value() == ENOTDIR || error.value() == ENOENT
                                ? "give the directory that rstat-tsa record -o made"
                                : "");
    }
    return {};
}

/// What segments the limit of a recording, or a crash, left without the other half: see the remarks.
void check_pairs(RecordingParts& parts, const FilesByNumber& threads, FilesByNumber& systems) {
    // Rows are deleted first: the rest of that oldest segment says nothing any more.
    while (!systems.empty() && !threads.empty() && systems.begin()->first < threads.begin()->first) {
        systems.erase(systems.begin());
    }
    std::optional<std::uint64_t> before;
    for (const auto& [number, file] : threads) {
        if (before && number != kNewest && number != *before + 1) {
            parts.remark(fmt::format("{}: the segment before it is missing", file.name));
        }
        before = number;
        // Both were to be renamed when it ended: system.csv still is its other half.
        const bool half_renamed = !threads.contains(kNewest) && number == threads.rbegin()->first;
        if (!systems.empty() && number != kNewest && !systems.contains(number) && !half_renamed) {
            parts.remark(fmt::format("{} has no system file: its sums are those of its rows", file.name));
        }
    }
    for (const auto& [number, file] : systems) {
        if (number != kNewest && !threads.contains(number)) {
            parts.remark(fmt::format("{} has no thread file: nothing is known of threads there", file.name));
        }
    }
}

/// Looks through one thread file for where intervals begin.
class RowScan {
  public:
    RowScan(RecordingParts& parts, std::uint32_t file, std::vector<RowRun>& runs)
        : parts_(parts), file_(file), source_(*parts.thread_files[file]), runs_(runs) {}

    Result<void> scan() {
        std::string_view line;
        LineSource::Step step = source_.next(line);
        if (step == LineSource::Step::end) {
            return {};  // made, and nothing written yet
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
        header_ = header;
        same_interval_.clear();
    }
    void end_run(std::uint64_t at) {
        if (in_run_) {
            runs_.back().place.end = at;
        }
        in_run_ = false;
    }
    /// A line that does not begin as the one before: of another interval, another header, or none at all.
    void look_at(std::string_view line, std::uint64_t begin) {
        ThreadLine& columns = parts_.row_sections.back().columns;
        const std::optional<std::uint64_t> time = columns.time_of(line);
        if (!time) {
            look_for_header(line, begin);
            return;
        }
        if (in_run_ && runs_.back().time_unix_ns == *time) {
            return;
        }
        end_run(begin);
        in_run_ = true;
        const auto section = static_cast<std::uint32_t>(parts_.row_sections.size() - 1);
        runs_.push_back(
            {*time, columns.read(line, cells_) ? cells_[ThreadCell::interval_ns] : 0, {section, begin, begin}});
        if (columns.begins_with_time()) {
            same_interval_ = line.substr(0, line.find(',') + 1);
        }
    }
    void look_for_header(std::string_view line, std::uint64_t begin) {
        if (line == header_) {
            end_run(begin);
            same_interval_.clear();
            return;
        }
        // Few bad lines look like that, and each that does is a header.
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
    std::string same_interval_;  // how the lines of the run begin; empty: look at each
    bool in_run_ = false;
    ThreadCells cells_;
};

struct SystemEntry {
    SystemPlace place;
    TimeSlice slice;
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
    const std::string header(line);
    std::uint64_t bad_lines = 0, begin = source.offset();
    while ((step = source.next(line)) == LineSource::Step::line) {
        if (parts.system_sections.back().columns.read(line, report)) {
            SystemEntry& entry = entries.emplace_back();
            entry.place = {static_cast<std::uint32_t>(parts.system_sections.size() - 1), begin};
            fill_slice(report, entry.slice);
        } else if (line != header) {
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
        parts.remark(
            fmt::format("system file {}: {} lines are left out: not whole, or no numbers", file + 1, bad_lines));
    }
    if (step == LineSource::Step::failed) {
        parts.remark(source.error().text());
    }
    return {};
}

/// Opens and scans each file of one kind, oldest first. One that cannot be read is left out, with a remark; the first
/// error is kept for when nothing is left.
template <class Scan>
void scan_files(RecordingParts& parts, const FilesByNumber& files, std::vector<std::unique_ptr<LineSource>>& sources,
                std::optional<Error>& first_error, Scan scan) {
    for (const auto& [number, file] : files) {
        const std::string path = (std::filesystem::path(parts.directory) / file.name).string();
        Result<std::unique_ptr<LineSource>> source = LineSource::open(path, file.compressed);
        Result<void> scanned = source.ok() ? Result<void>() : Result<void>(source.error());
        if (source.ok()) {
            sources.push_back(std::move(source).value());
            scanned = scan(static_cast<std::uint32_t>(sources.size() - 1));
            if (!scanned.ok()) {
                scanned = scanned.error().in(file.name);
            } else if (sources.back()->cut_off()) {
                parts.remark(fmt::format("{}: the last line is not whole: it is left out", file.name));
            }
            sources.back()->rest();
        }
        if (!scanned.ok()) {
            parts.remark(fmt::format("{}; this file is left out", scanned.error().message));
            first_error = first_error.value_or(scanned.error());
        }
    }
}

/// Brings rows and system lines together, in the order of both.
class Join {
  public:
    Join(RecordingParts& parts, const std::vector<RowRun>& runs, const std::vector<SystemEntry>& entries)
        : parts_(parts), runs_(runs), entries_(entries) {
        for (std::size_t i = 0; i < entries.size(); ++i) {
            by_time_.emplace_back(entries[i].slice.time_unix_ns, i);
        }
        std::ranges::sort(by_time_);
    }

    void join(bool rows_cut_off) {
        std::size_t next_entry = 0;
        for (std::size_t i = 0; i < runs_.size(); ++i) {
            const std::optional<std::size_t> match = entry_of(runs_[i].time_unix_ns, next_entry);
            if (!match) {
                const bool newest = i + 1 == runs_.size();
                // Its system line comes after its rows: the writer was stopped in between, or in the middle of them.
                if (newest && !parts_.places.empty() && (!entries_.empty() || rows_cut_off)) {
                    parts_.remark("the last interval is not whole: it is left out");
                    continue;
                }
                add_rows_alone(runs_[i]);
                continue;
            }
            for (; next_entry < *match; ++next_entry) {
                add(entries_[next_entry], RowPlace{});
            }
            add(entries_[next_entry++], runs_[i].place);
        }
        for (; next_entry < entries_.size(); ++next_entry) {
            add(entries_[next_entry], RowPlace{});
        }
        if (alone_ != 0 && !entries_.empty()) {
            parts_.remark(
                fmt::format("{} intervals have no line in system.csv: their sums are those of their rows", alone_));
        }
    }

  private:
    [[nodiscard]] std::optional<std::size_t> entry_of(std::uint64_t time, std::size_t from) const {
        const auto found = std::ranges::lower_bound(by_time_, std::pair(time, from));
        return found != by_time_.end() && found->first == time ? std::optional(found->second) : std::nullopt;
    }
    void add(const SystemEntry& entry, const RowPlace& rows) {
        parts_.places.push_back({rows, entry.place});
        TimeSlice slice = entry.slice;
        if (slice.now_ns == 0) {
            slice.now_ns = now_after(slice.time_unix_ns, slice.interval_ns);
        }
        parts_.timeline.push_back(slice);
    }
    void add_rows_alone(const RowRun& run) {
        ++alone_;
        TimeSlice slice;
        slice.time_unix_ns = run.time_unix_ns;
        slice.interval_ns = run.interval_ns;
        if (slice.interval_ns == 0) {
            const std::uint64_t since =
                parts_.timeline.empty() ? 0 : grown(parts_.timeline.back().time_unix_ns, run.time_unix_ns);
            slice.interval_ns = since != 0 ? since : std::max<std::uint64_t>(parts_.meta.interval_ms, 1) * 1'000'000;
        }
        slice.now_ns = now_after(run.time_unix_ns, slice.interval_ns);
        parts_.places.push_back({run.place, SystemPlace{}});
        parts_.timeline.push_back(slice);
    }
    /// The monotonic clock where nothing tells it. At the begin any value does that leaves room for ages.
    [[nodiscard]] std::uint64_t now_after(std::uint64_t time_unix_ns, std::uint64_t interval_ns) const {
        return parts_.timeline.empty() ? time_unix_ns : parts_.timeline.back().now_ns + interval_ns;
    }

    RecordingParts& parts_;
    const std::vector<RowRun>& runs_;
    const std::vector<SystemEntry>& entries_;
    std::vector<std::pair<std::uint64_t, std::size_t>> by_time_;
    std::uint64_t alone_ = 0;
};

}  // namespace

void RecordingParts::remark(std::string text) {
    if (remarks.size() < kMaxRemarks) {
        remarks.push_back(std::move(text));
    } else if (remarks.size() == kMaxRemarks) {
        remarks.emplace_back("and more of that kind");
    }
}

Result<void> index_recording(RecordingParts& parts) {
    FilesByNumber threads, systems;
    if (Result<void> listed = list_files(parts, threads, systems); !listed.ok()) {
        return listed;
    }
    if (threads.empty()) {
        return Error{parts.directory + ": no threads.csv in it: it is no recording",
                     "give the directory that rstat-tsa record -o made", 0};
    }
    if (systems.empty()) {
        parts.remark("there is no system.csv: all sums are those of the rows, the machine's numbers are absent");
    }
    check_pairs(parts, threads, systems);
    std::vector<RowRun> runs;
    std::vector<SystemEntry> entries;
    std::optional<Error> first_error;
    scan_files(parts, threads, parts.thread_files, first_error,
               [&](std::uint32_t file) { return RowScan(parts, file, runs).scan(); });
    const bool rows_cut_off = !parts.thread_files.empty() && parts.thread_files.back()->cut_off();
    scan_files(parts, systems, parts.system_files, first_error,
               [&](std::uint32_t file) { return scan_system(parts, file, entries); });
    Join(parts, runs, entries).join(rows_cut_off);
    if (parts.places.empty()) {
        return first_error ? first_error->in(parts.directory)
                           : Error{parts.directory + ": the recording has no interval",
                                   "it ended before its first interval did: record for longer than -i", 0};
    }
    std::uint64_t longest_ns = 0;
    for (const TimeSlice& slice : parts.timeline) {
        longest_ns = std::max(longest_ns, slice.interval_ns);
    }
    // A thread has a row in the first interval that ends after the limit. One interval in which the machine stood still
    // must not make ghosts of the dead for hours.
    const std::uint64_t limit_ns = std::min(parts.meta.quiet_limit_ns, kLongestLimitNs);
    const std::uint64_t asked_for_ns = std::min(parts.meta.interval_ms, kLongestLimitNs / 1'000'000) * 1'000'000;
    parts.silence_ns = limit_ns + 2 * std::min(longest_ns, std::max(limit_ns, 2 * asked_for_ns));
    return {};
}

}  // namespace tsa
