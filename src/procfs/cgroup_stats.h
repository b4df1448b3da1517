// SPDX-License-Identifier: MIT
// Limits of cgroups and what they did, for the groups that are shown: cpu.max, cpu.stat, memory.max, memory.current,
// memory.events and the pressure files of cgroup v2, or their counterparts of version 1. Read on a separate thread,
// since the kernel sums a cgroup's counters up when they are read.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/side_jobs.h"
#include "model/process_table.h"

namespace tsa {

/// Where hierarchies are mounted, with what part of them; empty: not mounted.
struct CgroupMounts {
    struct Mounted {
        std::string point, root;
    };
    Mounted unified, cpu, memory;
};
[[nodiscard]] CgroupMounts find_cgroup_mounts(std::string_view mountinfo, const std::string& root = "/");

/// Counters as they are in the files: of the throttled time and of kills, since the cgroup exists.
struct CgroupReading {
    CgroupStats stats;  ///< without the two below
    std::optional<std::uint64_t> throttled_total_ns, oom_kills_total;
};
/// About seven small files.
[[nodiscard]] CgroupReading read_cgroup(const CgroupMounts& mounts, std::string_view path);

class CgroupStatsFeed {
  public:
    /// Groups beyond are not looked at.
    static constexpr std::size_t kMaxCgroups = 64;
    static constexpr std::chrono::milliseconds kPatience{10};

    void start();
    /// Limits of the cgroups with these paths, into ProcessTable::limits; of those that are late, as they were last
    /// time.
    void update(std::span<const std::string> paths, ProcessTable& table);

  private:
    struct Batch;
    struct Known {
        CgroupReading reading;
        CgroupStats stats;
        std::uint64_t round = 0;
    };
    void take();

    std::shared_ptr<const CgroupMounts> mounts_;
    SideJobs jobs_{"rstat-cgroups"};
    std::shared_ptr<Batch> batch_;
    std::unordered_map<std::string, Known> known_;
    std::uint64_t round_ = 0;
};

}  // namespace tsa
