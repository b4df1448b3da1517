// SPDX-License-Identifier: MIT
// See power.h.
#include "system/power.h"

#include <algorithm>
#include <cmath>

#include "base/scan.h"
#include "system/tree.h"

namespace tsa {
namespace {

// A larger value means that the counter was reset.
constexpr double kMostWatts = 10'000;

}  // namespace

// Only whole packages: their subzones ("intel-rapl:0:0") are parts, and "intel-rapl-mmio" is a duplicate.
void RaplSource::discover() {
    zones_.clear();
    const std::string directory = root_ + "/sys/class/powercap/";
    for (const std::string& name : list_numbered(directory, "intel-rapl:")) {
        const std::string zone = read_value(directory + name + "/name").value_or("");
        SlowFile energy(directory + name + "/energy_uj");
        if ((zone.starts_with("package") || zone == "psys") && energy.is_open() && zones_.size() < kMaxZones) {
            const std::uint64_t wraps_at = read_number(directory + name + "/max_energy_range_uj").value_or(0);
            zones_.push_back({std::move(energy), wraps_at, zone != "psys", {}, std::nullopt});
        }
    }
}

void RaplSource::step(std::size_t number, std::uint64_t now_ns, TextBuffer& buffer) {
    Zone& zone = zones_[number];
    const std::optional<std::uint64_t> energy_uj = zone.energy_uj.read_number(now_ns, buffer);
    if (!energy_uj) {
        zone.rate.forget();
        zone.power_w.reset();
        return;
    }
    constexpr double kWattsPerUjPerNs = 1e3;
    const std::optional<double> rate = zone.rate.update(*energy_uj, now_ns, zone.wraps_at_uj);
    zone.power_w =
        rate && *rate * kWattsPerUjPerNs < kMostWatts ? std::optional(*rate * kWattsPerUjPerNs) : std::nullopt;
}

void RaplSource::publish(SystemSample& out) const {
    bool package_missing = false;
    for (const Zone& zone : zones_) {
        std::optional<double>& target = zone.package ? out.package_power_w : out.platform_power_w;
        if (zone.power_w) {
            target = target.value_or(0) + *zone.power_w;
        } else {
            package_missing |= zone.package;
        }
    }
    if (package_missing) {
        out.package_power_w.reset();  // a partial sum would be wrong
    }
}

void RaplSource::resumed() {
    for (Zone& zone : zones_) {
        zone.rate.forget();
    }
}

std::optional<BatteryStatus> parse_battery_status(std::string_view word) {
    return word == "Charging"       ? std::optional(BatteryStatus::charging)
           : word == "Discharging"  ? std::optional(BatteryStatus::discharging)
           : word == "Full"         ? std::optional(BatteryStatus::full)
           : word == "Not charging" ? std::optional(BatteryStatus::not_charging)
                                    : std::nullopt;
}

BatteryReading parse_battery_uevent(std::string_view text) {
    constexpr std::string_view kPrefix = "POWER_SUPPLY_";
    constexpr double kMicro = 1e-6;
    BatteryReading reading;
    std::optional<std::int64_t> power_uw;
    std::optional<std::int64_t> current_ua;
    std::optional<std::int64_t> voltage_uv;
    while (std::optional<std::string_view> line = next_line(text)) {
        const std::size_t equals = line->find('=');
        if (!line->starts_with(kPrefix) || equals == std::string_view::npos) {
            continue;
        }
        const std::string_view key = line->substr(kPrefix.size(), equals - kPrefix.size());
        const std::string_view value = line->substr(equals + 1);
        if (key == "STATUS") {
            reading.battery.status = parse_battery_status(value);
        } else if (key == "CAPACITY") {
            const std::optional<std::uint64_t> percent = number<std::uint64_t>(value);
            reading.battery.charge_pct =
                percent && *percent <= 100 ? std::optional(static_cast<double>(*percent)) : std::nullopt;
        } else if (key == "POWER_NOW") {
            power_uw = number<std::int64_t>(value);
        } else if (key == "CURRENT_NOW") {
            current_ua = number<std::int64_t>(value);
        } else if (key == "VOLTAGE_NOW") {
            voltage_uv = number<std::int64_t>(value);
        } else if (key == "ENERGY_NOW" || key == "CHARGE_NOW") {
            reading.now_amount = number<std::uint64_t>(value);
        } else if (key == "ENERGY_FULL" || key == "CHARGE_FULL") {
            reading.full_amount = number<std::uint64_t>(value);
        }
    }
    std::optional<double> power_w;
    if (power_uw) {
        power_w = static_cast<double>(*power_uw) * kMicro;
    } else if (current_ua && voltage_uv) {
        power_w = static_cast<double>(*current_ua) * kMicro * (static_cast<double>(*voltage_uv) * kMicro);
    }
    // Some drivers report discharging as negative, and some report the maximum value for unknown.
    if (power_w && std::abs(*power_w) < kMostWatts) {
        reading.battery.power_w = std::abs(*power_w);
    }
    return reading;
}

void BatterySource::discover() {
    batteries_.clear();
    const std::string directory = root_ + "/sys/class/power_supply/";
    for (const std::string& name : list_names(directory)) {
        const std::string path = directory + name + "/";
        const bool of_the_machine =
            read_value(path + "type") == "Battery" && read_value(path + "scope").value_or("System") != "Device";
        if (of_the_machine && batteries_.size() < kMaxBatteries) {
            batteries_.push_back({SlowFile(path + "uevent"), std::nullopt});
        }
    }
}

void BatterySource::step(std::size_t number, std::uint64_t now_ns, TextBuffer& buffer) {
    Supply& supply = batteries_[number];
    const std::optional<std::string_view> text = supply.uevent.read(now_ns, buffer);
    supply.reading = text ? std::optional(parse_battery_uevent(*text)) : std::nullopt;
}

void BatterySource::publish(SystemSample& out) const {
    Battery sum;
    bool any = false;
    double percent_sum = 0;
    double now_amount = 0;
    double full_amount = 0;
    std::size_t with_percent = 0;
    std::size_t with_amount = 0;
    for (const Supply& supply : batteries_) {
        if (!supply.reading) {
            continue;
        }
        const BatteryReading& reading = *supply.reading;
        any = true;
        if (reading.battery.power_w) {
            sum.power_w = sum.power_w.value_or(0) + *reading.battery.power_w;
        }
        if (reading.battery.charge_pct) {
            percent_sum += *reading.battery.charge_pct;
            ++with_percent;
        }
        if (reading.now_amount && reading.full_amount && *reading.full_amount > 0) {
            now_amount += static_cast<double>(*reading.now_amount);
            full_amount += static_cast<double>(*reading.full_amount);
            ++with_amount;
        }
        // One active battery represents all: the others wait for their turn.
        const std::optional<BatteryStatus> status = reading.battery.status;
        if (status && (!sum.status || status == BatteryStatus::discharging || status == BatteryStatus::charging)) {
            sum.status = status;
        }
    }
    if (!any) {
        return;
    }
    if (with_percent == 1) {
        sum.charge_pct = percent_sum;
    } else if (with_percent > 1) {
        // A small and a large battery: their combined charge counts, if known for each.
        sum.charge_pct = with_amount == with_percent ? std::min(100.0, 100.0 * now_amount / full_amount)
                                                     : percent_sum / static_cast<double>(with_percent);
    }
    out.battery = sum;
}

void PowerProfileSource::discover() {
    file_.emplace(root_ + "/sys/firmware/acpi/platform_profile");
    profile_.reset();
    if (!file_->is_open()) {
        file_.reset();
    }
}

void PowerProfileSource::step(std::size_t /*number*/, std::uint64_t now_ns, TextBuffer& buffer) {
    std::optional<std::string_view> text = file_->read(now_ns, buffer);
    const std::optional<std::string_view> line = text ? next_line(*text) : std::nullopt;
    profile_ = line && !line->empty() ? std::optional(DeviceName(*line)) : std::nullopt;
}

}  // namespace tsa
