// SPDX-License-Identifier: MIT
// How long processes were on a CPU since they were created, with all of their threads, ended ones too. Filled by
// src/procfs/process_times.h.
#pragma once

#include <cstdint>
#include <optional>

#include "base/flat_map.h"

namespace tsa {

struct ProcessTime {
    ProcessTime() = default;
    explicit ProcessTime(std::uint32_t process) : tgid(process) {}

    std::uint32_t mark = 0;
    std::uint32_t tgid = 0;
    std::uint64_t cpu_time_ns = 0;

    [[nodiscard]] const std::uint32_t& key() const { return tgid; }
    [[nodiscard]] static std::uint64_t hash(std::uint32_t key) { return flat_hash(key); }
};

class ProcessTimes {
  public:
    void clear() { times_.clear(); }
    void set(std::uint32_t tgid, std::uint64_t cpu_time_ns) { times_.insert(tgid).entry.cpu_time_ns = cpu_time_ns; }
    [[nodiscard]] std::optional<std::uint64_t> find(std::uint32_t tgid) const {
        std::optional<std::uint64_t> found;
        times_.for_each(tgid, [&](const ProcessTime& entry) { found = entry.cpu_time_ns; });
        return found;
    }

  private:
    FlatMap<ProcessTime> times_;
};

}  // namespace tsa
