// SPDX-License-Identifier: MIT
// libFuzzer target for the parsers of the machine's own files in /proc and /sys, and of fdinfo of GPUs. Every parser
// reads the whole input. Shares and loads are not negative, and lists stay within their limits. Seeds:
// tests/data/system_files_fuzz; run by scripts/check fuzz.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/thread_count.h"
#include "base/time_namespace.h"
#include "system/compressed.h"
#include "system/cpu.h"
#include "system/disks.h"
#include "system/drm_clients.h"
#include "system/frequency.h"
#include "system/load.h"
#include "system/memory.h"
#include "system/network.h"
#include "system/power.h"
#include "system/pressure.h"
#include "system/temperature.h"

namespace {

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

void read_cpus(std::string_view text) {
    constexpr std::uint64_t kNsPerTick = 10'000'000;
    (void)tsa::parse_cpu_times(text, kNsPerTick);
    std::vector<tsa::CpuBusy> cpus;
    const std::uint32_t lines = tsa::parse_per_cpu(text, kNsPerTick, cpus);
    require(cpus.size() <= tsa::kMaxParsedCpus && cpus.size() <= lines);
    const tsa::CpuinfoClocks clocks = tsa::parse_cpuinfo_clocks(text);
    require(clocks.cpus > 0 || clocks.sum_mhz == 0);
    (void)tsa::cpuinfo_clocks_are_measured(text);
}

void read_devices(std::string_view text) {
    (void)tsa::parse_disk_stat(text);
    std::vector<tsa::DiskCounters> disks;
    const std::array<std::string, 2> names{"nvme0n1", "sda"};
    const bool found = tsa::parse_diskstats(text, names, disks);
    require(found == !disks.empty());
    (void)tsa::parse_net_dev_line(text);
    if (const auto client = tsa::parse_drm_fdinfo(text)) {
        require(std::ranges::all_of(client->engines, [](const tsa::DrmEngine& one) { return one.capacity > 0; }));
    }
}

void read_state(std::string_view text) {
    constexpr std::uint64_t kPageBytes = 4096;
    (void)tsa::parse_meminfo(text);
    (void)tsa::parse_swap_traffic(text, kPageBytes);
    (void)tsa::parse_zram(text);
    (void)tsa::parse_arcstats(text);
    (void)tsa::parse_pressure(text);
    (void)tsa::parse_irq_pressure(text);
    (void)tsa::parse_thread_count(text);
    (void)tsa::parse_time_offsets(text);
    if (const auto load = tsa::parse_load(text)) {
        require(std::ranges::all_of(*load, [](double one) { return std::isfinite(one) && one >= 0; }));
    }
    if (const auto temperature = tsa::parse_temperature_c(text)) {
        require(std::isfinite(*temperature));
    }
    const tsa::BatteryReading reading = tsa::parse_battery_uevent(text);
    require(!reading.battery.power_w || *reading.battery.power_w >= 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT: libFuzzer's name
    const std::vector<char> copy(data, data + size);
    const std::string_view text(copy.data(), copy.size());
    read_cpus(text);
    read_devices(text);
    read_state(text);
    return 0;
}
