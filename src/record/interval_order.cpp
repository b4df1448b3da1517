// SPDX-License-Identifier: MIT
// See interval_order.h.
#include "record/interval_order.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_set>

#include "base/saturating.h"
#include "base/time_units.h"
#include "record/recorded_time.h"

namespace tsa {

namespace {

using Place = IntervalOrder::Place;

/// Rounding and a slow reader may make an interval begin this part of its length before the end of the one before it.
constexpr std::uint64_t kOverlapPart = 16;

/// Distance of the clocks in seconds, from a start that makes it positive: it changes when the wall clock is set, and
/// from boot to boot.
std::uint64_t distance_s(const IntervalTime& time) {
    return (kMaxRecordedTimeNs + time.time_unix_ns - time.now_ns) / kNsPerSecond;
}

/// Which CLOCK_MONOTONIC each interval was measured with.
class Clocks {
  public:
    /// A stretch in which CLOCK_MONOTONIC only grows.
    std::size_t clock_of(std::span<const IntervalTime> times, std::span<const Place> stretch) {
        const std::uint64_t distance = distance_s(times[stretch.front().interval]);
        const auto known = by_distance_.lower_bound(saturating_sub(distance, 1));
        const std::size_t clock =
            known != by_distance_.end() && known->first <= distance + 1 ? known->second : clocks_++;
        for (const Place& place : stretch) {
            by_distance_.try_emplace(distance_s(times[place.interval]), clock);
        }
        return clock;
    }

  private:
    std::map<std::uint64_t, std::size_t> by_distance_;
    std::size_t clocks_ = 0;
};

void set_clocks(std::span<const IntervalTime> times, std::span<Place> places) {
    Clocks clocks;
    for (std::size_t begin = 0, end = 0; begin < places.size(); begin = end) {
        end = begin + 1;
        while (end < places.size() && times[places[end - 1].interval].now_ns < times[places[end].interval].now_ns) {
            ++end;
        }
        const std::size_t clock = clocks.clock_of(times, places.subspan(begin, end - begin));
        std::ranges::for_each(places.subspan(begin, end - begin), [&](Place& place) { place.clock = clock; });
    }
}

/// By the boots' first moments, then by time.
void sort_places(std::span<const IntervalTime> times, std::vector<Place>& places) {
    std::map<std::size_t, std::uint64_t> first_ns;
    for (const Place& place : places) {
        auto& first = first_ns.try_emplace(place.clock, UINT64_MAX).first->second;
        first = std::min(first, times[place.interval].time_unix_ns);
    }
    std::ranges::stable_sort(places, {}, [&](const Place& place) {
        return std::tuple(first_ns.at(place.clock), place.clock, times[place.interval].now_ns);
    });
}

void drop_copies(std::span<const IntervalTime> times, IntervalOrder& order) {
    std::unordered_set<std::uint64_t> seen;
    for (std::size_t i = 0; i < times.size(); ++i) {
        if (seen.insert(times[i].time_unix_ns).second) {
            order.places.push_back({i, 0});
        } else {
            ++order.copies;
        }
    }
}

void drop_overlapping(std::span<const IntervalTime> times, IntervalOrder& order) {
    const Place* last = nullptr;
    std::vector<Place> kept;
    for (const Place& place : order.places) {
        const IntervalTime& time = times[place.interval];
        const bool same_clock = last != nullptr && last->clock == place.clock;
        const std::uint64_t begin_ns = saturating_sub(time.now_ns, time.interval_ns);
        if (same_clock && begin_ns + time.interval_ns / kOverlapPart < times[last->interval].now_ns) {
            ++order.overlapping;
            continue;
        }
        kept.push_back(place);
        last = &place;
    }
    order.places = std::move(kept);
}

bool is_file_order(std::span<const Place> places) {
    return std::ranges::is_sorted(places, {}, &Place::interval);
}

/// How many intervals begin where the one before them ends.
std::size_t joints(std::span<const IntervalTime> times, std::span<const Place> places) {
    std::size_t count = 0;
    for (std::size_t at = 1; at < places.size(); ++at) {
        const IntervalTime& time = times[places[at].interval];
        const std::uint64_t begin_ns = saturating_sub(time.time_unix_ns, time.interval_ns);
        const std::uint64_t end_ns = times[places[at - 1].interval].time_unix_ns;
        const std::uint64_t apart_ns = std::max(begin_ns, end_ns) - std::min(begin_ns, end_ns);
        count += apart_ns <= time.interval_ns / kOverlapPart ? 1 : 0;
    }
    return count;
}

}  // namespace

IntervalOrder order_intervals(std::span<const IntervalTime> times) {
    IntervalOrder order;
    drop_copies(times, order);
    if (std::ranges::any_of(times, [](const IntervalTime& time) { return time.now_ns == 0; })) {
        return order;
    }
    set_clocks(times, order.places);
    sort_places(times, order.places);
    order.sorted = !is_file_order(order.places);
    drop_overlapping(times, order);
    return order;
}

IntervalOrder order_by_wall_clock(std::span<const IntervalTime> times) {
    IntervalOrder order;
    drop_copies(times, order);
    std::vector<Place> sorted = order.places;
    std::ranges::stable_sort(sorted, {}, [&](const Place& place) { return times[place.interval].time_unix_ns; });
    if (!is_file_order(sorted) && joints(times, sorted) > joints(times, order.places)) {
        order.places = std::move(sorted);
        order.sorted = true;
    }
    return order;
}

}  // namespace tsa
