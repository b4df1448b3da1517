// SPDX-License-Identifier: MIT
// See state.h. The strip's axis is CLOCK_MONOTONIC: setting the clock does not distort it, and time that was not
// recorded is a gap.
#include "tui/replay/state.h"

#include <algorithm>
#include <cmath>

namespace tsa {
namespace {

std::uint64_t begin_of(const TimeSlice& slice) {
    return slice.now_ns - std::min(slice.interval_ns, slice.now_ns);
}

/// Converts time on the axis to columns and back.
class Axis {
  public:
    Axis(const Timeline& timeline, std::size_t columns) : from_ns_(begin_of(timeline.front())), columns_(columns) {
        const std::uint64_t to_ns = std::max(timeline.back().now_ns, from_ns_ + 1);
        per_ns_ = static_cast<double>(columns) / static_cast<double>(to_ns - from_ns_);
    }
    [[nodiscard]] std::size_t column(std::uint64_t at_ns) const {
        const auto column = static_cast<std::size_t>(static_cast<double>(at_ns - std::min(from_ns_, at_ns)) * per_ns_);
        return std::min(column, columns_ - 1);
    }
    /// By its middle, so it is in exactly one column.
    [[nodiscard]] std::size_t column(const TimeSlice& slice) const {
        return column(slice.now_ns - std::min(slice.interval_ns / 2, slice.now_ns));
    }

