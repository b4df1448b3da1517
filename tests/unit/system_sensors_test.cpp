// SPDX-License-Identifier: MIT
// Temperature, clock and throttling: the identification of sensors on trees of several machines, and invalid values.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "system/frequency.h"
#include "system/temperature.h"
#include "system/throttle.h"
#include "unit/system_tree.h"

namespace tsa {
namespace {

using ::testing::DoubleEq;
using ::testing::Optional;

constexpr std::uint64_t kSecond = 1'000'000'000;

class SensorTree : public SystemTree {
  protected:
    // One complete round.
    SystemSample round(SlowSource& source, std::uint64_t now_ns = kSecond) {
        for (std::size_t step = 0; step < source.steps(); ++step) {
            source.step(step, now_ns, buffer_);
        }
        SystemSample sample;
        source.publish(sample);
        return sample;
    }
    template <class Source>
    SystemSample found() {
        Source source(root());
        source.discover();
        return round(source);
    }
    void hwmon(int number, const std::string& name) const { write(device(number) + "name", name + "\n"); }
    void sensor(int number, int index, const std::string& label, const std::string& value) const {
        const std::string stem = device(number) + "temp" + std::to_string(index);
        write(stem + "_input", value);
        if (!label.empty()) {
            write(stem + "_label", label + "\n");
        }
    }
    static std::string device(int number) { return "sys/class/hwmon/hwmon" + std::to_string(number) + "/"; }
    static std::string cpu(int number) { return "sys/devices/system/cpu/cpu" + std::to_string(number) + "/"; }

