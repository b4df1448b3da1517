// SPDX-License-Identifier: MIT
// See wait_heat.h.
#include "model/wait_heat.h"

#include <algorithm>
#include <limits>

namespace tsa {
namespace {

bool is_same(const WaitKind& left, const WaitKind& right) {
    return left.state == right.state && left.preempted == right.preempted && left.throttled == right.throttled &&
           left.others == right.others && left.wait.syscall == right.wait.syscall &&
           left.wait.compat == right.wait.compat && left.wait.kernel_lock == right.wait.kernel_lock &&
           left.wait.args[0] == right.wait.args[0] && left.wait.kernel_function == right.wait.kernel_function &&
           left.wait.kind == right.wait.kind && left.wait.doubtful == right.wait.doubtful;
}

template <class Number>
void add_up(Number& into, std::uint64_t more) {
    constexpr std::uint64_t kFull = std::numeric_limits<Number>::max();
    into = static_cast<Number>(std::min(std::uint64_t{into} + more, kFull));
}

}  // namespace

void HeatMap::add(const WaitHistogram& ended, std::uint64_t now_ns) {
    const std::uint64_t number = (std::max<std::uint64_t>(now_ns, 1) - 1) / kHeatSliceNs;
    Slice& slice = slices_[number % kHeatSlices];
    if (slice.number != number) {
        slice = {number, {}};
    }
    for (std::size_t bucket = 0; bucket < kWaitBuckets; ++bucket) {
        add_up(slice.counts[bucket / kWaitSubBuckets], ended[bucket]);
    }
}

void HeatMap::add_between(std::uint64_t from_ns, std::uint64_t to_ns, HeatColumn& into) const {
    for (std::uint64_t number = (from_ns + kHeatSliceNs - 1) / kHeatSliceNs; number * kHeatSliceNs < to_ns; ++number) {
        const Slice& slice = slices_[number % kHeatSlices];
        if (slice.number == number && number != 0) {
            for (std::size_t row = 0; row < kHeatLengths; ++row) {
                add_up(into[row], slice.counts[row]);
            }
        }
    }
}

void WaitHeat::add(const WaitTable& waits, std::uint64_t now_ns) {
    const bool is_first = !since_ns_;
    since_ns_ = since_ns_.value_or(now_ns);
    for (const WaitTotals& totals : waits.kinds) {
        auto at = static_cast<std::size_t>(
            std::ranges::find_if(maps_, [&](const HeatMap& map) { return is_same(map.kind(), totals.kind); }) -
            maps_.begin());
        if (at == maps_.size()) {
            if (at == kMaxHeatKinds) {
                continue;
            }
            maps_.emplace_back(totals.kind);
            seen_.emplace_back();
        }
        WaitHistogram ended{};
        for (std::size_t bucket = 0; bucket < kWaitBuckets; ++bucket) {
            // A full bucket grows no more, and one that was read while it changed may seem to shrink.
            ended[bucket] = totals.lengths[bucket] - std::min(seen_[at][bucket], totals.lengths[bucket]);
        }
        seen_[at] = totals.lengths;
        if (!is_first) {
            maps_[at].add(ended, now_ns);
        }
    }
}

std::uint64_t heat_row_begin_ns(std::size_t row) {
    return wait_bucket_begin_ns(row * kWaitSubBuckets);
}

}  // namespace tsa
