// Builds the index of a recording: scans each of its files and joins thread rows and system lines that have the same
// time. They are joined in file order, because the wall clock that identifies them may have been set back in between.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>
#include <utility>

#include "base/saturating.h"
#include "base/time_units.h"
#include "record/recording_files.h"
#include "record/recording_parts.h"
#include "record/recording_scan.h"

namespace tsa {

namespace {

constexpr std::uint64_t kLongestLimitNs = std::uint64_t{1} << 58;

/// Opens and scans each file of one kind, oldest first. An unreadable file is skipped with a remark; the first error is
/// kept in case no file is left.
template <class Scan>
void scan_files(RecordingParts& parts, const FilesByNumber& files, std::vector<std::unique_ptr<LineSource>>& sources,
                std::optional<Error>& first_error, Scan scan) {
    for (const auto& [number, file] : files) {
        const std::string path = (std::filesystem::path(parts.directory) / file.name).string();
        Result<std::unique_ptr<LineSource>> source = LineSource::open(path, file.compressed);
        Result<void> scanned = source.ok() ? Result<void>() : Result<void>(source.error());
        if (source.ok()) {
            sources.push_back(std::move(source).value());
            scanned = scan(number, static_cast<std::uint32_t>(sources.size() - 1));
            if (!scanned.ok()) {
                scanned = scanned.error().in(file.name);
            } else if (sources.back()->cut_off()) {
                parts.remark(fmt::format("{}: the last line is incomplete and was skipped", file.name));
            }
            sources.back()->rest();
        }
        if (!scanned.ok()) {
            parts.remark(fmt::format("{}; this file was skipped", scanned.error().message));
            first_error = first_error.value_or(scanned.error());
        }
    }
}

/// Joins rows and system lines, in the order of both.
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
                // The system line is written after the rows: the writer was stopped between the two, or among the rows.
                if (newest && !parts_.places.empty() && (!entries_.empty() || rows_cut_off)) {
                    parts_.remark("the last interval is incomplete and was skipped");
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
        // A missing system file has its own remark.
        if (alone_ != 0 && !parts_.system_files.empty()) {
            parts_.remark(fmt::format(
                "{} intervals have no line in system.csv: their sums are computed from their rows", alone_));
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
                parts_.timeline.empty() ? 0 : saturating_sub(run.time_unix_ns, parts_.timeline.back().time_unix_ns);
            slice.interval_ns = since != 0 ? since : std::max<std::uint64_t>(parts_.meta.interval_ms, 1) * kNsPerMs;
        }
        slice.now_ns = now_after(run.time_unix_ns, slice.interval_ns);
        parts_.places.push_back({run.place, SystemPlace{}});
        parts_.timeline.push_back(slice);
    }
    /// Makes up the monotonic clock where the files lack it. At the start, any value that leaves room for ages is fine.
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
        remarks.emplace_back("and more of the same");
    }
}

Result<void> index_recording(RecordingParts& parts) {
    FilesByNumber threads, systems;
    if (Result<void> found = find_recording_files(parts, threads, systems); !found.ok()) {
        return found;
    }
    std::vector<RowRun> runs;
    std::vector<SystemEntry> entries;
    std::optional<Error> first_error;
    std::set<std::uint64_t> without_rows;  // segments whose thread file does not even have a header
    scan_files(parts, threads, parts.thread_files, first_error, [&](std::uint64_t segment, std::uint32_t file) {
        const std::size_t sections = parts.row_sections.size();
        Result<void> scanned = scan_rows(parts, file, runs);
        if (scanned.ok() && parts.row_sections.size() == sections) {
            without_rows.insert(segment);
        }
        return scanned;
    });
    const bool rows_cut_off = !parts.thread_files.empty() && parts.thread_files.back()->cut_off();
    scan_files(parts, systems, parts.system_files, first_error, [&](std::uint64_t segment, std::uint32_t file) {
        const std::size_t before = entries.size();
        Result<void> scanned = scan_system(parts, file, entries);
        if (entries.size() != before && without_rows.contains(segment)) {
            parts.remark(fmt::format("{} has no rows: no thread data for its time", threads.at(segment).name));
        }
        return scanned;
    });
    Join(parts, runs, entries).join(rows_cut_off);
    if (parts.places.empty()) {
        return first_error ? first_error->in(parts.directory)
                           : Error{parts.directory + ": the recording has no interval",
                                   "it ended before its first interval was complete: record for longer than -i", 0};
    }
    std::uint64_t longest_ns = 0;
    for (const TimeSlice& slice : parts.timeline) {
        longest_ns = std::max(longest_ns, slice.interval_ns);
    }
    // A thread has a row in the first interval that ends after the limit. One long interval (a suspended machine) must
    // not keep exited threads alive for hours.
    const std::uint64_t limit_ns = std::min(parts.meta.quiet_limit_ns, kLongestLimitNs);
    const std::uint64_t asked_for_ns = std::min(parts.meta.interval_ms, kLongestLimitNs / kNsPerMs) * kNsPerMs;
    parts.silence_ns = limit_ns + 2 * std::min(longest_ns, std::max(limit_ns, 2 * asked_for_ns));
    return {};
}

}  // namespace tsa
