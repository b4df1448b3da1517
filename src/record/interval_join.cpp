// SPDX-License-Identifier: MIT
// See interval_join.h.
#include "record/interval_join.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/saturating.h"
#include "base/time_units.h"
#include "record/clock_jumps.h"
#include "record/interval_order.h"
#include "record/missing_remarks.h"
#include "record/recorded_time.h"
#include "record/row_runs.h"

namespace tsa {

namespace {

/// A gap between two intervals shorter than this part of the second one is rounding.
constexpr std::uint64_t kGapPart = 16;

RowsWanted wanted_rows(const std::vector<SystemEntry>& entries) {
    RowsWanted wanted;
    for (const SystemEntry& entry : entries) {
        wanted.try_emplace(entry.slice.time_unix_ns, entry.rows);
    }
    return wanted;
}

std::vector<IntervalTime> times_of(const std::vector<SystemEntry>& entries) {
    std::vector<IntervalTime> times;
    times.reserve(entries.size());
    for (const SystemEntry& entry : entries) {
        times.push_back({entry.slice.time_unix_ns, entry.slice.now_ns, entry.slice.interval_ns});
    }
    return times;
}

std::vector<IntervalTime> times_of(const std::vector<const RowRun*>& runs) {
    std::vector<IntervalTime> times;
    times.reserve(runs.size());
    for (const RowRun* run : runs) {
        times.push_back({run->time_unix_ns, 0, run->interval_ns});
    }
    return times;
}

class IntervalJoin {
  public:
    IntervalJoin(RecordingParts& parts, const ScannedFiles& files)
        : parts_(parts),
          files_(files),
          rows_(files.runs, wanted_rows(files.entries)),
          order_(order_intervals(times_of(files.entries))) {
        for (const IntervalOrder::Place& place : order_.places) {
            kept_.emplace(files.entries[place.interval].slice.time_unix_ns, kept_.size());
        }
        every_interval_has_rows_ = has_all_threads();
        rows_are_missing_ = parts.meta.end && rows_.rows() < parts.meta.end->rows;
    }

    void join();

  private:
    [[nodiscard]] bool has_all_threads() const;
    void sort_runs_alone();
    void find_runs_alone();
    void add_alone(std::size_t after);
    void add(const SystemEntry& entry, std::size_t clock);
    void add(const RowRun& run);
    void push(const TimeSlice& slice, const RowPlace& rows, const SystemPlace& system);
    [[nodiscard]] bool continues(const TimeSlice& slice, std::size_t clock) const;
    [[nodiscard]] bool lacks_rows(const SystemEntry& entry, const RowRun* run) const;
    [[nodiscard]] std::uint64_t now_after(std::uint64_t interval_ns, std::uint64_t begin_unix_ns) const;
    void doubt_edges();
    void make_remarks();

