// How far chance may have moved a mean: by batch means. Used by SummaryBuilder and the comparison. Pure.
#pragma once

#include <cstdint>
#include <span>

namespace tsa {

/// Square of the standard error of (sum of `sums` / sum of `lengths`), the blocks' values taken as independent. Because
/// neighboring intervals are alike, neighboring blocks may be too: it is estimated by these blocks, by pairs of them
/// and by fours, and the largest is taken. Fewer than 2 blocks: 0. A `sums` that is shorter than `lengths`: the rest is
/// 0.
[[nodiscard]] double variance_of_mean(std::span<const std::uint64_t> sums, std::span<const std::uint64_t> lengths);

/// How many standard errors of a difference chance may make in one of 400 cases, when the error itself was estimated
/// from so many blocks: 3 after many blocks, more after few; infinite below 2.
[[nodiscard]] double noise_factor(std::uint32_t blocks);

}  // namespace tsa
