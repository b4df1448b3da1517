// SPDX-License-Identifier: MIT
// How long the waits of the threads recorded with stacks took, over the time of a report: of each state, how many waits
// of which length ended in each column. Pure and bounded: kHeatPageColumns columns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "model/length_counts.h"
#include "model/wait_heat.h"

namespace tsa {

struct SummarySlice;

inline constexpr std::size_t kHeatPageColumns = 150;

struct StateHeat {
    ThreadState state = ThreadState::sleep;
    std::vector<HeatColumn> columns;  ///< those of HeatColumns
};

/// The columns of all maps of a summary: each covers one or more of its slices.
class HeatColumns {
  public:
    explicit HeatColumns(std::span<const SummarySlice> slices) : slices_(slices) {}

    [[nodiscard]] std::size_t count() const;
    /// The one of an interval that ended then. Requires slices.
    [[nodiscard]] std::size_t at(std::uint64_t time_unix_ns) const;
    /// CLOCK_MONOTONIC at the beginning of a column, and at its end.
    [[nodiscard]] std::uint64_t from_ns(std::size_t column) const;
    [[nodiscard]] std::uint64_t to_ns(std::size_t column) const;

  private:
    [[nodiscard]] std::size_t first_slice(std::size_t column) const;

    std::span<const SummarySlice> slices_;
};

/// Adds waits that ended in the interval that ended then.
void add_heat(std::vector<StateHeat>& heat, const HeatColumns& columns, std::uint64_t time_unix_ns, ThreadState state,
              std::span<const LengthCount> lengths);

}  // namespace tsa
