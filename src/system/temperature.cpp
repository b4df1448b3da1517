// SPDX-License-Identifier: MIT
// See temperature.h.
#include "system/temperature.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "base/scan.h"
#include "system/tree.h"

namespace tsa {
namespace {

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

}  // namespace

SensorKind hwmon_sensor_kind(std::string_view driver, std::string_view label) {
    if (driver == "coretemp" || driver == "via_cputemp") {
        return label.starts_with("Core") ? SensorKind::core : SensorKind::package;
    }
    if (driver == "k10temp" || driver == "zenpower" || driver == "k8temp") {
        // Tctl is for fan control: on some models up to 27 degrees above Tdie. find_hwmon drops it if there is a Tdie.
        return label.empty() || label == "Tdie" || label == "Tctl" ? SensorKind::package
               : label.starts_with("Tccd")                         ? SensorKind::core
                                                                   : SensorKind::other;
    }
    if (driver.starts_with("cpu") || driver == "scpi_sensors" || driver == "scmi_sensors") {
        return driver.starts_with("cpu") || label.empty() || contains(label, "cpu") || contains(label, "CPU")
                   ? SensorKind::package
                   : SensorKind::other;
    }
    if (label.starts_with("CPU") || label.starts_with("cpu") || driver.starts_with("soc")) {
        return SensorKind::board;
    }
    return driver == "acpitz" ? SensorKind::enclosure : SensorKind::other;
}

SensorKind thermal_zone_kind(std::string_view type) {
    if (type == "x86_pkg_temp" || type.starts_with("cpu") || type.starts_with("CPU") || contains(type, "-cpu")) {
        return SensorKind::package;
    }
    if (contains(type, "soc") || contains(type, "SoC")) {
        return SensorKind::board;
    }
    return type == "acpitz" ? SensorKind::enclosure : SensorKind::other;
}

std::optional<double> parse_temperature_c(std::string_view text) {
    constexpr std::int64_t kLeast = -60'000;
    constexpr std::int64_t kMost = 200'000;
    const std::optional<std::string_view> line = next_line(text);
    const std::optional<std::int64_t> value = line ? number<std::int64_t>(*line) : std::nullopt;
    return value && *value > kLeast && *value < kMost ? std::optional(static_cast<double>(*value) / 1000)
                                                      : std::nullopt;
}

std::vector<TemperatureSource::Found> TemperatureSource::find_hwmon() const {
    constexpr std::string_view kInput = "_input";
    std::vector<Found> found;
    const std::string directory = root_ + "/sys/class/hwmon/";
    for (const std::string& device : list_numbered(directory, "hwmon")) {
        const std::string path = directory + device + "/";
        const std::string driver = read_value(path + "name").value_or("");
        std::optional<std::string> tctl;
        bool tdie = false;
        for (const std::string& file : list_names(path, "temp")) {
            if (!file.ends_with(kInput)) {
                continue;
            }
            const std::string stem = file.substr(0, file.size() - kInput.size());
            const std::string label = read_value(path + stem + "_label").value_or("");
            if (label == "Tctl") {
                tctl = path + file;
            }
            tdie |= label == "Tdie";
            found.push_back({path + file, hwmon_sensor_kind(driver, label)});
        }
        if (tctl && tdie) {
            std::erase_if(found, [&](const Found& sensor) { return sensor.path == *tctl; });
        }
    }
    return found;
}

std::vector<TemperatureSource::Found> TemperatureSource::find_zones() const {
    std::vector<Found> found;
    const std::string directory = root_ + "/sys/class/thermal/";
    for (const std::string& zone : list_numbered(directory, "thermal_zone")) {
        const std::string path = directory + zone;
        found.push_back({path + "/temp", thermal_zone_kind(read_value(path + "/type").value_or(""))});
    }
    return found;
}

void TemperatureSource::discover() {
    sensors_.clear();
    const std::vector<Found> hwmon = find_hwmon();
    const std::vector<Found> zones = find_zones();
    const auto take = [this](const std::vector<Found>& found, SensorKind kind, std::size_t most) {
        std::vector<Found> wanted;
        std::ranges::copy_if(found, std::back_inserter(wanted), [&](const Found& f) { return f.kind == kind; });
        for (const Found& sensor : evenly_chosen(std::move(wanted), most)) {
            Sensor opened{SlowFile(sensor.path), kind != SensorKind::core, std::nullopt};
            // If it exists but cannot be opened, it is tried again later.
            sensors_.push_back(std::move(opened));
        }
    };
    // CPU drivers also register a thermal zone: one of the two is enough.
    for (const std::vector<Found>* found : {&hwmon, &zones}) {
        if (sensors_.empty()) {
            take(*found, SensorKind::package, kMaxPackageSensors);
            take(*found, SensorKind::core, kMaxCoreSensors);
        }
    }
    for (const SensorKind kind : {SensorKind::board, SensorKind::enclosure}) {
        for (const std::vector<Found>* found : {&hwmon, &zones}) {
            if (sensors_.empty()) {
                take(*found, kind, kMaxPackageSensors);
            }
        }
    }
}

void TemperatureSource::step(std::size_t number, std::uint64_t now_ns, TextBuffer& buffer) {
    Sensor& sensor = sensors_[number];
    const std::optional<std::string_view> text = sensor.file.read(now_ns, buffer);
    sensor.value_c = text ? parse_temperature_c(*text) : std::nullopt;
}

void TemperatureSource::publish(SystemSample& out) const {
    std::optional<double> package_c;
    std::optional<double> hottest_c;
    for (const Sensor& sensor : sensors_) {
        if (!sensor.value_c) {
            continue;
        }
        hottest_c = std::max(hottest_c.value_or(*sensor.value_c), *sensor.value_c);
        if (sensor.package) {
            package_c = std::max(package_c.value_or(*sensor.value_c), *sensor.value_c);
        }
    }
    // Without a package sensor, the hottest core is used.
    out.cpu_temperature_c = package_c ? package_c : hottest_c;
    out.cpu_hottest_c = hottest_c;
}

}  // namespace tsa
