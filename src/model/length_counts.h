// SPDX-License-Identifier: MIT
// Waits by length where most lengths do not occur: those that do, each with its number. For growth from interval to
// interval, and for files. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/waits.h"

namespace tsa {

/// Waits of one length.
struct LengthCount {
    std::uint8_t bucket = 0;  ///< wait_bucket() of their length
    std::uint32_t count = 0;

    bool operator==(const LengthCount&) const = default;
};
static_assert(kWaitBuckets <= 256);

/// Ascending, each bucket once.
using LengthCounts = std::vector<LengthCount>;

/// What a histogram has more than an earlier state of it.
[[nodiscard]] LengthCounts lengths_since(std::span<const std::uint32_t> now, std::span<const std::uint32_t> before);
/// Adds the second to the first. A count stays at its maximum.
void merge_lengths(LengthCounts& into, std::span<const LengthCount> other);
/// Adds them to a histogram. A count stays at its maximum.
void add_lengths(WaitHistogram& into, std::span<const LengthCount> lengths);

}  // namespace tsa
