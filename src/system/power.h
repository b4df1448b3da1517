// SPDX-License-Identifier: MIT
// Electrical power: RAPL energy counters (readable only by root), the battery, and the selected power profile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "system/slow_source.h"

namespace tsa {

/// /sys/class/powercap/intel-rapl:N, also for AMD: power of all packages together, and of the board.
class RaplSource : public SlowSource {
  public:
    static constexpr std::size_t kMaxZones = 16;

    explicit RaplSource(std::string root) : root_(std::move(root)) {}

    void discover() override;
    [[nodiscard]] std::size_t steps() const override { return zones_.size(); }
    void step(std::size_t number, std::uint64_t now_ns, TextBuffer& buffer) override;
    void publish(SystemSample& out) const override;
    void resumed() override;

  private:
    struct Zone {
        SlowFile energy_uj;
        std::uint64_t wraps_at_uj = 0;
        bool package = false;  ///< otherwise the board ("psys")
        CounterRate rate;
        std::optional<double> power_w;
    };
    std::string root_;
    std::vector<Zone> zones_;
};

/// One battery, from its uevent file. `power_w` is never negative.
struct BatteryReading {
    Battery battery;
    std::optional<std::uint64_t> now_amount, full_amount;  ///< energy or charge: to combine several batteries
};
/// Parses lines such as "POWER_SUPPLY_STATUS=Discharging". Power is POWER_NOW, or CURRENT_NOW times VOLTAGE_NOW.
[[nodiscard]] BatteryReading parse_battery_uevent(std::string_view text);
[[nodiscard]] std::optional<BatteryStatus> parse_battery_status(std::string_view word);

/// /sys/class/power_supply: batteries of the machine, not of peripherals.
class BatterySource : public SlowSource {
  public:
    static constexpr std::size_t kMaxBatteries = 4;

    explicit BatterySource(std::string root) : root_(std::move(root)) {}

    void discover() override;
    [[nodiscard]] std::size_t steps() const override { return batteries_.size(); }
    void step(std::size_t number, std::uint64_t now_ns, TextBuffer& buffer) override;
    void publish(SystemSample& out) const override;

  private:
    struct Supply {
        SlowFile uevent;
        std::optional<BatteryReading> reading;
    };
    std::string root_;
    std::vector<Supply> batteries_;
};

/// /sys/firmware/acpi/platform_profile.
class PowerProfileSource : public SlowSource {
  public:
    explicit PowerProfileSource(std::string root) : root_(std::move(root)) {}

    void discover() override;
    [[nodiscard]] std::size_t steps() const override { return file_ ? 1 : 0; }
    void step(std::size_t number, std::uint64_t now_ns, TextBuffer& buffer) override;
    void publish(SystemSample& out) const override { out.power_profile = profile_; }

  private:
    std::string root_;
    std::optional<SlowFile> file_;
    std::optional<DeviceName> profile_;
};

}  // namespace tsa
