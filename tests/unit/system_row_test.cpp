// SPDX-License-Identifier: MIT
// measure_system: rates and shares between two literal samples, also with counters that wrap, restart or disappear.
#include "model/system_row.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/allocations.h"

namespace tsa {
namespace {

using ::testing::DoubleEq;
using ::testing::Optional;

constexpr std::uint64_t kSecond = 1'000'000'000;

SystemRow measure(const SystemSample& before, const SystemSample& now, std::uint64_t interval_ns = kSecond) {
    SystemRow row;
    measure_system(before, now, interval_ns, row);
    return row;
}

TEST(MeasureSystem, cpu_shares_are_of_all_cpus_and_sum_up) {
    SystemSample before;
    SystemSample now;
    before.cpu = CpuTimes{.user_ns = 100, .idle_ns = 100};
    now.cpu = CpuTimes{.user_ns = 130,
                       .nice_ns = 10,
                       .system_ns = 20,
                       .idle_ns = 110,
                       .iowait_ns = 10,
                       .irq_ns = 5,
                       .softirq_ns = 5,
                       .steal_ns = 10};
    const SystemRow row = measure(before, now);
    EXPECT_THAT(row.cpu_busy_ns, Optional(80U));
    EXPECT_THAT(row.cpu_busy_pct, Optional(DoubleEq(80)));
    EXPECT_THAT(row.user_pct, Optional(DoubleEq(40)));
    EXPECT_THAT(row.system_pct, Optional(DoubleEq(20)));
    EXPECT_THAT(row.irq_pct, Optional(DoubleEq(10)));
    EXPECT_THAT(row.steal_pct, Optional(DoubleEq(10)));
    EXPECT_THAT(row.iowait_pct, Optional(DoubleEq(10)));
    EXPECT_THAT(row.irq_and_steal_ns, Optional(20U));
}

TEST(MeasureSystem, idle_time_that_went_with_a_cpu_leaves_the_clock_to_say_how_much_there_was) {
    SystemSample before;
    SystemSample now;
    now.cpus = 2;
    before.cpu = CpuTimes{.user_ns = 0, .idle_ns = 50 * kSecond};
    now.cpu = CpuTimes{.user_ns = kSecond, .idle_ns = 20 * kSecond};
    EXPECT_THAT(measure(before, now).cpu_busy_pct, Optional(DoubleEq(50)));
}

TEST(MeasureSystem, a_cpu_has_a_share_only_when_it_was_online_at_both_ends) {
    SystemSample before;
    SystemSample now;
    before.per_cpu = {{0, 10, 10}, {1, 10, 10}, {3, 0, 0}, {6, 5, 5}};
    now.per_cpu = {{0, 20, 10}, {2, 50, 50}, {3, 1, 3}, {6, 5, 5}, {7, 1, 1}};
    const SystemRow row = measure(before, now);
    ASSERT_EQ(row.per_cpu.size(), 2U);  // 6 did not tick
    EXPECT_EQ(row.per_cpu[0].cpu, 0U);
    EXPECT_DOUBLE_EQ(row.per_cpu[0].busy_pct, 100);
    EXPECT_EQ(row.per_cpu[1].cpu, 3U);
    EXPECT_DOUBLE_EQ(row.per_cpu[1].busy_pct, 25);
}

TEST(MeasureSystem, shares_stay_within_100_when_counters_advance_but_the_clock_does_not) {
    SystemSample before;
    SystemSample now;
    before.pressure_io = Pressure{};
    now.pressure_io = Pressure{.some_total_ns = 9 * kSecond, .full_total_ns = 8 * kSecond};
    before.pressure_irq = IrqPressure{};
    now.pressure_irq = IrqPressure{.full_total_ns = 7 * kSecond};
    before.disks = {{DeviceName("sda"), 0}};
    now.disks = {{DeviceName("sda"), 3600 * kSecond}};
    const SystemRow row = measure(before, now);
    EXPECT_THAT(row.stall_io_pct, Optional(DoubleEq(100)));
    EXPECT_THAT(row.stall_io_full_pct, Optional(DoubleEq(100)));
    EXPECT_THAT(row.stall_irq_full_pct, Optional(DoubleEq(100)));
    ASSERT_TRUE(row.busiest_disk.has_value());
    EXPECT_DOUBLE_EQ(row.busiest_disk->busy_pct, 100);
}

TEST(MeasureSystem, stalls_come_from_the_totals_of_both_kinds) {
    SystemSample before;
    SystemSample now;
    before.pressure_memory = Pressure{.some_total_ns = kSecond, .full_total_ns = kSecond};
    now.pressure_memory = Pressure{.some_total_ns = kSecond * 3 / 2, .full_total_ns = kSecond * 5 / 4};
    const SystemRow row = measure(before, now);
    EXPECT_THAT(row.stall_memory_pct, Optional(DoubleEq(50)));
    EXPECT_THAT(row.stall_memory_full_pct, Optional(DoubleEq(25)));
    EXPECT_FALSE(row.stall_cpu_pct || row.stall_io_full_pct || row.stall_irq_full_pct);
}

TEST(MeasureSystem, the_busiest_disk_is_matched_by_name_in_any_order) {
    SystemSample before;
    SystemSample now;
    before.disks = {{DeviceName("nvme0n1"), 0}, {DeviceName("sda"), 0}, {DeviceName("gone"), 0}};
    now.disks = {{DeviceName("sda"), kSecond / 4}, {DeviceName("new"), 99 * kSecond}, {DeviceName("nvme0n1"), 1}};
    const SystemRow row = measure(before, now);
    ASSERT_TRUE(row.busiest_disk.has_value());
    EXPECT_EQ(row.busiest_disk->name.view(), "sda");
    EXPECT_DOUBLE_EQ(row.busiest_disk->busy_pct, 25);
}

TEST(MeasureSystem, counters_that_went_backward_add_nothing) {
    SystemSample before;
    SystemSample now;
    before.net_rx_bytes = 4'000'000'000;
    now.net_rx_bytes = 5;
    before.net_tx_bytes = 5;
    now.net_tx_bytes = 2005;
    before.core_throttles = 9;
    now.core_throttles = 3;
    before.package_throttles = 1;
    now.package_throttles = 4;
    const SystemRow row = measure(before, now, 2 * kSecond);
    EXPECT_THAT(row.net_rx_bytes_per_s, Optional(DoubleEq(0)));
    EXPECT_THAT(row.net_tx_bytes_per_s, Optional(DoubleEq(1000)));
    EXPECT_THAT(row.core_throttles, Optional(0U));
    EXPECT_THAT(row.package_throttles, Optional(3U));
}

TEST(MeasureSystem, used_memory_is_what_is_not_available) {
    SystemSample now;
    now.memory_total_bytes = 100;
    now.memory_available_bytes = 70;
    now.swap_total_bytes = 10;
    SystemRow row = measure({}, now);
    EXPECT_THAT(row.memory_used_bytes, Optional(30U));
    EXPECT_FALSE(row.swap_used_bytes.has_value());
    now.memory_available_bytes = 170;
    now.swap_free_bytes = 4;
    row = measure({}, now);
    EXPECT_THAT(row.memory_used_bytes, Optional(0U));
    EXPECT_THAT(row.swap_used_bytes, Optional(6U));
}

TEST(MeasureSystem, nothing_of_the_row_before_stays_and_its_memory_is_used_again) {
    SystemSample before;
    SystemSample now;
    before.per_cpu = {{0, 0, 0}, {1, 0, 0}};
    now.per_cpu = {{0, 1, 1}, {1, 1, 1}};
    before.disks = {{DeviceName("sda"), 0}};
    now.disks = {{DeviceName("sda"), 1}};
    now.gpus.resize(2);
    before.cpu = CpuTimes{};
    now.cpu = CpuTimes{.user_ns = 1};
    SystemRow row = measure(before, now);
    const testing::AllocationCount allocated;
    measure_system(before, now, kSecond, row);
    EXPECT_EQ(allocated.so_far(), 0U);
    EXPECT_EQ(row.per_cpu.size(), 2U);
    EXPECT_EQ(row.now.gpus.size(), 2U);
    measure_system({}, {}, kSecond, row);
    EXPECT_TRUE(row.per_cpu.empty() && row.now.disks.empty() && row.now.gpus.empty());
    EXPECT_FALSE(row.cpu_busy_pct || row.cpu_busy_ns || row.busiest_disk);
}

TEST(BusiestGpu, is_the_one_with_the_largest_known_share) {
    SystemSample now;
    EXPECT_EQ(busiest_gpu(now), nullptr);
    now.gpus.resize(3);
    EXPECT_EQ(busiest_gpu(now), nullptr);
    now.gpus[1].busy_pct = 5;
    now.gpus[2].busy_pct = 7;
    EXPECT_EQ(busiest_gpu(now), &now.gpus[2]);
}

TEST(MeasureSystem, shares_rates_and_gauges_have_three_decimals_so_that_their_text_is_short) {
    SystemSample before;
    SystemSample now;
    before.cpu = CpuTimes{};
    now.cpu = CpuTimes{.user_ns = 1, .idle_ns = 2};
    before.disk_read_bytes = 0;
    now.disk_read_bytes = 10;
    now.cpu_mhz = 2399.9985;
    now.battery = Battery{.power_w = 1.0 / 3, .charge_pct = 200.0 / 3, .status = std::nullopt};
    now.gpus.resize(1);
    now.gpus[0].busy_pct = 1.0 / 7;
    const SystemRow row = measure(before, now, 3 * kSecond);
    EXPECT_EQ(fmt::format("{}", *row.cpu_busy_pct), "33.333");
    EXPECT_EQ(fmt::format("{}", *row.disk_read_bytes_per_s), "3.333");
    EXPECT_EQ(fmt::format("{}", *row.now.cpu_mhz), "2399.999");
    EXPECT_EQ(fmt::format("{}", *row.now.battery->power_w), "0.333");
    EXPECT_EQ(fmt::format("{}", *row.now.battery->charge_pct), "66.667");
    EXPECT_EQ(fmt::format("{}", *row.now.gpus[0].busy_pct), "0.143");
}

}  // namespace
}  // namespace tsa
