// SPDX-License-Identifier: MIT
// Reports with random system values: each present or absent, of any size. Also compares two reports member by member,
// independently of the tested table.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <tuple>

#include "model/report.h"

namespace tsa::test {

class RandomSystem {
  public:
    explicit RandomSystem(std::mt19937_64& random) : random_(random) {}

    bool coin() { return random_() % 2 == 0; }
    std::uint64_t number() { return random_() >> random_() % 64; }
    // Of any size: either a short decimal or random bits of a finite double.
    double real() {
        const double any = std::bit_cast<double>(random_());
        return random_() % 3 == 0 && std::isfinite(any) ? any : static_cast<double>(random_() % 1'000'000'000) / 1000;
    }
    void fill(std::uint64_t& value) { value = number(); }
    void fill(double& value) { value = real(); }
    template <class T>
    void fill(std::optional<T>& value) {
        value.reset();
        if (coin()) {
            fill(value.emplace());
        }
    }
    template <class... T>
    void fill_all(T&... values) {
        (fill(values), ...);
    }
    // Of any length; text that needs escapes has a separate test.
    DeviceName name() {
        static constexpr std::string_view kBytes = "ab0-_ ,\"'\\/=;[]{}";
        std::string text;
        for (std::uint64_t left = 1 + random_() % 32; left > 0; --left) {
            text += kBytes[random_() % kBytes.size()];
        }
        return DeviceName(text);
    }
    std::uint64_t below(std::uint64_t end) { return random_() % end; }

  private:
    std::mt19937_64& random_;
};

inline void fill_gauges(RandomSystem& any, SystemSample& now) {
    any.fill_all(now.memory_total_bytes, now.memory_available_bytes, now.memory_free_bytes, now.memory_cache_bytes,
                 now.swap_total_bytes, now.swap_free_bytes, now.zram_data_bytes, now.zram_memory_bytes,
                 now.zswap_data_bytes, now.zswap_memory_bytes, now.zfs_arc_bytes, now.cpu_temperature_c,
                 now.cpu_hottest_c, now.cpu_mhz, now.cpu_max_mhz, now.package_power_w, now.platform_power_w,
                 now.uptime_s, now.io_blocked);
    if (any.coin()) {
        now.load = {any.real(), any.real(), any.real()};
    }
    if (any.coin()) {
        now.pressure_cpu = Pressure{.some_avg10 = any.real()};
    }
    for (std::optional<Pressure>* pressure : {&now.pressure_io, &now.pressure_memory}) {
        if (any.coin()) {
            *pressure = Pressure{.some_avg10 = any.real(), .full_avg10 = any.real()};
        }
    }
    if (any.coin()) {
        now.pressure_irq = IrqPressure{.full_avg10 = any.real()};
    }
    if (any.coin()) {
        now.throttle_reasons = static_cast<std::uint8_t>(any.below(256));
    }
    for (std::uint64_t left = any.below(4); left > 0; --left) {
        Gpu gpu;
        gpu.name = any.name();
        gpu.driver = std::array<std::string_view, 4>{"i915", "xe", "amdgpu", "nvidia"}[any.below(4)];
        gpu.asleep = any.coin();
        any.fill_all(gpu.mhz, gpu.busy_pct, gpu.temperature_c, gpu.memory_used_bytes, gpu.memory_total_bytes);
        now.gpus.push_back(gpu);
    }
    if (any.coin()) {
        now.battery.emplace().status = static_cast<BatteryStatus>(any.below(4));
        any.fill_all(now.battery->power_w, now.battery->charge_pct);
    }
    if (any.coin()) {
        now.power_profile = any.name();
    }
}

inline void fill_row(RandomSystem& any, SystemRow& row) {
    row.cpus = static_cast<std::uint32_t>(any.below(9000));
    row.now.cpus = row.cpus;
    any.fill_all(row.cpu_exec_ns, row.cpu_busy_ns, row.irq_and_steal_ns, row.cpu_busy_pct, row.user_pct, row.system_pct,
                 row.irq_pct, row.steal_pct, row.iowait_pct, row.swap_in_bytes_per_s, row.swap_out_bytes_per_s,
                 row.disk_read_bytes_per_s, row.disk_write_bytes_per_s, row.net_rx_bytes_per_s, row.net_tx_bytes_per_s,
                 row.stall_cpu_pct, row.stall_io_pct, row.stall_memory_pct, row.stall_io_full_pct,
                 row.stall_memory_full_pct, row.stall_irq_full_pct, row.core_throttles, row.package_throttles);
    std::uint32_t cpu = 0;
    for (std::uint64_t left = any.below(6); left > 0; --left, ++cpu) {
        cpu += static_cast<std::uint32_t>(any.below(3));
        row.per_cpu.push_back({cpu, any.real()});
    }
    if (any.coin()) {
        row.busiest_disk = BusiestDisk{any.name(), any.real()};
    }
    fill_gauges(any, row.now);
    // Used memory does not exceed the total.
    if (any.coin()) {
        row.memory_used_bytes = row.now.memory_total_bytes ? any.below(*row.now.memory_total_bytes / 2 + 1)
                                                           : std::optional<std::uint64_t>();
    }
    if (any.coin() && row.now.swap_total_bytes) {
        row.swap_used_bytes = any.below(*row.now.swap_total_bytes / 2 + 1);
    }
}

inline Report random_system_report(std::mt19937_64& random) {
    RandomSystem any(random);
    Report report;
    any.fill_all(report.time_unix_ns, report.interval_ns, report.now_ns, report.total_wall_ns, report.unlisted_exits);
    // Of recordings only those up to 2^62 and 2^56 are valid.
    report.time_unix_ns >>= 2U;
    report.now_ns >>= 2U;
    report.interval_ns >>= 8U;
    report.threads.resize(any.below(5));
    report.measured = static_cast<Measured>(random());
    for (std::size_t i = 0; i < kStateCount; ++i) {
        report.total_ns[i] = (report.measured >> i & 1U) != 0 ? any.number() : 0;
    }
    fill_row(any, report.system);
    Health& health = report.health;
    any.fill_all(health.threads_without_slot, health.slots_refused, health.slots_leaked, health.exit_records_lost,
                 health.exits_folded, health.torn_reads, health.storage_failures, health.missed_switches,
                 health.missed_frees, health.unwatched_switches, health.clock_backwards);
    report.own_before.cpu_ns = any.number();
    report.own_now.cpu_ns = report.own_before.cpu_ns + any.below(1'000'000'000);
    if (any.coin()) {
        report.own_before.probe_ns = any.below(1000);
        report.own_now.probe_ns = *report.own_before.probe_ns + any.below(1'000'000'000);
        report.own_before.probe_runs = 5;
        report.own_now.probe_runs = 5 + any.below(1000);
    }
    return report;
}

inline void expect_same_gauges(const SystemSample& a, const SystemSample& b) {
    EXPECT_EQ(a.cpus, b.cpus);
    EXPECT_EQ(a.load, b.load);
    const auto same_pressure = [](const std::optional<Pressure>& one, const std::optional<Pressure>& other) {
        ASSERT_EQ(one.has_value(), other.has_value());
        if (one) {
            EXPECT_EQ(one->some_avg10, other->some_avg10);
            EXPECT_EQ(one->full_avg10, other->full_avg10);
        }
    };
    same_pressure(a.pressure_cpu, b.pressure_cpu);
    same_pressure(a.pressure_io, b.pressure_io);
    same_pressure(a.pressure_memory, b.pressure_memory);
    ASSERT_EQ(a.pressure_irq.has_value(), b.pressure_irq.has_value());
    EXPECT_TRUE(!a.pressure_irq || a.pressure_irq->full_avg10 == b.pressure_irq->full_avg10);
    const auto numbers = [](const SystemSample& s) {
        return std::tuple(s.memory_total_bytes, s.memory_available_bytes, s.memory_free_bytes, s.memory_cache_bytes,
                          s.swap_total_bytes, s.swap_free_bytes, s.zram_data_bytes, s.zram_memory_bytes,
                          s.zswap_data_bytes, s.zswap_memory_bytes, s.zfs_arc_bytes, s.throttle_reasons, s.io_blocked);
    };
    EXPECT_EQ(numbers(a), numbers(b));
    const auto reals = [](const SystemSample& s) {
        return std::tuple(s.cpu_temperature_c, s.cpu_hottest_c, s.cpu_mhz, s.cpu_max_mhz, s.package_power_w,
                          s.platform_power_w, s.uptime_s);
    };
    EXPECT_EQ(reals(a), reals(b));
    ASSERT_EQ(a.gpus.size(), b.gpus.size());
    for (std::size_t i = 0; i < a.gpus.size(); ++i) {
        const auto all = [](const Gpu& g) {
            return std::tuple(g.name.view(), g.driver, g.asleep, g.mhz, g.busy_pct, g.temperature_c,
                              g.memory_used_bytes, g.memory_total_bytes);
        };
        EXPECT_EQ(all(a.gpus[i]), all(b.gpus[i]));
    }
    ASSERT_EQ(a.battery.has_value(), b.battery.has_value());
    if (a.battery) {
        EXPECT_EQ(a.battery->power_w, b.battery->power_w);
        EXPECT_EQ(a.battery->charge_pct, b.battery->charge_pct);
        EXPECT_EQ(a.battery->status, b.battery->status);
    }
    EXPECT_EQ(a.power_profile, b.power_profile);
}

inline void expect_same_row(const SystemRow& a, const SystemRow& b) {
    const auto shares = [](const SystemRow& s) {
        return std::tuple(s.cpu_busy_pct, s.user_pct, s.system_pct, s.irq_pct, s.steal_pct, s.iowait_pct,
                          s.stall_cpu_pct, s.stall_io_pct, s.stall_memory_pct, s.stall_io_full_pct,
                          s.stall_memory_full_pct, s.stall_irq_full_pct);
    };
    EXPECT_EQ(shares(a), shares(b));
    const auto rates = [](const SystemRow& s) {
        return std::tuple(s.swap_in_bytes_per_s, s.swap_out_bytes_per_s, s.disk_read_bytes_per_s,
                          s.disk_write_bytes_per_s, s.net_rx_bytes_per_s, s.net_tx_bytes_per_s);
    };
    EXPECT_EQ(rates(a), rates(b));
    const auto numbers = [](const SystemRow& s) {
        return std::tuple(s.cpus, s.cpu_exec_ns, s.cpu_busy_ns, s.irq_and_steal_ns, s.memory_used_bytes,
                          s.swap_used_bytes, s.core_throttles, s.package_throttles);
    };
    EXPECT_EQ(numbers(a), numbers(b));
    ASSERT_EQ(a.per_cpu.size(), b.per_cpu.size());
    for (std::size_t i = 0; i < a.per_cpu.size(); ++i) {
        EXPECT_EQ(a.per_cpu[i].cpu, b.per_cpu[i].cpu);
        EXPECT_EQ(a.per_cpu[i].busy_pct, b.per_cpu[i].busy_pct);
    }
    ASSERT_EQ(a.busiest_disk.has_value(), b.busiest_disk.has_value());
    if (a.busiest_disk) {
        EXPECT_EQ(a.busiest_disk->name, b.busiest_disk->name);
        EXPECT_EQ(a.busiest_disk->busy_pct, b.busiest_disk->busy_pct);
    }
}

inline void expect_same_system(const Report& a, const Report& b) {
    expect_same_row(a.system, b.system);
    expect_same_gauges(a.system.now, b.system.now);
    EXPECT_EQ(a.total_ns, b.total_ns);
    EXPECT_EQ(a.total_wall_ns, b.total_wall_ns);
    EXPECT_EQ(a.unlisted_exits, b.unlisted_exits);
    const auto losses = [](const Health& h) {
        return std::tuple(h.threads_without_slot, h.slots_refused, h.slots_leaked, h.exit_records_lost, h.exits_folded,
                          h.torn_reads, h.storage_failures, h.missed_switches, h.missed_frees, h.unwatched_switches,
                          h.clock_backwards);
    };
    EXPECT_EQ(losses(a.health), losses(b.health));
    const auto growth = [](const std::optional<std::uint64_t>& before, const std::optional<std::uint64_t>& now) {
        return before && now ? std::optional(*now - *before) : std::nullopt;
    };
    EXPECT_EQ(a.own_now.cpu_ns - a.own_before.cpu_ns, b.own_now.cpu_ns - b.own_before.cpu_ns);
    EXPECT_EQ(growth(a.own_before.probe_ns, a.own_now.probe_ns), growth(b.own_before.probe_ns, b.own_now.probe_ns));
    EXPECT_EQ(growth(a.own_before.probe_runs, a.own_now.probe_runs),
              growth(b.own_before.probe_runs, b.own_now.probe_runs));
}

}  // namespace tsa::test
