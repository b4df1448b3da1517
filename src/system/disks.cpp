// See disks.h.
#include "system/disks.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "base/scan.h"

namespace tsa {
namespace {

// Fixed by the kernel, whatever the sector size of the disk.
constexpr std::uint64_t kSectorBytes = 512;

// "major minor name ...": what is left of the line starts behind the name.
std::string_view device_name(std::string_view& line) {
    (void)next_field(line);
    (void)next_field(line);
    return next_field(line);
}

// Behind the name: reads, merged, sectors read, ms, writes, merged, sectors written, ...
std::optional<DiskTraffic> parse_counters(std::string_view fields) {
    std::array<std::string_view, 7> column;
    for (std::string_view& field : column) {
        field = next_field(fields);
    }
    const std::optional<std::uint64_t> read_bytes = scaled_number(column[2], kSectorBytes);
    const std::optional<std::uint64_t> write_bytes = scaled_number(column[6], kSectorBytes);
    if (!read_bytes || !write_bytes) {
        return std::nullopt;
    }
    return DiskTraffic{*read_bytes, *write_bytes};
}

bool is_hidden(const std::filesystem::path& device) {
    std::ifstream file(device / "hidden");
    return file.get() == '1';
}

}  // namespace

bool counts_as_disk(std::string_view name, bool stacked, bool hidden) {
    // drbd and zd (ZFS volumes) sit on other devices without saying so in slaves/; dm and md may be without any.
    constexpr std::array<std::string_view, 8> kNotDisks{"loop", "ram", "zram", "dm-", "md", "drbd", "zd", "bcache"};
    return !stacked && !hidden && std::ranges::none_of(kNotDisks, [&](std::string_view prefix) {
        // A number follows, so that a driver whose name only begins alike is not meant.
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

std::uint64_t device_signature(std::string_view proc_diskstats) {
    std::uint64_t hash = 14695981039346656037U;  // FNV-1a
    const auto add = [&hash](unsigned char byte) { hash = (hash ^ byte) * 1099511628211U; };
    while (std::optional<std::string_view> line = next_line(proc_diskstats)) {
        for (const char c : device_name(*line)) {
            add(static_cast<unsigned char>(c));
        }
        add('\n');
    }
    return hash;
}

std::optional<DiskTraffic> parse_diskstats(std::string_view proc_diskstats, std::span<const std::string> disks) {
    DiskTraffic sum;
    bool any = false;
    while (std::optional<std::string_view> line = next_line(proc_diskstats)) {
        if (!std::ranges::binary_search(disks, device_name(*line), std::less<>{})) {
            continue;
        }
        const std::optional<DiskTraffic> traffic = parse_counters(*line);
        if (!traffic) {
            return std::nullopt;
        }
        sum.read_bytes += traffic->read_bytes;
        sum.write_bytes += traffic->write_bytes;
        any = true;
    }
    return any ? std::optional(sum) : std::nullopt;
}

}  // namespace tsa
