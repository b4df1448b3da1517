// SPDX-License-Identifier: MIT
// See compressed.h.
#include "system/compressed.h"

#include <algorithm>

#include "base/scan.h"
#include "system/tree.h"

namespace tsa {

// "orig_data_size compr_data_size mem_used_total ...", in bytes.
std::optional<ZramUse> parse_zram(std::string_view mm_stat) {
    std::optional<std::string_view> line = next_line(mm_stat);
    if (!line) {
        return std::nullopt;
    }
    const std::optional<std::uint64_t> data = number<std::uint64_t>(next_field(*line));
    (void)next_field(*line);
    const std::optional<std::uint64_t> memory = number<std::uint64_t>(next_field(*line));
    return data && memory ? std::optional(ZramUse{*data, *memory}) : std::nullopt;
}

// "name type data" in each line after the header.
std::optional<ArcSize> parse_arcstats(std::string_view arcstats) {
    std::optional<std::uint64_t> size;
    std::optional<std::uint64_t> least;
    while (std::optional<std::string_view> line = next_line(arcstats)) {
        const std::string_view name = next_field(*line);
        if (name != "size" && name != "c_min") {
            continue;
        }
        (void)next_field(*line);
        (name == "size" ? size : least) = number<std::uint64_t>(next_field(*line));
    }
    return size && least ? std::optional(ArcSize{*size, *least}) : std::nullopt;
}

std::uint64_t reclaimable_bytes(const ArcSize& arc) {
    return arc.bytes - std::min(arc.bytes, arc.least_bytes);
}

void ZramSource::discover() {
    devices_.clear();
    const std::string directory = root_ + "/sys/block/";
    for (const std::string& name : list_numbered(directory, "zram")) {
        SlowFile file(directory + name + "/mm_stat");
        if (file.is_open() && devices_.size() < kMaxDevices) {
            devices_.push_back({std::move(file), std::nullopt});
        }
    }
}

void ZramSource::step(std::size_t number, std::uint64_t now_ns, TextBuffer& buffer) {
    ZramDevice& device = devices_[number];
    const std::optional<std::string_view> text = device.mm_stat.read(now_ns, buffer);
    device.use = text ? parse_zram(*text) : std::nullopt;
}

void ZramSource::publish(SystemSample& out) const {
    for (const ZramDevice& device : devices_) {
        if (device.use) {
            out.zram_data_bytes = out.zram_data_bytes.value_or(0) + device.use->data_bytes;
            out.zram_memory_bytes = out.zram_memory_bytes.value_or(0) + device.use->memory_bytes;
        }
    }
}

void ArcSource::discover() {
    file_ = SourceFile(root_ + "/proc/spl/kstat/zfs/arcstats");
    arc_.reset();
}

// The file exceeds one page by now, but the needed lines have always been in the first two.
void ArcSource::step(std::size_t /*number*/, std::uint64_t /*now_ns*/, TextBuffer& buffer) {
    const std::optional<std::string_view> text = file_.read_whole(buffer);
    arc_ = text ? parse_arcstats(*text) : std::nullopt;
}

void ArcSource::publish(SystemSample& out) const {
    if (!arc_) {
        return;
    }
    out.zfs_arc_bytes = arc_->bytes;
    if (out.memory_available_bytes && out.memory_total_bytes) {
        const std::uint64_t most = *out.memory_total_bytes;
        const std::uint64_t available = std::min(most, *out.memory_available_bytes);
        out.memory_available_bytes = available + std::min(most - available, reclaimable_bytes(*arc_));
    }
}

}  // namespace tsa
