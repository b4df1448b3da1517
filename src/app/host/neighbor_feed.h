// SPDX-License-Identifier: MIT
// Neighbors for the loops: the probes of neighbors run while there are chosen threads.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/flat_map.h"
#include "model/neighbors.h"
#include "model/report.h"
#include "model/sample.h"
#include "sched/neighbors.h"

namespace tsa {

class NeighborFeed : public NeighborTable {
  public:
    /// `probe` null: no scheduler probes, so no neighbors. Must outlive this.
    explicit NeighborFeed(Probe* probe) : probe_(probe) {}

    /// Whose neighbors are recorded, at most NeighborProbe::kMaxChosen. The first ones start the probes, which takes
    /// some 50 ms in the call; none stops them.
    void choose(std::span<const ThreadKey> threads, const Sample& sample);
    /// While some are chosen: reads the charges, and gives the report this table. Once per interval.
    void update(Report& report);
    /// The same without reading: for a report of the same interval.
    void put_in(Report& report) const;

    [[nodiscard]] const CpuWaitBy* of(const ThreadKey& thread) const override;
    [[nodiscard]] std::string_view unavailable() const override { return unavailable_; }

  private:
    struct KeyHash {
        std::size_t operator()(const ThreadKey& key) const { return flat_hash(flat_hash(key.start_time_ns) ^ key.tid); }
    };
    using ByNeighbor = std::unordered_map<ThreadKey, std::uint64_t, KeyHash>;
    void name_cgroups();
    void fit_into_interval(const Report& report);

    Probe* probe_;
    std::unique_ptr<NeighborProbe> running_;
    bool wanted_ = false;
    std::string unavailable_;
    std::vector<CpuWaitBy> waits_;
    std::unordered_map<ThreadKey, std::string, KeyHash> cgroups_;
    std::unordered_map<ThreadKey, ByNeighbor, KeyHash> carried_;  // see fit_into_interval()
};

}  // namespace tsa
