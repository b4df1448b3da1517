// SPDX-License-Identifier: MIT
// What processes use of GPUs, for the loops, while something shows it: read on a separate thread, since it looks
// through the descriptors of all processes now and then, and a driver may hang.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/side_jobs.h"
#include "model/gpu_use.h"
#include "model/report.h"
#include "system/drm_clients.h"
#include "system/nvml_processes.h"

namespace tsa {

/// Both kinds of drivers at one time.
struct GpuReading {
    std::uint64_t at_ns = 0;
    std::vector<DrmClient> clients;
    std::vector<NvmlProcess> nvidia;
};

/// What happened between two readings. Pure.
void compare_gpu_readings(const GpuReading& before, const GpuReading& now, GpuTable& out);

class GpuFeed {
  public:
    /// Runs on another thread.
    using Read = std::function<GpuReading(std::uint64_t now_ns)>;
    explicit GpuFeed(Read read);
    GpuFeed();

    /// Threads that keep the caller's capabilities for the descriptors of other users' processes.
    void start();
    /// On: gives the report the newest table, and asks for the next one. The first has no percentages.
    void update(bool on, Report& report);

  private:
    struct Answer {
        GpuReading reading;
        std::atomic<bool> is_done{false};
    };
    void take();

    Read read_;
    std::shared_ptr<Answer> answer_;
    GpuReading before_;
    GpuTable table_;
    bool known_ = false;
    SideJobs jobs_;
};

}  // namespace tsa
