// SPDX-License-Identifier: MIT
// See played_neighbors.h.
#include "record/played_neighbors.h"

#include <algorithm>
#include <utility>

#include "record/neighbor_lines.h"

namespace tsa {

Result<void> PlayedNeighbors::read(std::uint64_t time_unix_ns) {
    cgroups_.clear();
    TRY(lines_.read(time_unix_ns, [this](const LineReader& reader) {
        auto charge = read_neighbor_line(reader);
        if (!charge) {
            return false;
        }
        if (charge->victim_id != 0) {
            CgroupWaitBy& waits = cgroups_[charge->victim_id];
            waits.cgroup = charge->victim;
            waits.charges.push_back(*std::move(charge));
        }
        return true;
    }));
    for (auto& [id, waits] : cgroups_) {
        std::ranges::stable_sort(waits.charges, [](const CpuCharge& a, const CpuCharge& b) { return a.ns > b.ns; });
    }
    return {};
}

const CgroupWaitBy* PlayedNeighbors::of_cgroup(std::uint64_t id) const {
    const auto found = cgroups_.find(id);
    return found != cgroups_.end() ? &found->second : nullptr;
}

}  // namespace tsa
