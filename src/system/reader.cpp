// SPDX-License-Identifier: MIT
// See reader.h.
#include "system/reader.h"

#include <unistd.h>

#include <memory>
#include <utility>

#include "base/scan.h"
#include "base/time_units.h"
#include "system/compressed.h"
#include "system/cpu.h"
#include "system/frequency.h"
#include "system/gpu.h"
#include "system/load.h"
#include "system/nvidia.h"
#include "system/power.h"
#include "system/pressure.h"
#include "system/temperature.h"
#include "system/throttle.h"

namespace tsa {
namespace {

// /proc/stat, the largest of these files, has about 5 KiB on a machine with 64 CPUs.
constexpr std::size_t kFirstBufferBytes = 1U << 15U;

// In the order of SystemReader::File.
constexpr std::array kPaths{
    "/proc/stat",         "/proc/loadavg", "/proc/pressure/cpu", "/proc/pressure/io", "/proc/pressure/memory",
    "/proc/pressure/irq", "/proc/meminfo", "/proc/vmstat",
};

std::uint64_t positive_or(long value, std::uint64_t fallback) {
    return value > 0 ? static_cast<std::uint64_t>(value) : fallback;
}

/// A line near the end of /proc/stat.
std::optional<std::uint64_t> parse_io_blocked(std::string_view proc_stat) {
    constexpr std::string_view kBefore = "\nprocs_blocked ";
    const std::size_t at = proc_stat.rfind(kBefore);
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    proc_stat.remove_prefix(at + kBefore.size());
    const std::optional<std::string_view> line = next_line(proc_stat);
    return line ? number<std::uint64_t>(*line) : std::nullopt;
}

}  // namespace

std::span<const char* const> SystemReader::proc_files() {
    return kPaths;
}

SystemReader::SystemReader(SystemReaderOptions options, const Instant& now)
    : options_(std::move(options)),
      ns_per_tick_(kNsPerSecond / positive_or(::sysconf(_SC_CLK_TCK), 100)),
      page_bytes_(positive_or(::sysconf(_SC_PAGESIZE), 4096)),
      looked_at_ns_(now.monotonic_ns),
      cpus_(static_cast<std::uint32_t>(positive_or(::sysconf(_SC_NPROCESSORS_ONLN), 1))),
      disks_(options_.root),
      network_(options_.root),
      rotation_(options_.look_again_after_ns) {
    static_assert(kPaths.size() == kFiles);
    (void)buffer_.room(kFirstBufferBytes);
    files_.reserve(kFiles);
    for (std::size_t source = 0; source < kFiles; ++source) {
        files_.emplace_back(options_.root + kPaths[source]);
        tried_at_ns_[source] = now.monotonic_ns;
    }
    add_slow_sources();
    rotation_.read_all(now, buffer_);
    SystemSample first;
    read(first, now);  // grows the buffer, so that later reads allocate nothing
}

void SystemReader::add_slow_sources() {
    const std::string& root = options_.root;
    const std::string cpus = root + "/sys/devices/system/cpu";
    const std::string drm = root + "/sys/class/drm";
    const auto add = [&]<class Source>(std::unique_ptr<Source> source, std::uint64_t periods,
                                       const std::vector<std::string>& directories) {
        rotation_.add(std::move(source), periods * options_.slow_period_ns, directories);
    };
    // Frequently for values that users watch, rarely for values that query a slow controller or wake a core.
    add(std::make_unique<GpuSource>(root), 1, {drm});
    add(std::make_unique<NvidiaSource>(root), 1, {root + "/proc/driver/nvidia/gpus"});
    add(std::make_unique<RaplSource>(root), 1, {root + "/sys/class/powercap"});
    add(std::make_unique<CpuFrequencySource>(root), 1, {cpus + "/cpufreq"});
    add(std::make_unique<TemperatureSource>(root), 2, {root + "/sys/class/hwmon", root + "/sys/class/thermal"});
    add(std::make_unique<ZramSource>(root), 2, {root + "/sys/block"});
    add(std::make_unique<ArcSource>(root), 2, {root + "/proc/spl/kstat/zfs"});
    add(std::make_unique<ThrottleReasonSource>(root), 2, {drm});
    add(std::make_unique<ThrottleCountSource>(root), 5, {cpus});
    add(std::make_unique<BatterySource>(root), 5, {root + "/sys/class/power_supply"});
    add(std::make_unique<PowerProfileSource>(root), 5, {root + "/sys/firmware/acpi"});
}

void SystemReader::read(SystemSample& out, const Instant& now) {
    out.clear();
    out.uptime_s = to_seconds(now.boottime_ns);  // what /proc/uptime says, without reading it
    read_cpus(out);
    read_load(out, now.monotonic_ns);
    read_pressure(out);
    read_memory(out);
    disks_.read(out, buffer_);
    network_.read(out, buffer_);
    const std::uint64_t limit = buffer_.calls + kSlowCallsPerRefresh;
    do_one_chore(now.monotonic_ns);
    rotation_.run(now, limit, buffer_);
    rotation_.publish(out);
}

// One of them per refresh, round-robin, so that each gets its turn and calls remain for the slow sources.
void SystemReader::do_one_chore(std::uint64_t now_ns) {
    constexpr std::size_t kChores = 3;
    for (std::size_t tries = 0; tries < kChores; ++tries) {
        const std::size_t chore = next_chore_;
        next_chore_ = (next_chore_ + 1) % kChores;
        const bool done = chore == 0   ? reopen_one_absent(now_ns)
                          : chore == 1 ? look_for_devices(now_ns)
                                       : rotation_.look(now_ns, buffer_);
        if (done) {
            return;
        }
    }
}

void SystemReader::read_cpus(SystemSample& out) {
    if (const auto text = files_[stat].read_record(buffer_)) {
        out.cpu = parse_cpu_times(*text, ns_per_tick_);
        const std::uint32_t online = parse_per_cpu(*text, ns_per_tick_, out.per_cpu);
        cpus_ = online > 0 ? online : cpus_;
        out.io_blocked = parse_io_blocked(*text);
    }
    out.cpus = cpus_;
}

// The kernel updates them every 5 seconds.
void SystemReader::read_load(SystemSample& out, std::uint64_t now_ns) {
    if (load_read_at_ns_ == 0 || now_ns >= load_read_at_ns_ + options_.slow_period_ns) {
        const auto text = files_[loadavg].read_head(buffer_);
        load_ = text ? parse_load(*text) : std::nullopt;
        load_read_at_ns_ = load_ ? now_ns : 0;
    }
    out.load = load_;
}

void SystemReader::read_pressure(SystemSample& out) {
    for (const auto& [source, target] :
         {std::pair{pressure_cpu, &out.pressure_cpu}, std::pair{pressure_io, &out.pressure_io},
          std::pair{pressure_memory, &out.pressure_memory}}) {
        if (const auto text = files_[source].read_head(buffer_)) {
            *target = parse_pressure(*text);
        }
    }
    if (const auto text = files_[pressure_irq].read_head(buffer_)) {
        out.pressure_irq = parse_irq_pressure(*text);
    }
}

void SystemReader::read_memory(SystemSample& out) {
    if (const auto text = files_[meminfo].read_head(buffer_)) {
        const MemoryInfo info = parse_meminfo(*text);
        out.memory_total_bytes = info.total_bytes;
        out.memory_available_bytes = info.available_bytes;
        out.memory_free_bytes = info.free_bytes;
        out.memory_cache_bytes = info.cache_bytes();
        out.swap_total_bytes = info.swap_total_bytes;
        out.swap_free_bytes = info.swap_free_bytes;
        out.zswap_memory_bytes = info.zswap_memory_bytes;
        out.zswap_data_bytes = info.zswap_data_bytes;
    }
    // Without swap space no page is swapped, so the most expensive of these files need not be read.
    const bool has_swap = out.swap_total_bytes.value_or(1) != 0;
    if (has_swap || had_swap_) {
        read_swap_traffic();
    }
    had_swap_ = has_swap;
    out.swap_in_bytes = swap_traffic_.in_bytes;
    out.swap_out_bytes = swap_traffic_.out_bytes;
}

// The kernel sums all counters for each `pread` of vmstat, and generates as much text as requested: so read only up to
// the two needed lines. In every kernel so far they are in the first page; if a kernel moves them, more is read.
void SystemReader::read_swap_traffic() {
    constexpr std::size_t kNumbersMayGrowBy = 160;
    swap_traffic_ = {};
    if (const auto head = files_[vmstat].read_head(buffer_, vmstat_bytes_)) {
        swap_traffic_ = parse_swap_traffic(*head, page_bytes_);
    }
    if (!swap_traffic_.out_bytes) {
        if (const auto text = files_[vmstat].read_whole(buffer_)) {
            swap_traffic_ = parse_swap_traffic(*text, page_bytes_);
        }
    }
    const std::size_t enough = swap_traffic_.text_bytes + kNumbersMayGrowBy;
    vmstat_bytes_ = swap_traffic_.out_bytes && enough < kHeadBytes ? enough : kHeadBytes;
}

bool SystemReader::reopen_one_absent(std::uint64_t now_ns) {
    for (std::size_t tries = 0; tries < kFiles; ++tries) {
        const std::size_t source = next_to_try_;
        next_to_try_ = (next_to_try_ + 1) % kFiles;
        if (files_[source].is_open() || now_ns < tried_at_ns_[source] + options_.reopen_after_ns) {
            continue;
        }
        tried_at_ns_[source] = now_ns;
        ++buffer_.calls;
        files_[source].reopen();
        return true;
    }
    return false;
}

// Disks and interfaces alternate.
bool SystemReader::look_for_devices(std::uint64_t now_ns) {
    if (now_ns < looked_at_ns_ + options_.reopen_after_ns / 2) {
        return false;
    }
    looked_at_ns_ = now_ns;
    look_at_disks_ = !look_at_disks_;
    if (look_at_disks_) {
        disks_.look_again(buffer_.calls);
    } else {
        network_.look_again(buffer_);
    }
    return true;
}

}  // namespace tsa
