// SPDX-License-Identifier: MIT
// See fields.h.
#include "taskstats/fields.h"

#include <limits>
#include <optional>

#include "base/time_units.h"

namespace tsa::taskstats {
namespace {

constexpr std::uint64_t kNsPerUs = 1000;
constexpr std::uint64_t kBytesPerKb = 1024;

std::uint64_t scaled(std::uint64_t value, std::uint64_t factor) {
    constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
    return value > kMax / factor ? kMax : value * factor;
}

std::optional<std::uint64_t> unless_zero(std::uint64_t value) {
    return value == 0 ? std::nullopt : std::optional(value);
}

class Fields {
  public:
    Fields(std::span<const std::byte> bytes, const Layout& layout) : bytes_(bytes), layout_(layout) {}

    [[nodiscard]] std::uint8_t u8(std::uint16_t offset) const { return load<std::uint8_t>(bytes_, offset); }
    [[nodiscard]] std::uint32_t u32(std::uint16_t offset) const { return load<std::uint32_t>(bytes_, offset); }
    [[nodiscard]] std::uint64_t u64(std::uint16_t offset) const { return load<std::uint64_t>(bytes_, offset); }
    [[nodiscard]] std::uint64_t us_as_ns(std::uint16_t offset) const { return scaled(u64(offset), kNsPerUs); }
    [[nodiscard]] std::uint64_t kb_as_bytes(std::uint16_t offset) const { return scaled(u64(offset), kBytesPerKb); }

    /// struct __kernel_timespec of CLOCK_REALTIME; 0 is "never".
    [[nodiscard]] std::optional<std::uint64_t> timestamp(std::uint16_t offset) const {
        const std::uint64_t seconds = u64(offset);
        const std::uint64_t nanoseconds = load<std::uint64_t>(bytes_, offset + sizeof seconds);
        constexpr std::uint64_t kMaxSeconds = std::numeric_limits<std::uint64_t>::max() / kNsPerSecond - 1;
        if (seconds > kMaxSeconds || nanoseconds >= kNsPerSecond) {
            return std::nullopt;  // also negative numbers, read as unsigned
        }
        return unless_zero(seconds * kNsPerSecond + nanoseconds);
    }

    [[nodiscard]] std::optional<Delay> delay(DelayKind kind, bool group) const {
        const DelayLayout& at = layout_.delays[index(kind)];
        if (at.count == 0) {
            return std::nullopt;
        }
        Delay delay;
        delay.count = u64(at.count);
        delay.total_ns = u64(at.total);
        // In a group's sums these are of the thread that the kernel added last: useless.
        if (group || delay.count == 0) {
            return delay;
        }
        if (at.max != 0) {
            delay.max_ns = u64(at.max);
            delay.min_ns = unless_zero(u64(at.min));
        }
        if (at.max_at != 0) {
            delay.max_at_unix_ns = timestamp(at.max_at);
        }
        return delay;
    }

  private:
    std::span<const std::byte> bytes_;
    const Layout& layout_;
};

void read_times(TaskStats& stats, const Fields& from, const Layout& at) {
    stats.cpu_run_real_ns = from.u64(at.cpu_run_real);
    stats.cpu_run_virtual_ns = from.u64(at.cpu_run_virtual);
    stats.cpu_scaled_run_real_ns = from.u64(at.cpu_scaled_run_real);
    // On many kernels the group part of an exit message lacks these; it then has a life of 0 us.
    stats.elapsed_ns = unless_zero(from.us_as_ns(at.elapsed_us));
    if (stats.group && !stats.elapsed_ns) {
        return;
    }
    stats.user_ns = from.us_as_ns(at.user_us);
    stats.system_ns = from.us_as_ns(at.system_us);
    stats.voluntary_switches = from.u64(at.voluntary_switches);
    stats.involuntary_switches = from.u64(at.involuntary_switches);
}

void read_work(TaskStats& stats, const Fields& from, const Layout& at) {
    stats.user_scaled_ns = from.us_as_ns(at.user_scaled_us);
    stats.system_scaled_ns = from.us_as_ns(at.system_scaled_us);
    stats.minor_faults = from.u64(at.minor_faults);
    stats.major_faults = from.u64(at.major_faults);
    stats.rss_mb_usec = from.u64(at.rss_mb_usec);
    stats.vm_mb_usec = from.u64(at.vm_mb_usec);
    stats.max_rss_bytes = unless_zero(from.kb_as_bytes(at.max_rss_kb));
    stats.max_vm_bytes = unless_zero(from.kb_as_bytes(at.max_vm_kb));
    stats.read_chars = from.u64(at.read_chars);
    stats.written_chars = from.u64(at.written_chars);
    stats.read_syscalls = from.u64(at.read_syscalls);
    stats.write_syscalls = from.u64(at.write_syscalls);
    stats.read_bytes = from.u64(at.read_bytes);
    stats.write_bytes = from.u64(at.write_bytes);
    stats.cancelled_write_bytes = from.u64(at.cancelled_write_bytes);
}

void read_identity(TaskStats& stats, const Fields& from, const Layout& at) {
    stats.tid = from.u32(at.tid);
    stats.parent_tgid = from.u32(at.parent_tgid);
    stats.uid = from.u32(at.uid);
    stats.gid = from.u32(at.gid);
    stats.nice = static_cast<std::int8_t>(from.u8(at.nice));
    stats.policy = from.u8(at.policy);
    stats.flags = from.u8(at.flags);
    stats.exit_code = from.u32(at.exit_code);
    stats.begin_unix_s = at.begin_s64 != 0 ? from.u64(at.begin_s64) : from.u32(at.begin_s32);
    if (at.tgid != 0) {
        stats.tgid = from.u32(at.tgid);
        stats.group_age_ns = from.us_as_ns(at.group_age_us);
        stats.exe_inode = unless_zero(from.u64(at.exe_inode));
        if (stats.exe_inode) {
            stats.exe_device = from.u64(at.exe_device);
        }
    }
}

}  // namespace

TaskStats read_fields(std::span<const std::byte> bytes, const Layout& layout, std::uint16_t version, bool group) {
    const Fields from(bytes, layout);
    TaskStats stats;
    stats.version = version;
    stats.group = group;
    for (const DelayInfo& entry : delay_table()) {
        stats.delays[index(entry.kind)] = from.delay(entry.kind, group);
    }
    read_times(stats, from, layout);
    // The kernel fills the rest only for single threads: 0 there is not a measurement.
    if (!group) {
        read_work(stats, from, layout);
        read_identity(stats, from, layout);
        std::memcpy(stats.comm_bytes.data(), bytes.data() + layout.comm, stats.comm_bytes.size());
    }
    return stats;
}

}  // namespace tsa::taskstats