  private:
    std::uint64_t from_ns_;
    std::size_t columns_;
    double per_ns_ = 0;
};

bool is_worse(const TimeSlice& left, const TimeSlice& right) {
    const double held_left = held_up_threads(left), held_right = held_up_threads(right);
    return held_left != held_right ? held_left > held_right : active_threads(left) > active_threads(right);
}

/// The largest column fills the strip, unless it is such an outlier that the rest could not be distinguished.
double full_threads_of(const Timeline& timeline, const Strip& strip) {
    constexpr double kBeyondMost = 4;
    constexpr double kCalm = 0.5;  // less than half a thread is not a problem and must not look like one
    std::vector<double> values;
    for (const StripColumn& column : strip.columns) {
        if (column.interval != kNoInterval) {
            values.push_back(active_threads(timeline[column.interval]));
        }
    }
    if (values.empty()) {
        return kCalm;
    }
    std::sort(values.begin(), values.end());
    const double most = values[(values.size() - 1) * 9 / 10];
    return std::max(kCalm, std::min(values.back(), std::max(kBeyondMost * most, 1.0)));
}

}  // namespace

ReplayState start_replay(const Timeline& timeline) {
    ReplayState out;
    out.timeline = &timeline;
    out.bad = bad_moments(timeline);
    out.any_lost = std::any_of(timeline.begin(), timeline.end(), [](const TimeSlice& slice) { return slice.lost; });
    out.any_missing =
        std::any_of(timeline.begin(), timeline.end(), [](const TimeSlice& slice) { return slice.missing; });
    out.any_clock_jump =
        std::any_of(timeline.begin(), timeline.end(), [](const TimeSlice& slice) { return slice.clock_jump_ns != 0; });
    return out;
}

std::optional<std::size_t> interval_with(const Timeline& timeline, std::uint64_t unix_ns) {
    // Not by bisection: the clock may have been set.
    auto found = std::ranges::find(timeline, unix_ns, &TimeSlice::time_unix_ns);
    if (found == timeline.end()) {
        found = std::ranges::find_if(timeline, [&](const TimeSlice& slice) { return slice.time_unix_ns > unix_ns; });
    }
    return found == timeline.end() ? std::nullopt : std::optional(static_cast<std::size_t>(found - timeline.begin()));
}

void play_on(ReplayState& replay, std::uint64_t elapsed_ns) {
    const Timeline& timeline = *replay.timeline;
    if (!replay.playing) {
        return;
    }
    replay.played_ns += static_cast<std::uint64_t>(static_cast<double>(elapsed_ns) * replay.speed);
    while (replay.at + 1 < timeline.size() && replay.played_ns >= timeline[replay.at + 1].interval_ns) {
        ++replay.at;
        replay.played_ns -= timeline[replay.at].interval_ns;
    }
    if (replay.at + 1 >= timeline.size()) {
        replay.playing = false;
        replay.played_ns = 0;
    }
}

std::optional<std::uint64_t> next_due_ns(const ReplayState& replay) {
    if (!replay.playing || replay.at + 1 >= replay.timeline->size()) {
        return std::nullopt;
    }
    const std::uint64_t interval_ns = (*replay.timeline)[replay.at + 1].interval_ns;
    const std::uint64_t left_ns = interval_ns - std::min(replay.played_ns, interval_ns);
    return static_cast<std::uint64_t>(std::ceil(static_cast<double>(left_ns) / replay.speed));
}

double held_up_threads(const TimeSlice& slice) {
    double sum = 0;
    for (const StateInfo& state : state_table()) {
        sum += state.is_delay ? static_cast<double>(slice.threads_in[index(state.state)]) : 0;
    }
    return sum;
}

double active_threads(const TimeSlice& slice) {
    return held_up_threads(slice) + static_cast<double>(slice.threads_in[index(ThreadState::exec)]);
}

Strip make_strip(const Timeline& timeline, std::size_t columns) {
    Strip out;
    out.columns.resize(columns);
    if (columns == 0) {
        return out;
    }
    const Axis axis(timeline, columns);
    for (std::size_t at = 0; at < timeline.size(); ++at) {
        StripColumn& column = out.columns[axis.column(timeline[at])];
        column.clock_jumped = column.clock_jumped || timeline[at].clock_jump_ns != 0;
        if (timeline[at].missing) {
            continue;
        }
        if (column.interval == kNoInterval || is_worse(timeline[at], timeline[column.interval])) {
            column.interval = at;
        }
        column.lost = column.lost || timeline[at].lost;
    }
    // An interval longer than a column fills the columns that it covers and no other interval has.
    for (std::size_t at = 0; at < timeline.size(); ++at) {
        if (timeline[at].missing) {
            continue;
        }
        const std::size_t last = axis.column(timeline[at].now_ns - (timeline[at].now_ns > 0 ? 1 : 0));
        for (std::size_t column = axis.column(begin_of(timeline[at])); column <= last; ++column) {
            if (out.columns[column].interval == kNoInterval) {
                out.columns[column].interval = at;
                out.columns[column].lost = timeline[at].lost;
            }
        }
    }
    out.full_threads = full_threads_of(timeline, out);
    return out;
}

std::size_t column_of(const Timeline& timeline, std::size_t interval, std::size_t columns) {
    return columns == 0 ? 0 : Axis(timeline, columns).column(timeline[interval]);
}

std::size_t interval_at(const Strip& strip, std::size_t column) {
    const std::size_t size = strip.columns.size();
    for (std::size_t away = 0; away < size; ++away) {
        for (const std::size_t near : {column + away, column - std::min(away, column)}) {
            if (near < size && strip.columns[near].interval != kNoInterval) {
                return strip.columns[near].interval;
            }
        }
    }
    return 0;
}

std::size_t scrub(const Timeline& timeline, const Strip& strip, std::size_t from, int columns) {
    const std::size_t size = strip.columns.size();
    if (size == 0) {
        return from;
    }
    const bool back = columns < 0;
    const auto steps = static_cast<std::size_t>(std::abs(columns));
    std::size_t at = column_of(timeline, from, size);
    at = back ? at - std::min(steps, at) : std::min(at + steps, size - 1);
    // An interval may fill several columns, as may a gap: continue until a different one is found.
    for (;; back ? --at : ++at) {
        const std::size_t there = strip.columns[at].interval;
        if (there != kNoInterval && (back ? there < from : there > from)) {
            return there;
        }
        if (at == (back ? 0 : size - 1)) {
            return back ? 0 : timeline.size() - 1;
        }
    }
}

std::vector<std::size_t> bad_moments(const Timeline& timeline) {
    constexpr std::size_t kAround = 3;
    constexpr double kNothing = 0.1;
    std::vector<std::size_t> shown;
    for (const StripColumn& column : make_strip(timeline, kBadColumns).columns) {
        if (column.interval != kNoInterval && (shown.empty() || shown.back() != column.interval)) {
            shown.push_back(column.interval);
        }
    }
    std::vector<double> held;
    held.reserve(shown.size());
    for (const std::size_t interval : shown) {
        held.push_back(held_up_threads(timeline[interval]));
    }
    if (held.empty()) {
        return {};  // nothing is recorded
    }
    std::vector<double> sorted = held;
    std::sort(sorted.begin(), sorted.end());
    const double least = std::max(2 * sorted[sorted.size() / 4], kNothing);
    std::vector<std::size_t> out;
    for (std::size_t at = 0; at < held.size(); ++at) {
        bool is_peak = held[at] >= least;
        for (std::size_t other = at - std::min(at, kAround); other < std::min(at + kAround + 1, held.size()); ++other) {
            is_peak = is_peak && (other < at ? held[other] < held[at] : held[other] <= held[at]);
        }
        if (is_peak) {
            out.push_back(shown[at]);
        }
    }
    const auto worst = std::max_element(held.begin(), held.end());
    if (out.empty() && *worst > 0) {
        out.push_back(shown[static_cast<std::size_t>(worst - held.begin())]);
    }
    return out;
}

}  // namespace tsa
