// SPDX-License-Identifier: MIT
// The noise of a mean, estimated by batch means. Used by SummaryBuilder and the comparison. Pure.
#pragma once

#include <cstdint>
#include <span>

namespace tsa {

/// Square of the standard error of (sum of `sums` / sum of `lengths`), the blocks' values taken as independent. Because
/// neighboring intervals are correlated, neighboring blocks may be too: it is estimated from single blocks, pairs and
/// groups of four, and the largest estimate is used. Fewer than 2 blocks: 0. If `sums` is shorter than `lengths`, the
/// rest is 0.
[[nodiscard]] double variance_of_mean(std::span<const std::uint64_t> sums, std::span<const std::uint64_t> lengths);

/// The number of standard errors that a difference exceeds by chance in one of 400 cases, if the error itself was
/// estimated from that many blocks: 3 after many blocks, more after few; infinite below 2.
[[nodiscard]] double noise_factor(std::uint32_t blocks);

}  // namespace tsa
