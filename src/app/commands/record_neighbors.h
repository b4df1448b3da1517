// SPDX-License-Identifier: MIT
// `record --neighbors`: whose CPU time each cgroup waited for, with the
// cgroups' names.
#pragma once

#include <memory>

#include "app/host/cgroup_names.h"
#include "app/host/collector.h"
#include "base/result.h"
#include "model/neighbor_matrix.h"
#include "sched/matrix.h"

namespace tsa {

class RecordedNeighbors {
  public:
    /// Error: the source is not the probes, or they were started without
    /// neighbors.
    static Result<std::unique_ptr<RecordedNeighbors>> start(Collector& collector);

    /// Since the last call. Valid until the next one.
    const NeighborInterval& read();

  private:
    explicit RecordedNeighbors(std::unique_ptr<MatrixReader> reader);
    std::string name_of(const CpuUser& user);

    std::unique_ptr<MatrixReader> reader_;
    CgroupNames names_;
    MatrixReading reading_;
    NeighborInterval interval_;
};

}  // namespace tsa
