// Bytes read from and written to the disks of the machine, from /proc/diskstats. That file lists a byte up to three
// times (partition, disk, and what is stacked on it), so which devices count is decided from /sys/block:
// every whole device that is not in memory (ram, zram), not a file (loop), not stacked on other devices (dm, md,
// bcache, a ZFS volume, anything with slaves) and not a hidden path of a multipath disk.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tsa {

/// Whether a device of /sys/block counts. `stacked`: it has slaves; `hidden`: its attribute "hidden" is 1.
[[nodiscard]] bool counts_as_disk(std::string_view name, bool stacked, bool hidden);

/// The names that count under `root`/sys/block, sorted. Empty when it cannot be listed.
[[nodiscard]] std::vector<std::string> list_disks(const std::string& root);

/// A number that changes when a device comes, goes or changes its name: time to list the disks again.
[[nodiscard]] std::uint64_t device_signature(std::string_view proc_diskstats);

/// Cumulative since boot, or since the disk was plugged in.
struct DiskTraffic {
    std::uint64_t read_bytes = 0;
    std::uint64_t write_bytes = 0;
};

/// Sum over the devices named in `disks` (sorted). Absent when none of them is there or one of them is not readable.
[[nodiscard]] std::optional<DiskTraffic> parse_diskstats(std::string_view proc_diskstats,
                                                         std::span<const std::string> disks);

}  // namespace tsa
