// SPDX-License-Identifier: MIT
// See missing_remarks.h.
#include "record/missing_remarks.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/saturating.h"
#include "base/time_units.h"
#include "text/time_text.h"
#include "text/units.h"

namespace tsa {

namespace {

/// Stretches of time and settings of the clock that have remarks; further ones are counted.
constexpr std::size_t kMaxListed = 4;

std::string intervals_text(std::uint64_t count) {
    return count == 1 ? "1 interval" : fmt::format("{} intervals", count);
}

void remark_on_stretch(RecordingParts& parts, std::size_t first, std::size_t last) {
    const TimeSlice& slice = parts.timeline[first];
    const UtcOffsets& zone = parts.meta.utc_offsets;
    parts.remark(fmt::format("not recorded from {} to {}: threads.csv lacks rows of {}, left out of all sums",
                             date_text(saturating_sub(slice.time_unix_ns, slice.interval_ns), zone).view(),
                             date_text(parts.timeline[last].time_unix_ns, zone).view(),
                             intervals_text(last - first + 1)));
}

/// Stretches of missing intervals.
void remark_on_missing(RecordingParts& parts) {
    const Timeline& timeline = parts.timeline;
    std::size_t stretches = 0, more = 0;
    for (std::size_t first = 0, last = 0; first < timeline.size(); first = last + 1) {
        last = first;
        if (!timeline[first].missing) {
            continue;
        }
        while (last + 1 < timeline.size() && timeline[last + 1].missing) {
            ++last;
        }
        if (++stretches <= kMaxListed) {
            remark_on_stretch(parts, first, last);
        } else {
            more += last - first + 1;
        }
    }
    if (more != 0) {
        parts.remark(fmt::format("not recorded either: {} in {} more stretches of time", intervals_text(more),
                                 stretches - kMaxListed));
    }
}

/// Time of which no file has anything.
void remark_on_gaps(RecordingParts& parts) {
    const Timeline& timeline = parts.timeline;
    std::size_t gaps = 0;
    for (std::size_t at = 1; at < timeline.size(); ++at) {
        const TimeSlice& slice = timeline[at];
        if (slice.follows || timeline[at - 1].missing || ++gaps > kMaxListed) {
            continue;
        }
        const std::uint64_t begin_ns = saturating_sub(slice.now_ns, slice.interval_ns);
        parts.remark(fmt::format(
            "nothing is recorded of {} before {}",
            duration_text(saturating_sub(begin_ns, timeline[at - 1].now_ns)).view(),
            date_text(saturating_sub(slice.time_unix_ns, slice.interval_ns), parts.meta.utc_offsets).view()));
    }
    if (gaps > kMaxListed) {
        parts.remark(fmt::format("nor of {} more stretches of time", gaps - kMaxListed));
    }
}

struct CountText {
    std::uint64_t JoinCounts::*count;
    const char* text;  ///< after "N intervals"
};
constexpr CountText kCountTexts[] = {
    {&JoinCounts::copies, "are in the files more than once: counted once"},
    {&JoinCounts::repeating, "have lines more than once: counted once"},
    {&JoinCounts::overlapping, "cover time that others cover: left out"},
    {&JoinCounts::scattered, "have rows in several places of threads.csv: sort it by time_unix_ns"},
    {&JoinCounts::out_of_range, "have a time that cannot be: left out"},
};

}  // namespace

void remark_on_intervals(RecordingParts& parts, const JoinCounts& counts) {
    for (const CountText& line : kCountTexts) {
        if (const std::uint64_t count = counts.*line.count; count != 0) {
            parts.remark(fmt::format("{} {}", intervals_text(count), line.text));
        }
    }
    if (counts.sorted) {
        parts.remark("the files are not in the order of time: their intervals were sorted");
    }
    remark_on_missing(parts);
    remark_on_gaps(parts);
    const bool explained = std::ranges::any_of(parts.timeline, &TimeSlice::missing);
    if (counts.lost_intervals != 0) {
        parts.remark(
            fmt::format("{} that meta.json counts are not in system.csv", intervals_text(counts.lost_intervals)));
    } else if (counts.lost_rows != 0 && !explained) {
        parts.remark(fmt::format("{} rows that meta.json counts are not in threads.csv", counts.lost_rows));
    }
}

void remark_on_clock(RecordingParts& parts) {
    std::size_t jumps = 0;
    for (const TimeSlice& slice : parts.timeline) {
        if (slice.clock_jump_ns == 0 || ++jumps > kMaxListed) {
            continue;
        }
        const bool back = slice.clock_jump_ns < 0;
        const auto by_ns = static_cast<std::uint64_t>(back ? -slice.clock_jump_ns : slice.clock_jump_ns);
        const ShortText when = date_text(slice.time_unix_ns, parts.meta.utc_offsets);
        parts.remark(fmt::format("{} {} before {}{}",
                                 slice.suspended ? "the machine was suspended for"
                                 : back          ? "the clock was set back by"
                                                 : "the clock was set ahead by",
                                 duration_text(by_ns).view(), when.view(),
                                 back ? ": earlier times are given by the new clock" : ""));
    }
    if (jumps > kMaxListed) {
        parts.remark(fmt::format("the clock was set, or the machine suspended, {} more times", jumps - kMaxListed));
    }
}

}  // namespace tsa
