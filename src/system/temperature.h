// The CPU's temperature from hwmon (/sys/class/hwmon) or, where no driver there is known, from the thermal zones. Which
// sensor is which is told by the names and labels that drivers give, never by numbers: those change from boot to boot.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "system/slow_source.h"

namespace tsa {

/// What a sensor measures. Only the sensors of the highest rank on a machine are read: of `package` and `core`
/// together, else of `board`, else of `enclosure`.
enum class SensorKind : std::uint8_t { package, core, board, enclosure, other };

/// `driver`: the hwmon device's name; `label`: of this sensor, may be empty.
[[nodiscard]] SensorKind hwmon_sensor_kind(std::string_view driver, std::string_view label);
/// `type` of a thermal zone.
[[nodiscard]] SensorKind thermal_zone_kind(std::string_view type);

/// Thousandths of a degree Celsius as degrees; absent for what no running computer has: a sensor that is not wired.
[[nodiscard]] std::optional<double> parse_temperature_c(std::string_view text);

class TemperatureSource : public SlowSource {
  public:
    /// Of cores; of a machine with more some are read, spread evenly. Reading one wakes its core.
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