    TextBuffer buffer_;
};

TEST(TemperatureParser, thousandths_of_a_degree_and_nothing_else) {
    EXPECT_THAT(parse_temperature_c("45123\n"), Optional(DoubleEq(45.123)));
    EXPECT_THAT(parse_temperature_c("-5000\n"), Optional(DoubleEq(-5)));
    for (const char* text :
         {"", "\n", "45000", "x\n", "45000 C\n", "-273000\n", "255000000\n", "99999999999999999999\n"}) {
        EXPECT_FALSE(parse_temperature_c(text).has_value()) << text;
    }
}

TEST_F(SensorTree, intel_package_and_hottest_core_are_identified_by_their_labels) {
    hwmon(0, "acpitz");
    sensor(0, 1, "", "99000\n");
    hwmon(1, "nvme");
    sensor(1, 1, "Composite", "98000\n");
    hwmon(2, "coretemp");
    sensor(2, 1, "Package id 0", "61000\n");
    sensor(2, 2, "Core 0", "55000\n");
    sensor(2, 3, "Core 1", "63000\n");
    const SystemSample sample = found<TemperatureSource>();
    EXPECT_THAT(sample.cpu_temperature_c, Optional(DoubleEq(61)));
    EXPECT_THAT(sample.cpu_hottest_c, Optional(DoubleEq(63)));
}

TEST_F(SensorTree, amd_die_temperature_goes_before_the_one_for_the_fan) {
    hwmon(0, "k10temp");
    sensor(0, 1, "Tctl", "82000\n");
    EXPECT_THAT(found<TemperatureSource>().cpu_temperature_c, Optional(DoubleEq(82)));
    sensor(0, 2, "Tdie", "55000\n");
    sensor(0, 3, "Tccd1", "57000\n");
    const SystemSample sample = found<TemperatureSource>();
    EXPECT_THAT(sample.cpu_temperature_c, Optional(DoubleEq(55)));
    EXPECT_THAT(sample.cpu_hottest_c, Optional(DoubleEq(57)));
}

TEST_F(SensorTree, a_board_without_hwmon_has_thermal_zones) {
    write("sys/class/thermal/thermal_zone0/type", "gpu_thermal\n");
    write("sys/class/thermal/thermal_zone0/temp", "90000\n");
    write("sys/class/thermal/thermal_zone1/type", "cpu_thermal\n");
    write("sys/class/thermal/thermal_zone1/temp", "48312\n");
    write("sys/class/thermal/cooling_device0/type", "cpu\n");
    const SystemSample sample = found<TemperatureSource>();
    EXPECT_THAT(sample.cpu_temperature_c, Optional(DoubleEq(48.312)));
}

TEST_F(SensorTree, the_enclosure_is_read_only_without_a_cpu_sensor) {
    write("sys/class/thermal/thermal_zone0/type", "acpitz\n");
    write("sys/class/thermal/thermal_zone0/temp", "27800\n");
    EXPECT_THAT(found<TemperatureSource>().cpu_temperature_c, Optional(DoubleEq(27.8)));
    write("sys/class/thermal/thermal_zone2/type", "x86_pkg_temp\n");
    write("sys/class/thermal/thermal_zone2/temp", "50000\n");
    EXPECT_THAT(found<TemperatureSource>().cpu_temperature_c, Optional(DoubleEq(50)));
}

TEST_F(SensorTree, a_machine_with_two_packages_and_many_cores_is_sampled) {
    for (int package = 0; package < 2; ++package) {
        hwmon(package, "coretemp");
        sensor(package, 1, "Package id " + std::to_string(package), std::to_string(50 + package) + "000\n");
        for (int core = 0; core < 32; ++core) {
            sensor(package, core + 2, "Core " + std::to_string(core), "40000\n");
        }
    }
    TemperatureSource source(root());
    source.discover();
    EXPECT_EQ(source.steps(), 2 + TemperatureSource::kMaxCoreSensors);
    EXPECT_THAT(round(source).cpu_temperature_c, Optional(DoubleEq(51)));
}

TEST_F(SensorTree, a_sensor_that_fails_is_absent_and_comes_back) {
    hwmon(0, "coretemp");
    sensor(0, 1, "Package id 0", "61000\n");
    TemperatureSource source(root());
    source.discover();
    EXPECT_TRUE(round(source).cpu_temperature_c.has_value());
    write(device(0) + "temp1_input", "");
    EXPECT_FALSE(round(source).cpu_temperature_c.has_value());
    write(device(0) + "temp1_input", "62000\n");
    const std::uint64_t calls = buffer_.calls;
    EXPECT_FALSE(round(source, 2 * kSecond).cpu_temperature_c.has_value());
    EXPECT_EQ(buffer_.calls, calls) << "one that failed is not asked again at once";
    EXPECT_THAT(round(source, 2 * kSecond + SlowFile::kReopenAfterNs).cpu_temperature_c, Optional(DoubleEq(62)));
}

TEST_F(SensorTree, policies_count_by_the_cpus_that_share_them) {
    const std::string policies = "sys/devices/system/cpu/cpufreq/";
    write(policies + "policy0/scaling_cur_freq", "1000000\n");
    write(policies + "policy0/affected_cpus", "0 1 2 3\n");
    write(policies + "policy4/scaling_cur_freq", "2000000\n");
    write(policies + "policy4/affected_cpus", "4\n");
    write(policies + "ondemand/up_threshold", "95\n");
    const SystemSample sample = found<CpuFrequencySource>();
    EXPECT_THAT(sample.cpu_mhz, Optional(DoubleEq(1200)));
    EXPECT_THAT(sample.cpu_max_mhz, Optional(DoubleEq(2000)));
}

TEST_F(SensorTree, a_clock_that_no_cpu_has_is_absent) {
    for (const char* value : {"<unknown>\n", "0\n", "1000000", "-1\n", "99999999999999999999\n", "999999999999\n"}) {
        write("sys/devices/system/cpu/cpufreq/policy0/scaling_cur_freq", value);
        EXPECT_FALSE(found<CpuFrequencySource>().cpu_mhz.has_value()) << value;
    }
}

TEST_F(SensorTree, many_policies_are_sampled_over_their_whole_range) {
    for (int policy = 0; policy < 64; ++policy) {
        write("sys/devices/system/cpu/cpufreq/policy" + std::to_string(policy) + "/scaling_cur_freq",
              policy < 32 ? "1000000\n" : "3000000\n");
    }
    CpuFrequencySource source(root());
    source.discover();
    EXPECT_EQ(source.steps(), CpuFrequencySource::kMaxPolicies);
    EXPECT_THAT(round(source).cpu_mhz, Optional(DoubleEq(2000)));
}

TEST(CpuinfoClocks, every_cpu_has_its_line) {
    const CpuinfoClocks clocks = parse_cpuinfo_clocks(
        "processor\t: 0\nmodel name\t: cpu MHz : 9\ncpu MHz\t\t: 1000.500\n\nprocessor\t: 1\ncpu MHz\t\t: 3000.000\n");
    EXPECT_EQ(clocks.cpus, 2U);
    EXPECT_DOUBLE_EQ(clocks.sum_mhz, 4000.5);
    EXPECT_DOUBLE_EQ(clocks.max_mhz, 3000);
    for (const char* text : {"", "cpu MHz\t\t: 1000.5", "cpu MHz\t\t: x\n", "cpu MHz\t\t: nan\n", "cpu MHz\t\t: -1\n",
                             "cpu MHz\t\t: 1e300\n", "cpu MHz\n", "cpu MHz later : 5\n"}) {
        EXPECT_EQ(parse_cpuinfo_clocks(text).cpus, 0U) << text;
    }
}

TEST_F(SensorTree, cpuinfo_is_believed_only_where_the_cpu_measures_its_clock) {
    write("proc/cpuinfo", "processor\t: 0\ncpu MHz\t\t: 2600.000\nflags\t\t: fpu tsc hypervisor\n");
    EXPECT_FALSE(found<CpuFrequencySource>().cpu_mhz.has_value());
    write("proc/cpuinfo", "processor\t: 0\ncpu MHz\t\t: 2600.000\nflags\t\t: fpu aperfmperf tsc\n");
    EXPECT_THAT(found<CpuFrequencySource>().cpu_mhz, Optional(DoubleEq(2600)));
}

TEST_F(SensorTree, a_long_cpuinfo_is_read_a_page_at_a_time) {
    std::string text;
    for (int processor = 0; processor < 256; ++processor) {
        std::string record = "processor\t: " + std::to_string(processor) +
                             "\nflags\t\t: aperfmperf\ncpu MHz\t\t: " + (processor < 128 ? "1000" : "3000") + ".000\n";
        record.resize(127, ' ');
        text += record + "\n";
    }
    write("proc/cpuinfo", text);  // 32 records fill a page exactly
    CpuFrequencySource source(root());
    source.discover();
    EXPECT_THAT(round(source).cpu_mhz, Optional(DoubleEq(1000)));
    const std::uint64_t calls = buffer_.calls;
    for (int page = 1; page <= 8; ++page) {
        (void)round(source);
    }
    EXPECT_EQ(buffer_.calls, calls + 8);
    EXPECT_THAT(round(source).cpu_mhz, Optional(DoubleEq(2000)));
    EXPECT_THAT(round(source).cpu_max_mhz, Optional(DoubleEq(3000)));
}

TEST_F(SensorTree, throttling_is_counted_once_per_core_and_package_from_when_it_was_first_seen) {
    for (int number = 0; number < 4; ++number) {  // two cores with two threads each
        write(cpu(number) + "topology/core_cpus_list", number % 2 == 0 ? "0,2\n" : "1,3\n");
        write(cpu(number) + "topology/physical_package_id", "0\n");
        write(cpu(number) + "thermal_throttle/core_throttle_count", "100\n");
        write(cpu(number) + "thermal_throttle/package_throttle_count", "1000\n");
    }
    ThrottleCountSource source(root());
    source.discover();
    EXPECT_EQ(source.steps(), 3U);
    SystemSample sample = round(source);
    EXPECT_THAT(sample.core_throttles, Optional(0U));
    EXPECT_THAT(sample.package_throttles, Optional(0U));
    for (int number = 0; number < 4; ++number) {
        write(cpu(number) + "thermal_throttle/core_throttle_count", "103\n");
        write(cpu(number) + "thermal_throttle/package_throttle_count", "1001\n");
    }
    sample = round(source);
    EXPECT_THAT(sample.core_throttles, Optional(6U));
    EXPECT_THAT(sample.package_throttles, Optional(1U));
    write(cpu(0) + "thermal_throttle/core_throttle_count", "0\n");  // restarted
    EXPECT_THAT(round(source).core_throttles, Optional(6U));
    write(cpu(0) + "thermal_throttle/core_throttle_count", "garbage\n");
    EXPECT_THAT(round(source).core_throttles, Optional(6U));
    write(cpu(0) + "thermal_throttle/core_throttle_count", "500\n");
    EXPECT_THAT(round(source).core_throttles, Optional(6U)) << "what came meanwhile is not known to be new";
}

TEST_F(SensorTree, reasons_are_read_only_while_something_throttles) {
    const std::string gt = "sys/class/drm/card0/gt/gt0/throttle_reason_";
    write(gt + "status", "0\n");
    write(gt + "pl1", "1\n");
    write(gt + "thermal", "1\n");
    write(gt + "prochot", "0\n");
    ThrottleReasonSource source(root());
    source.discover();
    std::uint64_t calls = buffer_.calls;
    EXPECT_EQ(round(source).throttle_reasons, std::optional<std::uint8_t>(0));
    EXPECT_EQ(buffer_.calls - calls, 1U);
    write(gt + "status", "1\n");
    const unsigned expected =
        1U << static_cast<unsigned>(ThrottleReason::pl1) | 1U << static_cast<unsigned>(ThrottleReason::thermal);
    EXPECT_EQ(round(source).throttle_reasons, std::optional<std::uint8_t>(expected));
    write(gt + "status", "0\n");
    EXPECT_EQ(round(source).throttle_reasons, std::optional<std::uint8_t>(0));
    EXPECT_EQ(throttle_reason_key(ThrottleReason::vr_tdc), "vr_tdc");
}

TEST_F(SensorTree, a_sleeping_gpu_is_not_read_for_reasons) {
    write("sys/class/drm/card1/device/power/runtime_status", "suspended\n");
    write("sys/class/drm/card1/device/tile0/gt0/freq0/throttle/status", "1\n");
    write("sys/class/drm/card1/device/tile0/gt0/freq0/throttle/reason_pl2", "1\n");
    ThrottleReasonSource source(root());
    source.discover();
    EXPECT_FALSE(round(source).throttle_reasons.has_value());
    write("sys/class/drm/card1/device/power/runtime_status", "active\n");
    EXPECT_EQ(round(source).throttle_reasons,
              std::optional<std::uint8_t>(1U << static_cast<unsigned>(ThrottleReason::pl2)));
}

}  // namespace
}  // namespace tsa