    RecordingParts& parts_;
    const ScannedFiles& files_;
    RowRuns rows_;
    IntervalOrder order_, order_alone_;
    std::unordered_map<std::uint64_t, std::size_t> kept_;  // place in order_ of the entry with that time
    std::vector<std::vector<const RowRun*>> alone_;        // without an entry: after how many entries
    std::vector<bool> is_counted_, has_clock_;             // by slice: system.csv has the number of rows, now_ns
    bool every_interval_has_rows_ = false, rows_are_missing_ = false;
    std::optional<std::size_t> clock_;
    std::uint64_t clock_shift_ns_ = 0;  // from the entries' CLOCK_MONOTONIC to the timeline's
    std::uint64_t alone_count_ = 0, out_of_range_ = 0;
};

/// Whether all threads were recorded: then the recorder itself has a row in each interval. Without meta.json: whether
/// the first interval with rows, in which all that are recorded have one, has one for each living thread.
bool IntervalJoin::has_all_threads() const {
    if (parts_.has_meta) {
        return parts_.meta.filters.empty();
    }
    for (const IntervalOrder::Place& place : order_.places) {
        const SystemEntry& entry = files_.entries[place.interval];
        if (const RowRun* run = rows_.find(entry.slice.time_unix_ns)) {
            return entry.threads && run->rows >= *entry.threads;
        }
    }
    return false;
}

/// Runs without a line in system.csv, by the line after which they are in the file.
void IntervalJoin::find_runs_alone() {
    alone_.resize(order_.places.size() + 1);
    std::unordered_set<std::uint64_t> has_line;
    for (const SystemEntry& entry : files_.entries) {
        has_line.insert(entry.slice.time_unix_ns);
    }
    const std::uint64_t newest_ns = files_.runs.empty() ? 0 : files_.runs.back().time_unix_ns;
    std::size_t after = 0;
    for (const RowRun* run : rows_.used()) {
        if (const auto kept = kept_.find(run->time_unix_ns); kept != kept_.end()) {
            after = kept->second + 1;
        } else if (has_line.contains(run->time_unix_ns)) {
            continue;  // covered by another interval
        } else if (run->time_unix_ns == newest_ns && rows_.used().size() > 1 &&
                   (!files_.entries.empty() || files_.rows_cut_off)) {
            // The system line is written after the rows: the writer was stopped between the two, or among the rows.
            parts_.remark("the last interval is incomplete and was skipped");
        } else {
            alone_[after].push_back(run);
        }
    }
    sort_runs_alone();
}

void IntervalJoin::sort_runs_alone() {
    if (!files_.entries.empty()) {
        return;
    }
    const std::vector<const RowRun*> runs = alone_[0];
    order_alone_ = order_by_wall_clock(times_of(runs));
    std::ranges::transform(order_alone_.places, alone_[0].begin(),
                           [&](const IntervalOrder::Place& place) { return runs[place.interval]; });
}

void IntervalJoin::join() {
    find_runs_alone();
    add_alone(0);
    for (std::size_t at = 0; at < order_.places.size(); ++at) {
        add(files_.entries[order_.places[at].interval], order_.places[at].clock);
        add_alone(at + 1);
    }
    doubt_edges();
    for (std::size_t at = 1; at < parts_.timeline.size(); ++at) {
        parts_.timeline[at].follows &= !parts_.timeline[at - 1].missing;
    }
    straighten_clock(parts_.timeline, has_clock_);
    make_remarks();
}

void IntervalJoin::add_alone(std::size_t after) {
    std::ranges::for_each(alone_[after], [this](const RowRun* run) { add(*run); });
}

bool IntervalJoin::lacks_rows(const SystemEntry& entry, const RowRun* run) const {
    if (run != nullptr && rows_.is_scattered(*run)) {
        return true;
    }
    if (entry.rows) {
        return (run != nullptr ? run->rows : 0) < *entry.rows;
    }
    return run == nullptr && (every_interval_has_rows_ || rows_are_missing_);
}

/// CLOCK_MONOTONIC of the timeline at the end of an interval for which the files do not have it, or have another
/// machine's. At the start, any value that leaves room for ages is fine.
std::uint64_t IntervalJoin::now_after(std::uint64_t interval_ns, std::uint64_t begin_unix_ns) const {
    if (parts_.timeline.empty()) {
        return begin_unix_ns + interval_ns;
    }
    const TimeSlice& last = parts_.timeline.back();
    return last.now_ns + interval_ns + (clock_ ? saturating_sub(begin_unix_ns, last.time_unix_ns) : 0);
}

/// Whether its CLOCK_MONOTONIC is that of the slices before it. It is not where some lines have none, and the time made
/// up for them is later.
bool IntervalJoin::continues(const TimeSlice& slice, std::size_t clock) const {
    return parts_.timeline.empty() ||
           (clock_ == clock && slice.now_ns + clock_shift_ns_ >= parts_.timeline.back().now_ns);
}

void IntervalJoin::add(const SystemEntry& entry, std::size_t clock) {
    const RowRun* const run = rows_.find(entry.slice.time_unix_ns);
    TimeSlice slice = entry.slice;
    slice.missing = lacks_rows(entry, run);
    const std::uint64_t begin_unix_ns = saturating_sub(slice.time_unix_ns, slice.interval_ns);
    if (slice.now_ns == 0) {
        slice.now_ns = now_after(slice.interval_ns, 0);
    } else if (continues(slice, clock)) {
        slice.now_ns += clock_shift_ns_;
    } else {
        const std::uint64_t now_ns = now_after(slice.interval_ns, begin_unix_ns);
        clock_shift_ns_ = now_ns - slice.now_ns;  // wraps, and back again
        slice.now_ns = now_ns;
        slice.follows = false;
    }
    if (entry.slice.now_ns != 0) {
        clock_ = clock;
    }
    push(slice, run != nullptr && !slice.missing ? run->place : RowPlace{}, entry.place);
    is_counted_.resize(parts_.timeline.size(), entry.rows.has_value());
    has_clock_.resize(parts_.timeline.size(), entry.slice.now_ns != 0);
}

void IntervalJoin::add(const RowRun& run) {
    ++alone_count_;
    TimeSlice slice;
    slice.time_unix_ns = run.time_unix_ns;
    slice.interval_ns = run.interval_ns;
    slice.missing = rows_.is_scattered(run);
    if (slice.interval_ns == 0) {
        const std::uint64_t since =
            parts_.timeline.empty() ? 0 : saturating_sub(run.time_unix_ns, parts_.timeline.back().time_unix_ns);
        const std::uint64_t asked_for_ms = std::clamp<std::uint64_t>(parts_.meta.interval_ms, 1, kNsPerSecond);
        slice.interval_ns = since != 0 && is_recorded_length(since) ? since : asked_for_ms * kNsPerMs;
    }
    slice.now_ns = parts_.timeline.empty() ? run.time_unix_ns : parts_.timeline.back().now_ns + slice.interval_ns;
    push(slice, slice.missing ? RowPlace{} : run.place, SystemPlace{});
    is_counted_.resize(parts_.timeline.size(), false);
    has_clock_.resize(parts_.timeline.size(), false);
}

/// Adds it unless its time is beyond what other code can add and subtract.
void IntervalJoin::push(const TimeSlice& slice, const RowPlace& rows, const SystemPlace& system) {
    if (!is_recorded_time(slice.now_ns)) {
        ++out_of_range_;
        return;
    }
    parts_.timeline.push_back(slice);
    parts_.places.push_back({rows, system});
    if (parts_.timeline.size() > 1) {
        const std::uint64_t end_ns = parts_.timeline[parts_.timeline.size() - 2].now_ns;
        parts_.timeline.back().follows &=
            saturating_sub(slice.now_ns, slice.interval_ns) <= end_ns + slice.interval_ns / kGapPart;
    }
}

/// Where rows are missing, and how many there must be is not known, the intervals beside them have lost some, too.
void IntervalJoin::doubt_edges() {
    Timeline& timeline = parts_.timeline;
    std::vector<std::size_t> edges;
    for (std::size_t at = 0; at + 1 < timeline.size(); ++at) {
        if (timeline[at].missing != timeline[at + 1].missing) {
            edges.push_back(timeline[at].missing ? at + 1 : at);
        }
    }
    for (const std::size_t at : edges) {
        const bool counts = is_counted_[at] || parts_.places[at].system.section == RowPlace::kNowhere;
        if (!counts) {
            timeline[at].missing = true;
            parts_.places[at].rows = RowPlace{};
        }
    }
}

void IntervalJoin::make_remarks() {
    // A missing system file has its own remark.
    if (alone_count_ != 0 && !parts_.system_files.empty()) {
        parts_.remark(fmt::format("{} intervals have no line in system.csv: their sums are computed from their rows",
                                  alone_count_));
    }
    const std::uint64_t recorded = parts_.meta.end ? parts_.meta.end->intervals : 0;
    JoinCounts counts;
    counts.copies = std::max(order_.copies, rows_.copies());
    counts.repeating = rows_.repeating();
    counts.overlapping = order_.overlapping;
    counts.scattered = rows_.scattered();
    counts.out_of_range = out_of_range_;
    counts.sorted = order_.sorted || order_alone_.sorted;
    counts.lost_intervals = saturating_sub(recorded, parts_.timeline.size());
    counts.lost_rows = parts_.meta.end ? saturating_sub(parts_.meta.end->rows, rows_.rows()) : 0;
    remark_on_intervals(parts_, counts);
    remark_on_clock(parts_);
}

}  // namespace

void join_intervals(RecordingParts& parts, const ScannedFiles& files) {
    IntervalJoin(parts, files).join();
}

}  // namespace tsa
