// SPDX-License-Identifier: MIT
// See wait_heat.h.
#include "summary/wait_heat.h"

#include <algorithm>
#include <limits>

#include "summary/summary.h"

namespace tsa {

std::size_t HeatColumns::count() const {
    return std::min(slices_.size(), kHeatPageColumns);
}

std::size_t HeatColumns::first_slice(std::size_t column) const {
    return (column * slices_.size() + count() - 1) / count();
}

std::size_t HeatColumns::at(std::uint64_t time_unix_ns) const {
    const auto slice = std::ranges::lower_bound(slices_, time_unix_ns, {}, &SummarySlice::to_unix_ns);
    const auto number = static_cast<std::size_t>(slice - slices_.begin());
    return std::min(number, slices_.size() - 1) * count() / slices_.size();
}

std::uint64_t HeatColumns::from_ns(std::size_t column) const {
    return slices_[first_slice(column)].from_ns;
}

std::uint64_t HeatColumns::to_ns(std::size_t column) const {
    return slices_[first_slice(column + 1) - 1].to_ns;
}

void add_heat(std::vector<StateHeat>& heat, const HeatColumns& columns, std::uint64_t time_unix_ns, ThreadState state,
              std::span<const LengthCount> lengths) {
    if (columns.count() == 0 || lengths.empty()) {
        return;
    }
    auto map = std::ranges::find(heat, state, &StateHeat::state);
    if (map == heat.end()) {
        heat.push_back({state, std::vector<HeatColumn>(columns.count())});
        map = heat.end() - 1;
    }
    HeatColumn& column = map->columns[columns.at(time_unix_ns)];
    for (const LengthCount& length : lengths) {
        std::uint32_t& count = column[length.bucket / kWaitSubBuckets];
        count += std::min(length.count, std::numeric_limits<std::uint32_t>::max() - count);
    }
}

}  // namespace tsa
