// SPDX-License-Identifier: MIT
// See gpu.h.
#include "system/gpu.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/scan.h"
#include "base/time_units.h"
#include "system/temperature.h"
#include "system/tree.h"

namespace tsa {
namespace {

constexpr double kHzPerMhz = 1e6;

void keep_largest(std::optional<double>& target, const std::optional<double>& value) {
    if (value) {
        target = std::max(target.value_or(*value), *value);
    }
}

}  // namespace

void GpuSource::discover() {
    gpus_.clear();
    files_.clear();
    for (const std::string& card : list_numbered(root_ + "/sys/class/drm", "card")) {
        if (gpus_.size() < kMaxGpus) {
            discover_card(card);
        }
    }
}

void GpuSource::discover_card(const std::string& card) {
    const std::string path = root_ + "/sys/class/drm/" + card;
    found_driver_ = {};
    files_before_ = files_.size();
    files_.push_back({gpus_.size(), Meaning::power, SlowFile(path + "/device/power/runtime_status"), {}});
    add_i915(path);
    if (found_driver_.empty()) {
        add_xe(path + "/device");
    }
    if (found_driver_.empty()) {
        add_amdgpu(path + "/device");
    }
    if (found_driver_.empty()) {
        files_.erase(files_.begin() + static_cast<std::ptrdiff_t>(files_before_), files_.end());
        return;
    }
    Gpu gpu;
    gpu.name = DeviceName(card);
    gpu.driver = found_driver_;
    gpus_.push_back(gpu);
}

void GpuSource::add(Meaning meaning, const std::string& path) {
    if (path_exists(path) && files_.size() - files_before_ < kMaxFilesPerGpu) {
        files_.push_back({gpus_.size(), meaning, SlowFile(path), {}});
    }
}

// The residency of a GPU that may not sleep never changes, which would look like 100 % busy.
void GpuSource::add_i915(const std::string& card) {
    const auto add_residency = [&](const std::string& path) {
        if (read_number(path + "/rc6_enable").value_or(1) != 0) {
            add(Meaning::residency_ms, path + "/rc6_residency_ms");
        }
    };
    const std::vector<std::string> units = list_numbered(card + "/gt", "gt");
    for (const std::string& gt : units) {
        add_residency(fmt::format("{}/gt/{}", card, gt));
        add(Meaning::mhz, fmt::format("{}/gt/{}/rps_cur_freq_mhz", card, gt));
    }
    if (units.empty()) {  // before Linux 5.18
        add_residency(card + "/power");
        add(Meaning::mhz, card + "/gt_cur_freq_mhz");
    }
    if (files_.size() > files_before_ + 1) {
        found_driver_ = "i915";
    }
}

void GpuSource::add_xe(const std::string& device) {
    for (const std::string& tile : list_numbered(device, "tile")) {
        for (const std::string& gt : list_numbered(fmt::format("{}/{}", device, tile), "gt")) {
            const std::string path = fmt::format("{}/{}/{}", device, tile, gt);
            add(Meaning::residency_ms, path + "/gtidle/idle_residency_ms");
            add(Meaning::mhz, path + "/freq0/cur_freq");
        }
    }
    if (files_.size() > files_before_ + 1) {
        found_driver_ = "xe";
    }
}

void GpuSource::add_amdgpu(const std::string& device) {
    add(Meaning::busy_pct, device + "/gpu_busy_percent");
    add(Meaning::memory_used, device + "/mem_info_vram_used");
    if (files_.size() == files_before_ + 1) {
        return;
    }
    found_driver_ = "amdgpu";
    add(Meaning::memory_total, device + "/mem_info_vram_total");
    for (const std::string& hwmon : list_numbered(device + "/hwmon", "hwmon")) {
        add(Meaning::hz, fmt::format("{}/hwmon/{}/freq1_input", device, hwmon));
        add(Meaning::temperature, fmt::format("{}/hwmon/{}/temp1_input", device, hwmon));
    }
}

void GpuSource::step(std::size_t number, std::uint64_t now_ns, TextBuffer& buffer) {
    File& file = files_[number];
    Gpu& gpu = gpus_[file.gpu];
    if (file.meaning == Meaning::power) {
        const std::optional<std::string_view> text = file.file.read(now_ns, buffer);
        gpu.asleep = text && text->starts_with("suspended");
        return;
    }
    file.value.reset();
    if (gpu.asleep) {
        file.rate.forget();  // its counters stop without counting this as sleep
        return;
    }
    if (file.meaning == Meaning::temperature) {
        const std::optional<std::string_view> text = file.file.read(now_ns, buffer);
        file.value = text ? parse_temperature_c(*text) : std::nullopt;
        return;
    }
    const std::optional<std::uint64_t> number_read = file.file.read_number(now_ns, buffer);
    if (!number_read) {
        file.rate.forget();
        return;
    }
    const auto value = static_cast<double>(*number_read);
    switch (file.meaning) {
        case Meaning::residency_ms:
            if (const std::optional<double> rate = file.rate.update(*number_read, now_ns)) {
                file.value = std::clamp(100.0 * (1.0 - *rate * kNsPerMs), 0.0, 100.0);
            }
            break;
        case Meaning::busy_pct:
            file.value = std::min(value, 100.0);
            break;
        case Meaning::hz:
            file.value = value / kHzPerMhz;
            break;
        default:
            file.value = value;
            break;
    }
}

void GpuSource::publish(SystemSample& out) const {
    const std::size_t first = out.gpus.size();
    out.gpus.insert(out.gpus.end(), gpus_.begin(), gpus_.end());
    for (const File& file : files_) {
        Gpu& gpu = out.gpus[first + file.gpu];
        const auto bytes = [&]() { return static_cast<std::uint64_t>(*file.value); };
        if (gpu.asleep) {
            gpu.busy_pct = 0.0;  // powered off: idle
        } else if (!file.value) {
            continue;
        } else if (file.meaning == Meaning::memory_used) {
            gpu.memory_used_bytes = bytes();
        } else if (file.meaning == Meaning::memory_total) {
            gpu.memory_total_bytes = bytes();
        } else if (file.meaning == Meaning::temperature) {
            gpu.temperature_c = file.value;
        } else if (file.meaning == Meaning::mhz || file.meaning == Meaning::hz) {
            keep_largest(gpu.mhz, file.value);
        } else {
            keep_largest(gpu.busy_pct, file.value);
        }
    }
}

void GpuSource::resumed() {
    for (File& file : files_) {
        file.rate.forget();
    }
}

}  // namespace tsa
