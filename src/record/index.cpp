// SPDX-License-Identifier: MIT
// Builds the index of a recording: scans each of its files once; interval_join.cpp joins what was found.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "base/time_units.h"
#include "record/interval_join.h"
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
            scanned = scan(static_cast<std::uint32_t>(sources.size() - 1));
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
    ScannedFiles scanned;
    std::optional<Error> first_error;
    // The recorder writes the rows of an interval before its line in system.csv. Read in the other order, every line
    // has its rows, also while the recording is still being written.
    scan_files(parts, systems, parts.system_files, first_error,
               [&](std::uint32_t file) { return scan_system(parts, file, scanned.entries); });
    scan_files(parts, threads, parts.thread_files, first_error,
               [&](std::uint32_t file) { return scan_rows(parts, file, scanned.runs); });
    scanned.rows_cut_off = !parts.thread_files.empty() && parts.thread_files.back()->cut_off();
    join_intervals(parts, scanned);
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
