// SPDX-License-Identifier: MIT
// Whose CPU time chosen threads waited for: who ran on the CPU that they were queued at. Filled by the loops while
// something shows neighbors. Pure data.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/neighbor_matrix.h"
#include "model/thread.h"

namespace tsa {

/// A thread that ran while the chosen one waited.
struct Neighbor {
    ThreadKey key;  ///< TID 0: of another PID namespace, or all of that name that did not run lately
    std::uint32_t tgid = 0;
    std::array<char, 16> comm{};  ///< raw
    bool kernel = false;
    bool idle = false;            ///< nothing ran: the thread was about to be switched to
    std::string cgroup;           ///< path, raw; empty: unknown
    std::uint64_t total_ns = 0;   ///< since the thread was chosen
    std::uint64_t recent_ns = 0;  ///< of the newest interval

    /// Raw.
    [[nodiscard]] std::string_view comm_view() const;
};

/// The CPU waits of one chosen thread.
struct CpuWaitBy {
    ThreadKey key;
    std::vector<Neighbor> neighbors;               ///< most total time first
    std::uint64_t own_quota_ns = 0;                ///< waits for its own CPU quota: no one else's doing
    std::uint64_t uncharged_ns = 0;                ///< beyond the bound of the table
    [[nodiscard]] std::uint64_t total_ns() const;  ///< of the neighbors
};

/// The CPU waits of the threads of one cgroup in one interval: of a recording, which has no single threads.
struct CgroupWaitBy {
    std::string cgroup;              ///< path, raw
    std::vector<CpuCharge> charges;  ///< most time first
};

class NeighborTable {
  public:
    NeighborTable() = default;
    NeighborTable(const NeighborTable&) = delete;
    NeighborTable& operator=(const NeighborTable&) = delete;
    virtual ~NeighborTable() = default;

    /// Null: the thread is not a chosen one.
    [[nodiscard]] virtual const CpuWaitBy* of(const ThreadKey& thread) const = 0;
    /// By its ID. Null: not known.
    [[nodiscard]] virtual const CgroupWaitBy* of_cgroup(std::uint64_t /*id*/) const { return nullptr; }
    /// Why there are none, with a hint; empty: there are.
    [[nodiscard]] virtual std::string_view unavailable() const = 0;
};

/// What several threads waited for, as if they were one: neighbors may occur more than once. Without a key.
[[nodiscard]] CpuWaitBy sum_of_waits(const NeighborTable& table, std::span<const ThreadKey> threads);

/// Charges by who the neighbor is to the thread, in ns.
struct NeighborSplit {
    std::uint64_t own_process_ns = 0;
    std::uint64_t own_cgroup_ns = 0;  ///< of other processes
    std::uint64_t others_ns = 0;
    std::uint64_t kernel_ns = 0;
    std::uint64_t idle_ns = 0;
};
/// `cgroup`: of the thread; empty: unknown, then neighbors of its cgroup are among the others.
[[nodiscard]] NeighborSplit split_neighbors(const CpuWaitBy& waits, std::uint32_t own_tgid, std::string_view cgroup);

/// The same by process: one row for each, named by its most charged thread; idle and kernel threads stay apart.
[[nodiscard]] std::vector<Neighbor> by_process(const CpuWaitBy& waits);

}  // namespace tsa
