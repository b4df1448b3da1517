// SPDX-License-Identifier: MIT
// See waits.h.
#include "model/waits.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

namespace tsa {

namespace {

constexpr unsigned kSubPower = std::countr_zero(kWaitSubBuckets);
static_assert(1U << kSubPower == kWaitSubBuckets);

std::uint64_t interpolate(std::uint64_t begin_ns, std::uint64_t end_ns, double part) {
    if (part >= 1.0) {
        return end_ns;
    }
    return begin_ns + static_cast<std::uint64_t>(static_cast<double>(end_ns - begin_ns) * part);
}

}  // namespace

std::size_t wait_bucket(std::uint64_t ns) {
    constexpr std::uint64_t kLeast = 1ULL << kWaitFirstPower;
    constexpr std::uint64_t kMost = (1ULL << (kWaitFirstPower + kWaitBuckets / kWaitSubBuckets)) - 1;
    const std::uint64_t length = std::clamp(ns, kLeast, kMost);
    const unsigned power = static_cast<unsigned>(std::bit_width(length)) - 1;
    const std::uint64_t sub = (length >> (power - kSubPower)) % kWaitSubBuckets;
    return static_cast<std::size_t>((power - kWaitFirstPower) * kWaitSubBuckets + sub);
}

std::uint64_t wait_bucket_begin_ns(std::size_t bucket) {
    if (bucket == 0) {
        return 0;
    }
    const std::size_t power = kWaitFirstPower + bucket / kWaitSubBuckets;
    return (kWaitSubBuckets + bucket % kWaitSubBuckets) << (power - kSubPower);
}

std::optional<std::uint64_t> wait_quantile_ns(const WaitLengths& waits, double quantile) {
    // The sum of the buckets, which is `count` unless one is full.
    const auto counted = std::accumulate(waits.lengths.begin(), waits.lengths.end(), std::uint64_t{0});
    if (counted == 0) {
        return std::nullopt;
    }
    const double wanted = std::ceil(std::clamp(quantile, 0.0, 1.0) * static_cast<double>(counted));
    const std::uint64_t rank = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(wanted), 1, counted);
    std::uint64_t before = 0;
    std::size_t bucket = 0;
    while (before + waits.lengths[bucket] < rank) {
        before += waits.lengths[bucket++];
    }
    const bool last = bucket + 1 == kWaitBuckets;
    const std::uint64_t end_ns = last ? waits.max_ns : std::min(wait_bucket_begin_ns(bucket + 1), waits.max_ns);
    const std::uint64_t begin_ns = std::min(wait_bucket_begin_ns(bucket), end_ns);
    const double part = static_cast<double>(rank - before) / static_cast<double>(waits.lengths[bucket]);
    return interpolate(begin_ns, end_ns, part);
}

void merge_waits(WaitLengths& into, const WaitLengths& other) {
    into.count += other.count;
    into.total_ns += other.total_ns;
    if (other.max_ns > into.max_ns) {
        into.max_ns = other.max_ns;
        into.max_at_ns = other.max_at_ns;
    }
    constexpr std::uint64_t kFull = std::numeric_limits<std::uint32_t>::max();
    for (std::size_t bucket = 0; bucket < kWaitBuckets; ++bucket) {
        const std::uint64_t sum = std::uint64_t{into.lengths[bucket]} + other.lengths[bucket];
        into.lengths[bucket] = static_cast<std::uint32_t>(std::min(sum, kFull));
    }
}

void add_wait(WaitLengths& into, std::uint64_t length_ns, std::uint64_t at_ns) {
    WaitLengths one;
    one.count = 1;
    one.total_ns = one.max_ns = length_ns;
    one.max_at_ns = at_ns;
    one.lengths[wait_bucket(length_ns)] = 1;
    merge_waits(into, one);
}

}  // namespace tsa
