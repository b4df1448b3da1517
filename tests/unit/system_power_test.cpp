// SPDX-License-Identifier: MIT
// RAPL, batteries, the power profile, compressed memory and the ZFS cache.
#include "system/power.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "system/compressed.h"
#include "unit/system_tree.h"

namespace tsa {
namespace {

using ::testing::DoubleEq;
using ::testing::DoubleNear;
using ::testing::Optional;

constexpr std::uint64_t kSecond = 1'000'000'000;

class PowerTree : public SystemTree {
  protected:
    SystemSample round(SlowSource& source, std::uint64_t now_ns, SystemSample sample = {}) {
        for (std::size_t step = 0; step < source.steps(); ++step) {
            source.step(step, now_ns, buffer_);
        }
        source.publish(sample);
        return sample;
    }
    void zone(const std::string& zone, const std::string& name, const std::string& energy) const {
        write("sys/class/powercap/" + zone + "/name", name + "\n");
        write("sys/class/powercap/" + zone + "/max_energy_range_uj", "1000000000\n");
        write("sys/class/powercap/" + zone + "/energy_uj", energy);
    }
    void battery(const std::string& name, const std::string& uevent) const {
        write("sys/class/power_supply/" + name + "/type", "Battery\n");
        write("sys/class/power_supply/" + name + "/uevent", uevent);
    }
    SystemSample batteries() {
        BatterySource source(root());
        source.discover();
        return round(source, kSecond);
    }

