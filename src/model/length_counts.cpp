// SPDX-License-Identifier: MIT
// See length_counts.h.
#include "model/length_counts.h"

#include <algorithm>
#include <limits>

namespace tsa {

namespace {

std::uint32_t sum_of(std::uint32_t left, std::uint32_t right) {
    return static_cast<std::uint32_t>(
        std::min<std::uint64_t>(std::uint64_t{left} + right, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace

LengthCounts lengths_since(std::span<const std::uint32_t> now, std::span<const std::uint32_t> before) {
    LengthCounts out;
    const std::size_t buckets = std::min({now.size(), before.size(), kWaitBuckets});
    for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
        if (now[bucket] > before[bucket]) {
            out.push_back({static_cast<std::uint8_t>(bucket), now[bucket] - before[bucket]});
        }
    }
    return out;
}

void merge_lengths(LengthCounts& into, std::span<const LengthCount> other) {
    for (const LengthCount& length : other) {
        const auto place = std::ranges::lower_bound(into, length.bucket, {}, &LengthCount::bucket);
        if (place != into.end() && place->bucket == length.bucket) {
            place->count = sum_of(place->count, length.count);
        } else {
            into.insert(place, length);
        }
    }
}

void add_lengths(WaitHistogram& into, std::span<const LengthCount> lengths) {
    for (const LengthCount& length : lengths) {
        if (length.bucket < kWaitBuckets) {
            into[length.bucket] = sum_of(into[length.bucket], length.count);
        }
    }
}

}  // namespace tsa
