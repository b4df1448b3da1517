// SPDX-License-Identifier: MIT
// What processes use of GPUs: how busy they keep them, and their memory there. Pure data.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tsa {

struct Column;

struct GpuUse {
    std::uint32_t tgid = 0;
    /// Of the engine that it kept busiest in the interval, of any GPU; absent: the driver does not say, or not yet.
    std::optional<double> busy_pct;
    std::optional<std::uint64_t> memory_bytes;

    bool operator==(const GpuUse&) const = default;
};

class GpuTable {
  public:
    std::vector<GpuUse> processes;  ///< that use a GPU, ascending
    std::uint64_t interval_ns = 0;  ///< between the last two readings; 0: there is only one

    /// Null: the process uses none.
    [[nodiscard]] const GpuUse* find(std::uint32_t tgid) const;
};

/// Columns of Report::gpus: of processes; a thread has those of its process.
[[nodiscard]] std::span<const Column> gpu_columns();

}  // namespace tsa
