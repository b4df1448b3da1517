// Fills a SystemSample: the machine beside its threads. Opens every source once; a read is then about a dozen `pread`s
// and no allocation, however many threads there are. Called once per sample by whatever makes samples.
// Knows no rates: all numbers are gauges or totals since boot.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "model/sample.h"
#include "system/source_file.h"

namespace tsa {

struct SystemReaderOptions {
    std::string root = "/";  ///< the tree that holds proc/ and sys/
    /// How long an absent source stays unasked. Each read reopens one source at most.
    std::uint64_t reopen_after_ns = 5'000'000'000;
};

class SystemReader {
  public:
    explicit SystemReader(SystemReaderOptions options = {});

    /// Everything this machine tells now; the rest is absent.
    void read(SystemSample& out);

  private:
    enum File : std::size_t {
        stat,
        online,
        loadavg,
        uptime,
        pressure_cpu,
        pressure_io,
        pressure_memory,
        meminfo,
        vmstat,
        diskstats,
    };
    static constexpr std::size_t kFiles = 10;

    void reopen_one_absent();
    void read_memory(SystemSample& out);
    void read_disks(SystemSample& out);

    SystemReaderOptions options_;
    std::uint64_t ns_per_tick_;
    std::uint64_t page_bytes_;
    std::vector<SourceFile> files_;  ///< indexed by File
    std::array<std::uint64_t, kFiles> tried_at_ns_{};
    std::size_t next_to_try_ = 0;
    std::uint32_t cpus_;  ///< the last known number
    TextBuffer buffer_;
    std::vector<std::string> disks_;
    std::uint64_t disks_signature_ = 0;
};

}  // namespace tsa
