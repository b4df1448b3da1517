// SPDX-License-Identifier: MIT
// How long the waits of the displayed thread took, over time: of each kind, how many waits of which length ended in
// each slice of the last minutes. Made from the growth of its table of waits from refresh to refresh. Pure. Bounded:
// kMaxHeatKinds kinds, 16 kB each; what came later than those is only in the table.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "model/waits.h"

namespace tsa {

inline constexpr std::uint64_t kHeatSliceNs = 1'000'000'000;
inline constexpr std::size_t kHeatSlices = 240;
/// Powers of two, the first for all that is shorter than 2 us.
inline constexpr std::size_t kHeatLengths = kWaitBuckets / kWaitSubBuckets;
inline constexpr std::size_t kMaxHeatKinds = 24;

/// Waits by length. A count stays at its maximum.
using HeatColumn = std::array<std::uint32_t, kHeatLengths>;

/// The waits of one kind that ended in the last minutes.
class HeatMap {
  public:
    explicit HeatMap(const WaitKind& kind) : kind_(kind), slices_(kHeatSlices) {}

    [[nodiscard]] const WaitKind& kind() const { return kind_; }
    /// Adds waits that ended until `now_ns`, by bucket.
    void add(const WaitHistogram& ended, std::uint64_t now_ns);
    /// Those of the slices that start within [from_ns, to_ns), added to `into`.
    void add_between(std::uint64_t from_ns, std::uint64_t to_ns, HeatColumn& into) const;

  private:
    struct Slice {
        std::uint64_t number = 0;  ///< start / kHeatSliceNs; 0: never used
        std::array<std::uint16_t, kHeatLengths> counts{};
    };
    WaitKind kind_;
    std::vector<Slice> slices_;
};

class WaitHeat {
  public:
    /// Once per refresh, with the whole table. The first one only marks where counting begins.
    void add(const WaitTable& waits, std::uint64_t now_ns);
    [[nodiscard]] std::span<const HeatMap> maps() const { return maps_; }
    /// CLOCK_MONOTONIC from which on it is whole; absent: nothing was added.
    [[nodiscard]] const std::optional<std::uint64_t>& since_ns() const { return since_ns_; }

  private:
    std::vector<HeatMap> maps_;
    std::vector<WaitHistogram> seen_;  // of the same map
    std::optional<std::uint64_t> since_ns_;
};

/// Minimum length of a row, 0 for the first.
[[nodiscard]] std::uint64_t heat_row_begin_ns(std::size_t row);

}  // namespace tsa
