// SPDX-License-Identifier: MIT
// See disks.h.
#include "system/disks.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <system_error>

#include "base/scan.h"
#include "base/time_units.h"

namespace tsa {
namespace {

// Fixed by the kernel, regardless of the disk's sector size.
constexpr std::uint64_t kSectorBytes = 512;

// "major minor name ...": the rest of the line starts after the name.
std::string_view device_name(std::string_view& line) {
    (void)next_field(line);
    (void)next_field(line);
    return next_field(line);
}

bool is_hidden(const std::filesystem::path& device) {
    std::ifstream file(device / "hidden");
    return file.get() == '1';
}

}  // namespace

bool counts_as_disk(std::string_view name, bool stacked, bool hidden) {
    // drbd and zd (ZFS volumes) are stacked on other devices without listing them in slaves/; dm and md may have none.
    constexpr std::array<std::string_view, 8> kNotDisks{"loop", "ram", "zram", "dm-", "md", "drbd", "zd", "bcache"};
    return !stacked && !hidden && std::ranges::none_of(kNotDisks, [&](std::string_view prefix) {
        // Requires a number next, so that other drivers with the same prefix do not match.
        return name.starts_with(prefix) && name.size() > prefix.size() && name[prefix.size()] >= '0' &&
               name[prefix.size()] <= '9';
    });
}

std::vector<std::string> list_disks(const std::string& root) {
    std::vector<std::string> disks;
    std::error_code error;
    std::filesystem::directory_iterator device(root + "/sys/block", error);
    for (; !error && device != std::filesystem::directory_iterator(); device.increment(error)) {
        const std::string name = device->path().filename().string();
        std::error_code no_slaves;
        const std::filesystem::directory_iterator slaves(device->path() / "slaves", no_slaves);
        const bool stacked = !no_slaves && slaves != std::filesystem::directory_iterator();
        if (counts_as_disk(name, stacked, is_hidden(device->path()))) {
            disks.push_back(name);
        }
    }
    std::ranges::sort(disks);
    return disks;
}

// reads, merged, sectors read, ms, writes, merged, sectors written, ms, in flight, ms busy, ...
std::optional<DiskCounters> parse_disk_stat(std::string_view sys_block_stat) {
    std::string_view fields = sys_block_stat.substr(0, sys_block_stat.find('\n'));
    std::array<std::string_view, 10> column;
    for (std::string_view& field : column) {
        field = next_field(fields);
    }
    const std::optional<std::uint64_t> read_bytes = scaled_number(column[2], kSectorBytes);
    const std::optional<std::uint64_t> write_bytes = scaled_number(column[6], kSectorBytes);
    const std::optional<std::uint64_t> busy_ns = scaled_number(column[9], kNsPerMs);
    if (!read_bytes || !write_bytes || !busy_ns) {
        return std::nullopt;
    }
    return DiskCounters{{}, *read_bytes, *write_bytes, *busy_ns};
}

bool parse_diskstats(std::string_view proc_diskstats, std::span<const std::string> disks,
                     std::vector<DiskCounters>& out) {
    out.clear();
    while (std::optional<std::string_view> line = next_line(proc_diskstats)) {
        const std::string_view name = device_name(*line);
        if (!std::ranges::binary_search(disks, name, std::less<>{})) {
            continue;
        }
        std::optional<DiskCounters> counters = parse_disk_stat(*line);
        if (!counters) {
            out.clear();
            return false;
        }
        counters->name = DeviceName(name);
        if (out.size() < DeviceTotals::kMaxDevices) {
            out.push_back(*counters);
        }
    }
    return !out.empty();
}

DiskReader::DiskReader(std::string root)
    : root_(std::move(root)), directory_(root_ + "/sys/block"), diskstats_(root_ + "/proc/diskstats") {
    discover();
}

void DiskReader::discover() {
    disks_ = list_disks(root_);
    single_.clear();
    if (disks_.size() > kMaxSingleFiles) {
        return;
    }
    for (const std::string& disk : disks_) {
        single_.emplace_back(root_ + "/sys/block/" + disk + "/stat");
    }
    if (!std::ranges::all_of(single_, &SourceFile::is_open)) {
        single_.clear();
    }
}

void DiskReader::look_again(std::uint64_t& calls) {
    const bool lost_one = !std::ranges::all_of(single_, &SourceFile::is_open);
    if (directory_.changed(calls) || lost_one) {
        discover();
    }
    if (!diskstats_.is_open()) {
        ++calls;
        diskstats_.reopen();
    }
}

bool DiskReader::read_counters(TextBuffer& buffer) {
    if (single_.empty()) {
        const auto text = diskstats_.read_whole(buffer);
        return text && parse_diskstats(*text, disks_, counters_);
    }
    counters_.clear();
    for (std::size_t i = 0; i < single_.size(); ++i) {
        const auto text = single_[i].read_head(buffer);
        std::optional<DiskCounters> counters = text ? parse_disk_stat(*text) : std::nullopt;
        if (counters) {
            counters->name = DeviceName(disks_[i]);
            counters_.push_back(*counters);
        } else if (text) {
            return false;
        }
    }
    return !counters_.empty();
}

void DiskReader::read(SystemSample& out, TextBuffer& buffer) {
    if (disks_.empty() || !read_counters(buffer)) {
        return;
    }
    totals_.begin();
    for (const DiskCounters& disk : counters_) {
        totals_.add(disk.name.view(), {disk.read_bytes, disk.write_bytes});
        out.disks.push_back({disk.name, disk.busy_ns});
    }
    (void)totals_.end();
    out.disk_read_bytes = totals_.sums()[0];
    out.disk_write_bytes = totals_.sums()[1];
}

}  // namespace tsa
