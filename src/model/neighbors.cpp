// SPDX-License-Identifier: MIT
// See neighbors.h.
#include "model/neighbors.h"

#include <algorithm>
#include <cstring>

namespace tsa {

std::string_view Neighbor::comm_view() const {
    return {comm.data(), ::strnlen(comm.data(), comm.size())};
}

std::uint64_t CpuWaitBy::total_ns() const {
    std::uint64_t sum = 0;
    for (const Neighbor& neighbor : neighbors) {
        sum += neighbor.total_ns;
    }
    return sum;
}

CpuWaitBy sum_of_waits(const NeighborTable& table, std::span<const ThreadKey> threads) {
    CpuWaitBy sum;
    for (const ThreadKey& thread : threads) {
        if (const CpuWaitBy* waits = table.of(thread)) {
            sum.neighbors.insert(sum.neighbors.end(), waits->neighbors.begin(), waits->neighbors.end());
            sum.own_quota_ns += waits->own_quota_ns;
            sum.uncharged_ns += waits->uncharged_ns;
        }
    }
    return sum;
}

NeighborSplit split_neighbors(const CpuWaitBy& waits, std::uint32_t own_tgid, std::string_view cgroup) {
    NeighborSplit split;
    for (const Neighbor& neighbor : waits.neighbors) {
        std::uint64_t& part = neighbor.idle                                  ? split.idle_ns
                              : neighbor.kernel                              ? split.kernel_ns
                              : neighbor.tgid == own_tgid                    ? split.own_process_ns
                              : !cgroup.empty() && neighbor.cgroup == cgroup ? split.own_cgroup_ns
                                                                             : split.others_ns;
        part += neighbor.total_ns;
    }
    return split;
}

std::vector<Neighbor> by_process(const CpuWaitBy& waits) {
    std::vector<Neighbor> processes;
    for (const Neighbor& neighbor : waits.neighbors) {
        const auto same = std::ranges::find_if(processes, [&](const Neighbor& one) {
            return one.tgid == neighbor.tgid && one.tgid != 0 && one.idle == neighbor.idle;
        });
        if (same == processes.end()) {
            processes.push_back(neighbor);
        } else {
            same->total_ns += neighbor.total_ns;
            same->recent_ns += neighbor.recent_ns;
        }
    }
    std::ranges::stable_sort(processes, [](const Neighbor& a, const Neighbor& b) { return a.total_ns > b.total_ns; });
    return processes;
}

}  // namespace tsa
