// SPDX-License-Identifier: MIT
// See throttle.h.
#include "system/throttle.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/saturating.h"
#include "base/scan.h"
#include "system/tree.h"

namespace tsa {
namespace {

// The first number of a list such as "0,64" or "0-1".
std::optional<std::uint32_t> first_cpu(std::string_view list) {
    return number<std::uint32_t>(list.substr(0, list.find_first_of(",-")));
}

// The counter of a core or package is read from the lowest-numbered CPU in it.
bool stands_for_its_core(const std::string& path, std::uint32_t cpu) {
    for (const char* name : {"/topology/core_cpus_list", "/topology/thread_siblings_list"}) {
        if (const std::optional<std::string> siblings = read_value(path + name)) {
            return first_cpu(*siblings).value_or(cpu) == cpu;
        }
    }
    return true;
}

}  // namespace

void ThrottleCountSource::discover() {
    constexpr std::string_view kCpu = "cpu";
    counters_.clear();
    std::vector<std::string> cores;
    std::vector<std::string> packages;
    std::vector<std::string> package_ids;
    const std::string directory = root_ + "/sys/devices/system/cpu/";
    for (const std::string& name : list_numbered(directory, kCpu)) {
        const std::string path = directory + name;
        const std::optional<std::uint32_t> cpu = number<std::uint32_t>(std::string_view(name).substr(kCpu.size()));
        if (!cpu || !path_exists(path + "/thermal_throttle")) {
            continue;
        }
        if (stands_for_its_core(path, *cpu)) {
            cores.push_back(path + "/thermal_throttle/core_throttle_count");
        }
        const std::string id = read_value(path + "/topology/physical_package_id").value_or("0");
        if (std::ranges::find(package_ids, id) == package_ids.end()) {
            package_ids.push_back(id);
            packages.push_back(path + "/thermal_throttle/package_throttle_count");
        }
    }
    const auto add = [this](const std::vector<std::string>& paths, std::size_t kind) {
        for (const std::string& path : paths) {
            SlowFile file(path);
            if (file.is_open()) {
                counters_.push_back({std::move(file), kind, std::nullopt});
            }
        }
    };
    add(evenly_chosen(std::move(packages), kMaxPackages), 1);
    add(evenly_chosen(std::move(cores), kMaxCores), 0);
}

void ThrottleCountSource::step(std::size_t number, std::uint64_t now_ns, TextBuffer& buffer) {
    Counter& counter = counters_[number];
    const std::optional<std::uint64_t> now = counter.file.read_number(now_ns, buffer);
    if (now) {
        std::optional<std::uint64_t>& sum = sums_[counter.kind];
        sum = sum.value_or(0) + (counter.last ? saturating_sub(*now, *counter.last) : 0);
    }
    counter.last = now;
}

void ThrottleCountSource::publish(SystemSample& out) const {
    if (!counters_.empty()) {
        out.core_throttles = sums_[0];
        out.package_throttles = sums_[1];
    }
}

void ThrottleReasonSource::discover() {
    units_.clear();
    const std::string directory = root_ + "/sys/class/drm/";
    const auto add = [this](const std::string& device, const std::string& status, const std::string& prefix) {
        if (!path_exists(status) || units_.size() == kMaxUnits) {
            return;
        }
        Unit unit{SlowFile(device + "/power/runtime_status"), SlowFile(status), {}};
        constexpr std::array<std::string_view, kThrottleReasons> kFiles{"pl1",     "pl2",  "pl4",           "thermal",
                                                                        "prochot", "ratl", "vr_thermalert", "vr_tdc"};
        for (const std::string_view file : kFiles) {
            unit.reasons.emplace_back(prefix + std::string(file));
        }
        units_.push_back(std::move(unit));
    };
    for (const std::string& card : list_numbered(directory, "card")) {
        const std::string device = directory + card + "/device";
        for (const std::string& gt : list_numbered(directory + card + "/gt", "gt")) {
            const std::string path = fmt::format("{}{}/gt/{}/throttle_reason_", directory, card, gt);
            add(device, path + "status", path);
        }
        for (const std::string& tile : list_numbered(device, "tile")) {
            for (const std::string& gt : list_numbered(fmt::format("{}/{}", device, tile), "gt")) {
                const std::string path = fmt::format("{}/{}/{}/freq0/throttle/", device, tile, gt);
                add(device, path + "status", path + "reason_");
            }
        }
    }
}

void ThrottleReasonSource::step(std::size_t number, std::uint64_t now_ns, TextBuffer& buffer) {
    Unit& unit = units_[number / kStepsPerUnit];
    const std::size_t at = number % kStepsPerUnit;
    if (at == 0) {
        const std::optional<std::string_view> text = unit.power.read(now_ns, buffer);
        unit.asleep = text && text->starts_with("suspended");
        return;
    }
    if (at == 1) {
        const std::optional<std::uint64_t> status =
            unit.asleep ? std::nullopt : unit.status.read_number(now_ns, buffer);
        unit.throttled = status.value_or(0) != 0;
        unit.found = 0;
        if (!unit.throttled) {
            unit.bits = status ? std::optional<std::uint8_t>(0) : std::nullopt;
        }
        return;
    }
    if (!unit.throttled) {
        return;
    }
    const std::size_t reason = at - 2;
    if (unit.reasons[reason].read_number(now_ns, buffer).value_or(0) != 0) {
        unit.found = static_cast<std::uint8_t>(unit.found | (1U << reason));
    }
    if (reason + 1 == kThrottleReasons) {
        unit.bits = unit.found;
    }
}

void ThrottleReasonSource::publish(SystemSample& out) const {
    for (const Unit& unit : units_) {
        if (unit.bits) {
            out.throttle_reasons = static_cast<std::uint8_t>(out.throttle_reasons.value_or(0) | *unit.bits);
        }
    }
}

}  // namespace tsa
