// SPDX-License-Identifier: MIT
// Whose CPU time each cgroup waits for: what the scheduler probes count of it
// if they are started with ProbeOptions::neighbors (bpf/matrix.h).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "sched/probe.h"

namespace tsa {

/// What is charged, or waits: the threads of a cgroup, or something else.
struct CpuUser {
    enum class Kind : std::uint8_t { cgroup, kernel, idle, own_quota, unknown };
    Kind kind = Kind::unknown;
    std::uint64_t cgroup_id = 0;  ///< v2

    bool operator==(const CpuUser&) const = default;
};

struct MatrixCharge {
    CpuUser victim, culprit;
    std::uint64_t ns = 0;
};

struct MatrixReading {
    std::vector<MatrixCharge> charges;  ///< since the last reading; in no order
    std::uint64_t missed_ns = 0;        ///< likewise: beyond the bound of the table
};

class MatrixReader {
  public:
    /// `probe` must outlive it. Error: it was started without
    /// ProbeOptions::neighbors.
    static Result<std::unique_ptr<MatrixReader>> open(Probe& probe);
    MatrixReader(const MatrixReader&) = delete;
    MatrixReader& operator=(const MatrixReader&) = delete;
    ~MatrixReader();

    /// What waits that have ended were charged since the last call. Some system
    /// calls. Reuses the memory of `out`.
    void read(MatrixReading& out);

  private:
    struct Impl;
    explicit MatrixReader(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace tsa