    TextBuffer buffer_;
};

TEST_F(PowerTree, energy_of_all_packages_becomes_power_and_the_board_is_separate) {
    zone("intel-rapl:0", "package-0", "10000000\n");
    zone("intel-rapl:0:0", "core", "5000000\n");
    zone("intel-rapl:1", "package-1", "20000000\n");
    zone("intel-rapl:2", "psys", "0\n");
    zone("intel-rapl-mmio:0", "package-0", "10000000\n");
    RaplSource source(root());
    source.discover();
    EXPECT_EQ(source.steps(), 3U);
    EXPECT_FALSE(round(source, 10 * kSecond).package_power_w.has_value()) << "one reading is no rate";
    zone("intel-rapl:0", "package-0", "40000000\n");
    zone("intel-rapl:1", "package-1", "30000000\n");
    zone("intel-rapl:2", "psys", "50000000\n");
    const SystemSample sample = round(source, 12 * kSecond);
    EXPECT_THAT(sample.package_power_w, Optional(DoubleNear(20, 1e-9)));
    EXPECT_THAT(sample.platform_power_w, Optional(DoubleNear(25, 1e-9)));
}

TEST_F(PowerTree, a_wrap_of_the_energy_counter_is_followed_and_a_reset_or_a_suspend_gives_no_power) {
    zone("intel-rapl:0", "package-0", "990000000\n");
    RaplSource source(root());
    source.discover();
    (void)round(source, 10 * kSecond);
    zone("intel-rapl:0", "package-0", "5000000\n");
    EXPECT_THAT(round(source, 11 * kSecond).package_power_w, Optional(DoubleNear(15, 1e-9)));
    source.resumed();
    zone("intel-rapl:0", "package-0", "9000000\n");
    EXPECT_FALSE(round(source, 12 * kSecond).package_power_w.has_value());
    zone("intel-rapl:0", "package-0", "12000000\n");
    EXPECT_THAT(round(source, 13 * kSecond).package_power_w, Optional(DoubleNear(3, 1e-9)));
    write("sys/class/powercap/intel-rapl:0/energy_uj", "999000000000000\n");
    EXPECT_FALSE(round(source, 14 * kSecond).package_power_w.has_value());
    zone("intel-rapl:0", "package-0", "garbage\n");
    EXPECT_FALSE(round(source, 15 * kSecond).package_power_w.has_value());
}

TEST_F(PowerTree, a_zone_whose_energy_may_not_be_read_costs_nothing) {
    write("sys/class/powercap/intel-rapl:0/name", "package-0\n");
    RaplSource source(root());
    source.discover();
    EXPECT_EQ(source.steps(), 0U);
    EXPECT_FALSE(round(source, kSecond).package_power_w.has_value());
}

TEST(BatteryParser, power_is_read_or_computed_and_never_negative) {
    BatteryReading reading = parse_battery_uevent(
        "POWER_SUPPLY_NAME=BAT0\nPOWER_SUPPLY_STATUS=Discharging\nPOWER_SUPPLY_POWER_NOW=8500000\n"
        "POWER_SUPPLY_ENERGY_FULL=50000000\nPOWER_SUPPLY_ENERGY_NOW=25000000\nPOWER_SUPPLY_CAPACITY=50\n");
    EXPECT_THAT(reading.battery.power_w, Optional(DoubleNear(8.5, 1e-9)));
    EXPECT_THAT(reading.battery.charge_pct, Optional(DoubleEq(50)));
    EXPECT_EQ(reading.battery.status, BatteryStatus::discharging);
    EXPECT_THAT(reading.full_amount, Optional(50000000U));
    reading = parse_battery_uevent(
        "POWER_SUPPLY_STATUS=Not charging\nPOWER_SUPPLY_CURRENT_NOW=-2000000\nPOWER_SUPPLY_VOLTAGE_NOW=12000000\n");
    EXPECT_THAT(reading.battery.power_w, Optional(DoubleNear(24, 1e-9)));
    EXPECT_EQ(reading.battery.status, BatteryStatus::not_charging);
    EXPECT_EQ(battery_status_key(BatteryStatus::not_charging), "not_charging");
}

TEST(BatteryParser, broken_text_is_absent) {
    for (const char* text : {"", "POWER_SUPPLY_CAPACITY=50", "POWER_SUPPLY_CAPACITY=\n", "POWER_SUPPLY_CAPACITY=101\n",
                             "POWER_SUPPLY_CAPACITY=x\n", "CAPACITY=50\n", "POWER_SUPPLY_STATUS=Unknown\n",
                             "POWER_SUPPLY_POWER_NOW=9223372036854775807\n", "POWER_SUPPLY_CURRENT_NOW=5\n",
                             "POWER_SUPPLY_POWER_NOW=99999999999999999999\n"}) {
        const Battery battery = parse_battery_uevent(text).battery;
        EXPECT_FALSE(battery.power_w || battery.charge_pct || battery.status) << text;
    }
}

TEST_F(PowerTree, two_batteries_are_one_weighed_by_what_they_hold) {
    battery("BAT0",
            "POWER_SUPPLY_STATUS=Unknown\nPOWER_SUPPLY_CAPACITY=100\nPOWER_SUPPLY_POWER_NOW=0\n"
            "POWER_SUPPLY_ENERGY_NOW=10\nPOWER_SUPPLY_ENERGY_FULL=10\n");
    battery("BAT1",
            "POWER_SUPPLY_STATUS=Discharging\nPOWER_SUPPLY_CAPACITY=50\nPOWER_SUPPLY_POWER_NOW=6000000\n"
            "POWER_SUPPLY_ENERGY_NOW=15\nPOWER_SUPPLY_ENERGY_FULL=30\n");
    const SystemSample sample = batteries();
    ASSERT_TRUE(sample.battery.has_value());
    EXPECT_THAT(sample.battery->charge_pct, Optional(DoubleEq(62.5)));
    EXPECT_THAT(sample.battery->power_w, Optional(DoubleEq(6)));
    EXPECT_EQ(sample.battery->status, BatteryStatus::discharging);
}

TEST_F(PowerTree, the_battery_of_a_mouse_and_the_charger_are_not_the_machines) {
    battery("hidpp_battery_0", "POWER_SUPPLY_CAPACITY=5\n");
    write("sys/class/power_supply/hidpp_battery_0/scope", "Device\n");
    write("sys/class/power_supply/AC/type", "Mains\n");
    write("sys/class/power_supply/AC/uevent", "POWER_SUPPLY_ONLINE=1\n");
    EXPECT_FALSE(batteries().battery.has_value());
}

TEST_F(PowerTree, the_power_profile_is_a_word) {
    PowerProfileSource source(root());
    source.discover();
    EXPECT_EQ(source.steps(), 0U);
    write("sys/firmware/acpi/platform_profile", "low-power\n");
    source.discover();
    ASSERT_TRUE(round(source, kSecond).power_profile.has_value());
    EXPECT_EQ(round(source, kSecond).power_profile->view(), "low-power");
    write("sys/firmware/acpi/platform_profile", "cut off");
    EXPECT_FALSE(round(source, kSecond).power_profile.has_value());
    write("sys/firmware/acpi/platform_profile", std::string(100, 'x') + "\n");
    EXPECT_EQ(round(source, kSecond).power_profile->view(), std::string(32, 'x'));
}

TEST(ZramParser, what_it_holds_and_what_that_takes) {
    const auto use = parse_zram("  4096000  1000000  1200128        0  1300000        5        0        0        0\n");
    ASSERT_TRUE(use.has_value());
    EXPECT_EQ(use->data_bytes, 4096000U);
    EXPECT_EQ(use->memory_bytes, 1200128U);
    for (const char* text : {"", "\n", "1 2\n", "1 2 3", "1 2 x\n", "1 2 99999999999999999999\n"}) {
        EXPECT_FALSE(parse_zram(text).has_value()) << text;
    }
}

TEST_F(PowerTree, zram_devices_add_up_and_one_that_is_removed_leaves_the_sum) {
    write("sys/block/zram0/mm_stat", "100 50 60 0 0 0 0 0 0\n");
    write("sys/block/zram1/mm_stat", "10 5 6 0 0 0 0 0 0\n");
    ZramSource source(root());
    source.discover();
    SystemSample sample = round(source, kSecond);
    EXPECT_THAT(sample.zram_data_bytes, Optional(110U));
    EXPECT_THAT(sample.zram_memory_bytes, Optional(66U));
    write("sys/block/zram1/mm_stat", "");
    EXPECT_THAT(round(source, kSecond).zram_data_bytes, Optional(100U));
}

constexpr const char* kArcstats =
    "13 1 0x01 123 33456 8080 99999\nname                            type data\nhits                            4    "
    "1\n"
    "c                               4    900\nc_min                           4    300\nc_max                         "
    "4 "
    "   2000\nsize                            4    1000\nhdr_size                        4    5\n";

TEST(ArcstatsParser, size_and_the_least_it_keeps) {
    const auto arc = parse_arcstats(kArcstats);
    ASSERT_TRUE(arc.has_value());
    EXPECT_EQ(arc->bytes, 1000U);
    EXPECT_EQ(arc->least_bytes, 300U);
    EXPECT_EQ(reclaimable_bytes(*arc), 700U);
    EXPECT_EQ(reclaimable_bytes({.bytes = 100, .least_bytes = 300}), 0U);
    for (const char* text : {"", "size 4 1000\n", "c_min 4 1000\n", "size 4 1000\nc_min 4 10", "size 4 x\nc_min 4 10\n",
                             "size 4\nc_min 4 10\n"}) {
        EXPECT_FALSE(parse_arcstats(text).has_value()) << text;
    }
}

TEST_F(PowerTree, the_cache_of_zfs_is_available_but_for_what_it_keeps) {
    write("proc/spl/kstat/zfs/arcstats", kArcstats);
    ArcSource source(root());
    source.discover();
    SystemSample meminfo;
    meminfo.memory_total_bytes = 10000;
    meminfo.memory_available_bytes = 2000;
    EXPECT_THAT(round(source, kSecond, meminfo).memory_available_bytes, Optional(2700U));
    meminfo.memory_available_bytes = 9800;
    EXPECT_THAT(round(source, kSecond, meminfo).memory_available_bytes, Optional(10000U));
    EXPECT_THAT(round(source, kSecond, meminfo).zfs_arc_bytes, Optional(1000U));
    EXPECT_FALSE(round(source, kSecond).memory_available_bytes.has_value());
}

}  // namespace
}  // namespace tsa
