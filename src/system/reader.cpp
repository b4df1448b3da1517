// See reader.h.
#include "system/reader.h"

#include <unistd.h>

#include <ctime>
#include <utility>

#include "system/cpu.h"
#include "system/disks.h"
#include "system/load.h"
#include "system/memory.h"
#include "system/pressure.h"

namespace tsa {
namespace {

// The largest of these files has about 5 KiB on a machine with a few disks.
constexpr std::size_t kFirstBufferBytes = 1U << 15U;

// In the order of SystemReader::File.
constexpr std::array kPaths{
    "/proc/stat",        "/sys/devices/system/cpu/online", "/proc/loadavg", "/proc/uptime", "/proc/pressure/cpu",
    "/proc/pressure/io", "/proc/pressure/memory",          "/proc/meminfo", "/proc/vmstat", "/proc/diskstats",
};

std::uint64_t monotonic_ns() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(now.tv_nsec);
}

std::uint64_t positive_or(long value, std::uint64_t fallback) {
    return value > 0 ? static_cast<std::uint64_t>(value) : fallback;
}

}  // namespace

SystemReader::SystemReader(SystemReaderOptions options)
    : options_(std::move(options)),
      ns_per_tick_(1'000'000'000U / positive_or(::sysconf(_SC_CLK_TCK), 100)),
      page_bytes_(positive_or(::sysconf(_SC_PAGESIZE), 4096)),
      cpus_(static_cast<std::uint32_t>(positive_or(::sysconf(_SC_NPROCESSORS_ONLN), 1))),
      buffer_(kFirstBufferBytes) {
    static_assert(kPaths.size() == kFiles);
    files_.reserve(kFiles);
    const std::uint64_t now_ns = monotonic_ns();
    for (std::size_t source = 0; source < kFiles; ++source) {
        files_.emplace_back(options_.root + kPaths[source]);
        tried_at_ns_[source] = now_ns;
    }
    SystemSample first;
    read(first);  // lists the disks and lets the buffer grow, so that later reads allocate nothing
}

void SystemReader::read(SystemSample& out) {
    out = SystemSample{};
    reopen_one_absent();
    if (const auto text = files_[stat].read_head(buffer_)) {
        out.cpu = parse_cpu_times(*text, ns_per_tick_);
    }
    if (const auto text = files_[online].read_head(buffer_)) {
        cpus_ = parse_cpu_list(*text).value_or(cpus_);
    }
    out.cpus = cpus_;
    if (const auto text = files_[loadavg].read_head(buffer_)) {
        out.load = parse_load(*text);
    }
    if (const auto text = files_[uptime].read_head(buffer_)) {
        out.uptime_s = parse_uptime_s(*text);
    }
    for (const auto& [source, target] :
         {std::pair{pressure_cpu, &out.pressure_cpu}, std::pair{pressure_io, &out.pressure_io},
          std::pair{pressure_memory, &out.pressure_memory}}) {
        if (const auto text = files_[source].read_head(buffer_)) {
            *target = parse_pressure(*text);
        }
    }
    read_memory(out);
    read_disks(out);
}

void SystemReader::read_memory(SystemSample& out) {
    if (const auto text = files_[meminfo].read_head(buffer_)) {
        const MemoryInfo info = parse_meminfo(*text);
        out.memory_total_bytes = info.total_bytes;
        out.memory_available_bytes = info.available_bytes;
        out.swap_total_bytes = info.swap_total_bytes;
        out.swap_free_bytes = info.swap_free_bytes;
    }
    // The kernel sums all counters anew for each `pread` of vmstat. The two wanted are in the first page of every
    // kernel so far, so only one that moved them pays for the rest.
    SwapTraffic traffic;
    if (const auto head = files_[vmstat].read_head(buffer_)) {
        traffic = parse_swap_traffic(*head, page_bytes_);
    }
    if (!traffic.out_bytes) {
        if (const auto text = files_[vmstat].read_whole(buffer_)) {
            traffic = parse_swap_traffic(*text, page_bytes_);
        }
    }
    out.swap_in_bytes = traffic.in_bytes;
    out.swap_out_bytes = traffic.out_bytes;
}

void SystemReader::read_disks(SystemSample& out) {
    const auto text = files_[diskstats].read_whole(buffer_);
    if (!text) {
        return;
    }
    // A disk was plugged in or out: the only time that a read does more than read.
    if (const std::uint64_t signature = device_signature(*text); signature != disks_signature_) {
        disks_signature_ = signature;
        disks_ = list_disks(options_.root);
    }
    if (const std::optional<DiskTraffic> traffic = parse_diskstats(*text, disks_)) {
        out.disk_read_bytes = traffic->read_bytes;
        out.disk_write_bytes = traffic->write_bytes;
    }
}

void SystemReader::reopen_one_absent() {
    for (std::size_t tries = 0; tries < kFiles; ++tries) {
        const std::size_t source = next_to_try_;
        next_to_try_ = (next_to_try_ + 1) % kFiles;
        if (files_[source].is_open()) {
            continue;
        }
        const std::uint64_t now_ns = monotonic_ns();
        if (now_ns - tried_at_ns_[source] < options_.reopen_after_ns) {
            continue;
        }
        tried_at_ns_[source] = now_ns;
        files_[source].reopen();
        return;
    }
}

}  // namespace tsa
