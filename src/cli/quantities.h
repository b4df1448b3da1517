// SPDX-License-Identifier: MIT
// Durations and sizes as typed on a command line: "90", "1.5h", "500M". Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "base/time_units.h"

namespace tsa {

/// Seconds, or another unit with s, m, h or d after the number; fractions are allowed. Error: anything else, or outside
/// [least_ns, most_ns]; `what` names it.
[[nodiscard]] Result<std::uint64_t> parse_duration(std::string_view text, std::string_view what, std::uint64_t least_ns,
                                                   std::uint64_t most_ns);

/// What a limit applies to.
struct Limit {
    std::optional<std::uint64_t> bytes, ns;
};

inline constexpr std::uint64_t kMinLimitBytes = 64U << 10U;
inline constexpr std::uint64_t kMaxLimitBytes = std::uint64_t{1} << 60U;
inline constexpr std::uint64_t kMinLimitNs = kNsPerSecond;
inline constexpr std::uint64_t kMaxDurationNs = 10 * 366 * 86'400 * kNsPerSecond;  ///< ten years

/// Bytes with K, M, G or T (powers of 1024), or a time with s, m, h or d. The unit is required: a bare number could be
/// either. Error: anything else, or beyond the bounds above.
[[nodiscard]] Result<Limit> parse_limit(std::string_view text);

}  // namespace tsa
