// SPDX-License-Identifier: MIT
// Fills a SystemSample: the machine apart from its threads. Fast-changing values are read at each refresh (a dozen
// `pread`s of open descriptors), slow ones in turn (rotation.h); nothing is allocated, regardless of the number of
// threads. Called once per sample. Has no rates: all numbers are gauges or totals.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/time_units.h"
#include "model/system_sample.h"
#include "system/disks.h"
#include "system/memory.h"
#include "system/network.h"
#include "system/rotation.h"
#include "system/source_file.h"

namespace tsa {

struct SystemReaderOptions {
    std::string root = "/";  ///< the directory that contains proc/ and sys/
    /// Retry interval for an absent source. Each read reopens at most one source.
    std::uint64_t reopen_after_ns = 5'000'000'000;
    /// Slow sources are read at most once in this period, some once in a multiple of it.
    std::uint64_t slow_period_ns = kNsPerSecond;
    /// How often each directory in which slow sources appear is checked.
    std::uint64_t look_again_after_ns = 30'000'000'000;
};

class SystemReader {
  public:
    /// Budget of system calls per refresh for everything that is not read each time: checking for absent, new or
    /// removed devices, and the slow sources. A step may start with the last call; adding or removing a device costs
    /// more, once.
    static constexpr std::uint64_t kSlowCallsPerRefresh = 6;

    explicit SystemReader(SystemReaderOptions options = {}) : SystemReader(std::move(options), Instant::now()) {}
    /// `now`: the first instant; tests pass their own.
    SystemReader(SystemReaderOptions options, const Instant& now);

    /// All values that this machine provides now; the rest is absent.
    void read(SystemSample& out) { read(out, Instant::now()); }
    void read(SystemSample& out, const Instant& now);

    /// The files of /proc that are read each time.
    [[nodiscard]] static std::span<const char* const> proc_files();

    /// System calls made so far, including the start.
    [[nodiscard]] std::uint64_t system_calls() const { return buffer_.calls; }

  private:
    enum File : std::size_t {
        stat,
        loadavg,
        pressure_cpu,
        pressure_io,
        pressure_memory,
        pressure_irq,
        meminfo,
        vmstat,
    };
    static constexpr std::size_t kFiles = 8;

    void add_slow_sources();
    void read_cpus(SystemSample& out);
    void read_load(SystemSample& out, std::uint64_t now_ns);
    void read_pressure(SystemSample& out);
    void read_memory(SystemSample& out);
    void read_swap_traffic();
    [[nodiscard]] bool reopen_one_absent(std::uint64_t now_ns);
    [[nodiscard]] bool look_for_devices(std::uint64_t now_ns);
    void do_one_chore(std::uint64_t now_ns);

    SystemReaderOptions options_;
    std::uint64_t ns_per_tick_;
    std::uint64_t page_bytes_;
    std::vector<SourceFile> files_;  ///< indexed by File
    std::array<std::uint64_t, kFiles> tried_at_ns_{};
    std::size_t next_to_try_ = 0;
    std::uint64_t looked_at_ns_ = 0;
    bool look_at_disks_ = false;
    std::size_t next_chore_ = 0;
    std::uint32_t cpus_;  ///< last known number
    TextBuffer buffer_;
    DiskReader disks_;
    NetworkReader network_;
    Rotation rotation_;
    std::optional<std::array<double, 3>> load_;
    std::uint64_t load_read_at_ns_ = 0;  ///< 0: never
    SwapTraffic swap_traffic_;           ///< newest; unchanged while there is no swap space
    bool had_swap_ = true;
    std::size_t vmstat_bytes_ = kHeadBytes;  ///< how much of /proc/vmstat to read
};

}  // namespace tsa
