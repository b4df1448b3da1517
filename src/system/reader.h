// Fills a SystemSample: the machine beside its threads. What changes with every refresh is read in each (a dozen
// `pread`s of descriptors that stay open), what changes slowly in turn (rotation.h); nothing is allocated, however many
// threads there are. Called once per sample by whatever makes samples. Knows no rates: all numbers are gauges or
// totals.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/system_sample.h"
#include "system/disks.h"
#include "system/memory.h"
#include "system/network.h"
#include "system/rotation.h"
#include "system/source_file.h"

namespace tsa {

struct SystemReaderOptions {
    std::string root = "/";  ///< the tree that holds proc/ and sys/
    /// How long an absent source stays unasked. Each read reopens one source at most.
    std::uint64_t reopen_after_ns = 5'000'000'000;
    /// What changes slowly is read at most once in this time, some of it once in a few times this.
    std::uint64_t slow_period_ns = 1'000'000'000;
    /// How long until each place where slow sources are plugged in is looked at again.
    std::uint64_t look_again_after_ns = 30'000'000'000;
};

class SystemReader {
  public:
    /// System calls in one refresh for all that need not be read in each: looking for what is absent, new or gone, and
    /// the slow sources. One step may be begun with the last of them; a device that comes or goes costs more, once.
    static constexpr std::uint64_t kSlowCallsPerRefresh = 6;

    explicit SystemReader(SystemReaderOptions options = {}) : SystemReader(std::move(options), Instant::now()) {}
    /// `now`: the first instant; of tests that make their own time.
    SystemReader(SystemReaderOptions options, const Instant& now);

    /// Everything this machine tells now; the rest is absent.
    void read(SystemSample& out) { read(out, Instant::now()); }
    void read(SystemSample& out, const Instant& now);

    /// Made so far, the start included. All that a read costs the kernel.
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
    std::uint32_t cpus_;  ///< the last known number
    TextBuffer buffer_;
    DiskReader disks_;
    NetworkReader network_;
    Rotation rotation_;
    std::optional<std::array<double, 3>> load_;
    std::uint64_t load_read_at_ns_ = 0;  ///< 0: never
    SwapTraffic swap_traffic_;           ///< newest; stands still while there is no swap space
    bool had_swap_ = true;
    std::size_t vmstat_bytes_ = kHeadBytes;  ///< enough of /proc/vmstat
};

}  // namespace tsa
