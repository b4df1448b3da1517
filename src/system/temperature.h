// SPDX-License-Identifier: MIT
// The CPU temperature from hwmon (/sys/class/hwmon) or, without a known driver there, from the thermal zones. Sensors
// are identified by the names and labels from their drivers, never by numbers, which change from boot to boot.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "system/slow_source.h"

namespace tsa {

/// What a sensor measures. Only the sensors of the highest rank are read: `package` and `core` together, otherwise
/// `board`, otherwise `enclosure`.
enum class SensorKind : std::uint8_t { package, core, board, enclosure, other };

/// `driver`: the hwmon device's name; `label`: of this sensor, may be empty.
[[nodiscard]] SensorKind hwmon_sensor_kind(std::string_view driver, std::string_view label);
/// `type` of a thermal zone.
[[nodiscard]] SensorKind thermal_zone_kind(std::string_view type);

/// Converts thousandths of a degree Celsius to degrees; absent for implausible values: an unconnected sensor.
[[nodiscard]] std::optional<double> parse_temperature_c(std::string_view text);

class TemperatureSource : public SlowSource {
  public:
    /// Maximum number of cores; with more, an evenly spread selection is read. Reading a sensor wakes its core.
    static constexpr std::size_t kMaxCoreSensors = 16;
    static constexpr std::size_t kMaxPackageSensors = 8;

    explicit TemperatureSource(std::string root) : root_(std::move(root)) {}

    void discover() override;
    [[nodiscard]] std::size_t steps() const override { return sensors_.size(); }
    void step(std::size_t number, std::uint64_t now_ns, TextBuffer& buffer) override;
    void publish(SystemSample& out) const override;

  private:
    struct Found {
        std::string path;
        SensorKind kind = SensorKind::other;
    };
    struct Sensor {
        SlowFile file;
        bool package = false;
        std::optional<double> value_c;
    };
    [[nodiscard]] std::vector<Found> find_hwmon() const;
    [[nodiscard]] std::vector<Found> find_zones() const;

    std::string root_;
    std::vector<Sensor> sensors_;
};

}  // namespace tsa
