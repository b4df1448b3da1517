// SPDX-License-Identifier: MIT
// Bytes read from and written to the machine's disks, and the busiest disk. The kernel counts a byte up to three times
// (partition, disk, stacked device), so /sys/block determines which devices count: every whole device that is not in
// memory (ram, zram), not a file (loop), not stacked on other devices (dm, md, bcache, a ZFS volume, anything with
// slaves) and not a hidden path of a multipath disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/system_sample.h"
#include "system/device_totals.h"
#include "system/source_file.h"
#include "system/tree.h"

namespace tsa {

/// Whether a device of /sys/block counts. `stacked`: it has slaves; `hidden`: its attribute "hidden" is 1.
[[nodiscard]] bool counts_as_disk(std::string_view name, bool stacked, bool hidden);

/// The names of the counted devices under `root`/sys/block, sorted. Empty if it cannot be listed.
[[nodiscard]] std::vector<std::string> list_disks(const std::string& root);

/// Cumulative since boot, or since the disk was plugged in.
struct DiskCounters {
    DeviceName name;
    std::uint64_t read_bytes = 0, write_bytes = 0;
    std::uint64_t busy_ns = 0;  ///< at least one request was in flight
};

/// Parses /sys/block/NAME/stat. The caller fills in the name.
[[nodiscard]] std::optional<DiskCounters> parse_disk_stat(std::string_view sys_block_stat);

/// The devices of /proc/diskstats whose names are in `disks` (sorted). False, with `out` empty, if none is found or one
/// is malformed.
[[nodiscard]] bool parse_diskstats(std::string_view proc_diskstats, std::span<const std::string> disks,
                                   std::vector<DiskCounters>& out);

/// Reads the disks: one file each if there are few, /proc/diskstats if there are many (the kernel generates it from
/// every CPU's counters of every device and partition at each read).
class DiskReader {
  public:
    static constexpr std::size_t kMaxSingleFiles = 2;

    explicit DiskReader(std::string root);

    /// Checks whether a disk was added or removed; if so, lists them again.
    void look_again(std::uint64_t& calls);
    /// Fills disks, disk_read_bytes and disk_write_bytes.
    void read(SystemSample& out, TextBuffer& buffer);

  private:
    void discover();
    [[nodiscard]] bool read_counters(TextBuffer& buffer);

    std::string root_;
    WatchedDirectory directory_;
    SourceFile diskstats_;
    std::vector<std::string> disks_;
    std::vector<SourceFile> single_;  ///< like disks_; empty: diskstats_ is read
    std::vector<DiskCounters> counters_;
    DeviceTotals totals_;
};

}  // namespace tsa
