// SPDX-License-Identifier: MIT
// The whole reader on the trees of five machines: present and absent values, and the cost of a refresh.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "model/system_row.h"
#include "unit/allocations.h"
#include "unit/system_tree.h"

namespace tsa {
namespace {

using ::testing::DoubleEq;
using ::testing::DoubleNear;
using ::testing::Optional;

constexpr std::uint64_t kSecond = 1'000'000'000;

class MachineTree : public SystemTree {
  protected:
    // What every Linux has.
    void base(int cpus, const std::string& disk, const std::string& interface) const {
        std::string stat = "cpu  100 0 100 800 0 0 0 0 0 0\n";
        for (int cpu = 0; cpu < cpus; ++cpu) {
            stat += "cpu" + std::to_string(cpu) + " 1 0 1 8 0 0 0 0 0 0\n";
        }
        write("proc/stat", stat + "intr 5" + std::string(2000, ' ') + "\nctxt 5\n");
        write("proc/loadavg", "1.50 2.50 3.50 1/200 300\n");
        for (const char* resource : {"cpu", "io", "memory"}) {
            write(std::string("proc/pressure/") + resource,
                  "some avg10=1.00 avg60=0.00 avg300=0.00 total=5\nfull avg10=0.50 avg60=0.00 avg300=0.00 total=3\n");
        }
        write("proc/pressure/irq", "full avg10=0.25 avg60=0.00 avg300=0.00 total=7\n");
        write("proc/meminfo",
              "MemTotal: 16000000 kB\nMemFree: 40 kB\nMemAvailable: 9000000 kB\nBuffers: 1 kB\nCached: 2 kB\n"
              "SwapTotal: 30 kB\nSwapFree: 20 kB\nZswap: 3 kB\nZswapped: 9 kB\n");
        write("proc/vmstat", "nr_free_pages 1\npswpin 2\npswpout 3\npgalloc_dma 1\n");
        write("proc/diskstats", "8 0 " + disk + " 1 0 10 0 1 0 20 0 0 7 0\n");
        write("sys/block/" + disk + "/stat", "1 0 10 0 1 0 20 0 0 7 0\n");
        write("proc/net/dev", "Inter-|\n face |bytes\n    lo: 7 0 0 0 0 0 0 0 7 0\n  docker0: 5 0 0 0 0 0 0 0 6 0\n  " +
                                  interface + ": 100 0 0 0 0 0 0 0 200 0\n");
        const std::string net = "sys/class/net/" + interface + "/";
        write(net + "device/vendor", "0x8086\n");
        write(net + "ifindex", "2\n");
        write(net + "iflink", "2\n");
        write(net + "statistics/rx_bytes", "100\n");
        write(net + "statistics/tx_bytes", "200\n");
        write("sys/class/net/docker0/ifindex", "3\n");
    }
    void cpufreq(int policies) const {
        for (int policy = 0; policy < policies; ++policy) {
            const std::string path = "sys/devices/system/cpu/cpufreq/policy" + std::to_string(policy);
            write(path + "/scaling_cur_freq", std::to_string(1'000'000 + 1000 * policy) + "\n");
            write(path + "/affected_cpus", std::to_string(policy) + "\n");
        }
    }
    void throttle_counts(int cpus, int per_package) const {
        for (int cpu = 0; cpu < cpus; ++cpu) {
            const std::string path = "sys/devices/system/cpu/cpu" + std::to_string(cpu);
            write(path + "/topology/core_cpus_list", std::to_string(cpu) + "\n");
            write(path + "/topology/physical_package_id", std::to_string(cpu / per_package) + "\n");
            write(path + "/thermal_throttle/core_throttle_count", "4\n");
            write(path + "/thermal_throttle/package_throttle_count", "9\n");
        }
    }
    void intel_laptop() const {
        base(8, "nvme0n1", "wlp0s20f3");
        cpufreq(8);
        throttle_counts(8, 8);
        write("sys/class/hwmon/hwmon5/name", "coretemp\n");
        write("sys/class/hwmon/hwmon5/temp1_input", "61000\n");
        write("sys/class/hwmon/hwmon5/temp1_label", "Package id 0\n");
        for (int core = 0; core < 4; ++core) {
            const std::string stem = "sys/class/hwmon/hwmon5/temp" + std::to_string(core + 2);
            write(stem + "_input", std::to_string(50 + core) + "000\n");
            write(stem + "_label", "Core " + std::to_string(core) + "\n");
        }
        write("sys/class/drm/card0/gt/gt0/rc6_residency_ms", "1000\n");
        write("sys/class/drm/card0/gt/gt0/rps_cur_freq_mhz", "350\n");
        write("sys/class/drm/card0/gt/gt0/throttle_reason_status", "0\n");
        write("sys/class/drm/card0/device/power/runtime_status", "active\n");
        write("sys/class/powercap/intel-rapl:0/name", "package-0\n");
        write("sys/class/powercap/intel-rapl:0/energy_uj", "1000000\n");
        write("sys/class/powercap/intel-rapl:0/max_energy_range_uj", "262143328850\n");
        write("sys/class/power_supply/BAT0/type", "Battery\n");
        write("sys/class/power_supply/BAT0/uevent",
              "POWER_SUPPLY_STATUS=Discharging\nPOWER_SUPPLY_POWER_NOW=8500000\nPOWER_SUPPLY_CAPACITY=71\n");
        write("sys/firmware/acpi/platform_profile", "balanced\n");
        write("sys/block/zram0/mm_stat", "4096 1000 1200 0 1300 0 0 0 0\n");
    }
    void server() const {
        base(64, "sda", "eno1");
        write("proc/stat", long_stat(64));
        cpufreq(64);
        throttle_counts(64, 32);
        for (int package = 0; package < 2; ++package) {
            const std::string hwmon = "sys/class/hwmon/hwmon" + std::to_string(package) + "/";
            write(hwmon + "name", "coretemp\n");
            for (int sensor = 1; sensor <= 33; ++sensor) {
                const std::string stem = hwmon + "temp" + std::to_string(sensor);
                write(stem + "_input", sensor == 1 ? "70000\n" : "60000\n");
                write(stem + "_label", sensor == 1 ? "Package id 0\n" : "Core 7\n");
            }
            const std::string rapl = "sys/class/powercap/intel-rapl:" + std::to_string(package) + "/";
            write(rapl + "name", "package-" + std::to_string(package) + "\n");
            write(rapl + "energy_uj", "5\n");
        }
    }
    static std::string long_stat(int cpus) {
        const std::string times = " 1234567890 12345 987654321 9876543210 54321 0 1234567 0 0 0\n";
        std::string stat = "cpu " + times;
        for (int cpu = 0; cpu < cpus; ++cpu) {
            stat += "cpu" + std::to_string(cpu) + times;
        }
        return stat + "intr 5" + std::string(20'000, '0') + "\n";
    }

    struct Cost {
        std::uint64_t most_calls = 0;
        std::size_t allocations = 0;
        SystemSample last;
    };
    // Two minutes of refreshes, with the times that the program uses. `change` is called between them.
    Cost watch(
        std::uint64_t interval_ns, const std::function<void(int)>& change = [](int) {}) const {
        std::uint64_t now_ns = 1000 * kSecond;
        SystemReader reader({.root = root()}, {now_ns, now_ns});
        SystemSample samples[2];
        SystemRow row;
        Cost cost;
        reader.read(samples[0], {now_ns, now_ns});
        reader.read(samples[1], {now_ns, now_ns});
        measure_system(samples[0], samples[1], interval_ns, row);
        const auto refreshes = static_cast<int>(120 * kSecond / interval_ns);
        for (int refresh = 0; refresh < refreshes; ++refresh) {
            change(refresh);
            now_ns += interval_ns;
            const std::uint64_t calls = reader.system_calls();
            const testing::AllocationCount allocated;
            reader.read(samples[refresh % 2], {now_ns, now_ns});
            measure_system(samples[1 - refresh % 2], samples[refresh % 2], interval_ns, row);
            cost.allocations += allocated.so_far();
            cost.most_calls = std::max(cost.most_calls, reader.system_calls() - calls);
        }
        cost.last = row.now;
        return cost;
    }
};

// What the rest of a refresh needs (waiting, writing) fits into the 25 of the whole program with these.
constexpr std::uint64_t kMostCalls = 21;

TEST_F(MachineTree, intel_laptop) {
    intel_laptop();
    int energy = 0;
    const Cost cost = watch(kSecond, [&](int refresh) {
        energy += 12'000'000;
        write("sys/class/powercap/intel-rapl:0/energy_uj", std::to_string(energy) + "\n");
        write("sys/class/drm/card0/gt/gt0/rc6_residency_ms", std::to_string(refresh * 900) + "\n");
    });
    const SystemSample& sample = cost.last;
    EXPECT_EQ(sample.cpus, 8U);
    EXPECT_EQ(sample.per_cpu.size(), 8U);
    EXPECT_THAT(sample.cpu_temperature_c, Optional(DoubleEq(61)));
    EXPECT_THAT(sample.cpu_hottest_c, Optional(DoubleEq(61)));
    EXPECT_THAT(sample.cpu_mhz, Optional(DoubleEq(1003.5)));
    EXPECT_THAT(sample.cpu_max_mhz, Optional(DoubleEq(1007)));
    EXPECT_THAT(sample.core_throttles, Optional(0U));
    EXPECT_THAT(sample.package_throttles, Optional(0U));
    EXPECT_EQ(sample.throttle_reasons, std::optional<std::uint8_t>(0));
    ASSERT_EQ(sample.gpus.size(), 1U);
    EXPECT_THAT(sample.gpus[0].busy_pct, Optional(DoubleNear(10, 1e-6)));
    EXPECT_THAT(sample.package_power_w, Optional(DoubleNear(12, 1e-6)));
    ASSERT_TRUE(sample.battery && sample.power_profile);
    EXPECT_THAT(sample.battery->power_w, Optional(DoubleNear(8.5, 1e-9)));
    EXPECT_EQ(sample.power_profile->view(), "balanced");
    EXPECT_THAT(sample.net_rx_bytes, Optional(100U)) << "docker0 passes on what the other has received";
    EXPECT_THAT(sample.zram_data_bytes, Optional(4096U));
    EXPECT_THAT(sample.zram_memory_bytes, Optional(1200U));
    EXPECT_THAT(sample.zswap_data_bytes, Optional(9 * 1024U));
    ASSERT_TRUE(sample.pressure_irq.has_value());
    EXPECT_EQ(sample.pressure_irq->full_total_ns, 7000U);
    EXPECT_LE(cost.most_calls, kMostCalls);
}

TEST_F(MachineTree, amd_desktop_without_the_right_to_read_energy) {
    base(16, "nvme0n1", "enp5s0");
    cpufreq(16);
    write("sys/class/hwmon/hwmon2/name", "k10temp\n");
    write("sys/class/hwmon/hwmon2/temp1_input", "55125\n");
    write("sys/class/hwmon/hwmon2/temp1_label", "Tctl\n");
    write("sys/class/drm/card1/device/gpu_busy_percent", "12\n");
    write("sys/class/drm/card1/device/mem_info_vram_used", "1000\n");
    write("sys/class/drm/card1/device/mem_info_vram_total", "5000\n");
    write("sys/class/drm/card1/device/hwmon/hwmon3/freq1_input", "500000000\n");
    write("sys/class/powercap/intel-rapl:0/name", "package-0\n");
    const Cost cost = watch(kSecond);
    EXPECT_THAT(cost.last.cpu_temperature_c, Optional(DoubleEq(55.125)));
    ASSERT_EQ(cost.last.gpus.size(), 1U);
    EXPECT_THAT(cost.last.gpus[0].busy_pct, Optional(DoubleEq(12)));
    EXPECT_THAT(cost.last.gpus[0].mhz, Optional(DoubleEq(500)));
    EXPECT_THAT(cost.last.cpu_max_mhz, Optional(DoubleEq(1015)));
    EXPECT_FALSE(cost.last.package_power_w || cost.last.battery || cost.last.core_throttles);
    EXPECT_LE(cost.most_calls, kMostCalls);
}

TEST_F(MachineTree, arm_board_with_thermal_zones_and_two_clusters) {
    base(6, "mmcblk0", "end0");
    for (const int policy : {0, 4}) {
        const std::string path = "sys/devices/system/cpu/cpufreq/policy" + std::to_string(policy);
        write(path + "/scaling_cur_freq", policy == 0 ? "600000\n" : "1800000\n");
        write(path + "/affected_cpus", policy == 0 ? "0 1 2 3\n" : "4 5\n");
    }
    write("sys/class/thermal/thermal_zone0/type", "cpu_thermal\n");
    write("sys/class/thermal/thermal_zone0/temp", "48312\n");
    const Cost cost = watch(kSecond);
    EXPECT_THAT(cost.last.cpu_temperature_c, Optional(DoubleEq(48.312)));
    EXPECT_THAT(cost.last.cpu_mhz, Optional(DoubleEq(1000)));
    EXPECT_THAT(cost.last.cpu_max_mhz, Optional(DoubleEq(1800)));
    EXPECT_TRUE(cost.last.gpus.empty());
    EXPECT_LE(cost.most_calls, kMostCalls);
}

TEST_F(MachineTree, server_with_two_packages_and_64_cpus) {
    server();
    const Cost cost = watch(kSecond);
    EXPECT_EQ(cost.last.cpus, 64U);
    EXPECT_EQ(cost.last.per_cpu.size(), 64U);
    EXPECT_THAT(cost.last.cpu_temperature_c, Optional(DoubleEq(70)));
    EXPECT_THAT(cost.last.package_power_w, Optional(DoubleEq(0)));
    EXPECT_THAT(cost.last.cpu_mhz, Optional(DoubleNear(1031.5, 3)));
    EXPECT_THAT(cost.last.package_throttles, Optional(0U));
    EXPECT_LE(cost.most_calls, kMostCalls);
}

TEST_F(MachineTree, virtual_machine_with_nothing) {
    base(2, "vda", "eth0");
    const Cost cost = watch(kSecond);
    EXPECT_FALSE(cost.last.cpu_temperature_c || cost.last.cpu_mhz || cost.last.package_power_w || cost.last.battery);
    EXPECT_FALSE(cost.last.core_throttles || cost.last.throttle_reasons || cost.last.power_profile);
    EXPECT_TRUE(cost.last.gpus.empty());
    EXPECT_TRUE(cost.last.cpu && cost.last.load && cost.last.memory_total_bytes && cost.last.disk_read_bytes);
    EXPECT_LE(cost.most_calls, kMostCalls);
}

TEST_F(MachineTree, steady_state_allocates_nothing_at_any_interval) {
    if (!testing::allocations_are_counted()) {
        GTEST_SKIP() << "the sanitizer counts for itself";
    }
    intel_laptop();
    for (const std::uint64_t interval_ns : {kSecond / 10, kSecond, 30 * kSecond}) {
        EXPECT_EQ(watch(interval_ns).allocations, 0U) << interval_ns;
    }
}

TEST_F(MachineTree, long_intervals_still_read_everything) {
    intel_laptop();
    const Cost cost = watch(5 * kSecond, [&](int) { write("sys/class/hwmon/hwmon5/temp1_input", "75000\n"); });
    EXPECT_THAT(cost.last.cpu_temperature_c, Optional(DoubleEq(75)));
}

TEST_F(MachineTree, an_added_gpu_sensor_and_battery_are_found_and_removed_ones_are_gone) {
    base(2, "sda", "eth0");
    const auto plug = [&](int refresh) {
        if (refresh == 2) {
            intel_laptop();
        } else if (refresh == 80) {
            for (const char* path : {"sys/class/drm", "sys/class/hwmon", "sys/class/power_supply", "sys/firmware/acpi",
                                     "sys/class/powercap", "sys/block/zram0"}) {
                remove(path);
            }
        }
    };
    const Cost found = watch(kSecond, [&](int refresh) { plug(std::min(refresh, 79)); });
    EXPECT_TRUE(found.last.cpu_temperature_c && found.last.battery && found.last.power_profile);
    EXPECT_TRUE(found.last.zram_data_bytes && found.last.package_power_w);
    EXPECT_EQ(found.last.gpus.size(), 1U);
    const Cost gone = watch(kSecond, plug);
    EXPECT_FALSE(gone.last.cpu_temperature_c || gone.last.battery || gone.last.power_profile);
    EXPECT_FALSE(gone.last.zram_data_bytes || gone.last.package_power_w);
    EXPECT_TRUE(gone.last.gpus.empty());
}

TEST_F(MachineTree, a_refresh_keeps_its_bound_with_two_of_everything_at_any_interval) {
    intel_laptop();
    write("sys/block/nvme1n1/stat", "1 0 10 0 1 0 20 0 0 7 0\n");
    for (const char* interface : {"wwan0", "wlp0s20f3"}) {
        const std::string net = std::string("sys/class/net/") + interface;
        write(net + "/device/vendor", "0x1\n");
        write(net + "/statistics/rx_bytes", "100\n");
        write(net + "/statistics/tx_bytes", "200\n");
    }
    write("proc/net/dev", " wlp0s20f3: 100 0 0 0 0 0 0 0 200 0\n wwan0: 100 0 0 0 0 0 0 0 200 0\n");
    for (const std::uint64_t interval_ns : {kSecond / 10, kSecond, 5 * kSecond}) {
        const Cost cost = watch(interval_ns);
        EXPECT_THAT(cost.last.net_tx_bytes, Optional(400U));
        EXPECT_EQ(cost.last.disks.size(), 2U);
        EXPECT_LE(cost.most_calls, kMostCalls) << interval_ns;
    }
}

TEST_F(MachineTree, an_interface_that_comes_later_counts_from_then_on) {
    base(2, "sda", "eth0");
    const auto plug = [&](int refresh) {
        if (refresh == 3) {
            write("sys/class/net/usb0/device/vendor", "0x1\n");
            write("proc/net/dev", " eth0: 100 0 0 0 0 0 0 0 200 0\n usb0: 5000000 0 0 0 0 0 0 0 200 0\n");
        } else if (refresh == 100) {
            write("proc/net/dev", " eth0: 100 0 0 0 0 0 0 0 200 0\n usb0: 5000050 0 0 0 0 0 0 0 200 0\n");
        }
    };
    EXPECT_THAT(watch(kSecond, plug).last.net_rx_bytes, Optional(150U));
}

TEST_F(MachineTree, without_hardware_every_interface_but_the_loopback_counts_and_a_switchs_port_does_not) {
    base(2, "sda", "eth0");
    remove("sys/class/net");
    EXPECT_THAT(watch(kSecond).last.net_rx_bytes, Optional(105U));
    base(2, "sda", "eth0");
    write("proc/net/dev", " eth0: 100 0 0 0 0 0 0 0 200 0\n lan1: 60 0 0 0 0 0 0 0 20 0\n");
    write("sys/class/net/lan1/device/vendor", "0x1\n");
    write("sys/class/net/lan1/ifindex", "5\n");
    write("sys/class/net/lan1/iflink", "2\n");
    EXPECT_THAT(watch(kSecond).last.net_rx_bytes, Optional(100U));
}

TEST_F(MachineTree, swap_traffic_is_read_only_while_there_is_swap_space) {
    base(2, "sda", "eth0");
    const std::uint64_t with_swap = watch(kSecond).most_calls;
    write("proc/meminfo", "MemTotal: 16000000 kB\nMemAvailable: 9000000 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n");
    const Cost without = watch(kSecond, [&](int) { write("proc/vmstat", "pswpin 9\npswpout 9\n"); });
    EXPECT_EQ(without.most_calls, with_swap - 1);
    EXPECT_EQ(without.last.swap_in_bytes, std::optional<std::uint64_t>(2 * 4096)) << "what it was stands";
}

}  // namespace
}  // namespace tsa
