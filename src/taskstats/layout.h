// SPDX-License-Identifier: MIT
// The offset of each field of the kernel's struct taskstats, by the version in a reply. Built at compile time from the
// order in which kernel versions added fields, and compared with the sizes and offsets of real kernels by
// static_assert. The build host's <linux/taskstats.h> belongs to another kernel and is not used.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "model/taskstats.h"

namespace tsa::taskstats {

inline constexpr std::uint16_t kOldestVersion = 8;   // Linux 2.6.33 to 4.19
inline constexpr std::uint16_t kNewestVersion = 17;  // Linux 7.0; a newer one only appends

/// Offset 0 is the version itself, so 0 means: not in this version.
struct DelayLayout {
    std::uint16_t count = 0;
    std::uint16_t total = 0;
    std::uint16_t max = 0;
    std::uint16_t min = 0;
    std::uint16_t max_at = 0;  ///< struct __kernel_timespec: two signed 64-bit numbers
};

struct Layout {
    std::uint16_t size = 0;
    std::array<DelayLayout, kDelayKindCount> delays{};
    // 1 or 4 bytes
    std::uint16_t exit_code = 0, flags = 0, nice = 0, policy = 0, uid = 0, gid = 0, tid = 0, parent_tgid = 0;
    std::uint16_t begin_s32 = 0, tgid = 0;
    std::uint16_t comm = 0;  ///< 32 bytes
    // 8 bytes
    std::uint16_t cpu_run_real = 0, cpu_run_virtual = 0, elapsed_us = 0, user_us = 0, system_us = 0;
    std::uint16_t minor_faults = 0, major_faults = 0, rss_mb_usec = 0, vm_mb_usec = 0, max_rss_kb = 0, max_vm_kb = 0;
    std::uint16_t read_chars = 0, written_chars = 0, read_syscalls = 0, write_syscalls = 0;
    std::uint16_t read_bytes = 0, write_bytes = 0, cancelled_write_bytes = 0;
    std::uint16_t voluntary_switches = 0, involuntary_switches = 0;
    std::uint16_t user_scaled_us = 0, system_scaled_us = 0, cpu_scaled_run_real = 0;
    std::uint16_t begin_s64 = 0, group_age_us = 0, exe_device = 0, exe_inode = 0;
};

namespace detail {

/// Lays out fields one after another.
class Cursor {
  public:
    constexpr explicit Cursor(std::uint16_t version) : version_(version) {}

    constexpr std::uint16_t take(std::uint16_t size, std::uint16_t alignment) {
        at_ = static_cast<std::uint16_t>((at_ + alignment - 1) / alignment * alignment);
        const std::uint16_t here = at_;
        at_ = static_cast<std::uint16_t>(at_ + size);
        return here;
    }
    constexpr std::uint16_t u8() { return take(1, 1); }
    constexpr std::uint16_t u32() { return take(4, 4); }
    constexpr std::uint16_t u64() { return take(8, 8); }

    // Version 15 put each delay's extremes after its total; 16 moved them all to the end.
    constexpr void delay(DelayLayout& fields) {
        fields.count = u64();
        fields.total = u64();
        if (version_ == 15) {
            extremes(fields);
        }
    }
    constexpr void extremes(DelayLayout& fields) {
        fields.max = u64();
        fields.min = u64();
    }
    [[nodiscard]] constexpr std::uint16_t end() const { return static_cast<std::uint16_t>((at_ + 7) / 8 * 8); }

  private:
    std::uint16_t version_;
    std::uint16_t at_ = 2;  // after the version
};

constexpr DelayLayout& of(Layout& layout, DelayKind kind) {
    return layout.delays[index(kind)];
}

/// Version 8: the common beginning.
constexpr void lay_out_base(Layout& layout, Cursor& next) {
    layout.exit_code = next.u32();
    layout.flags = next.u8();
    layout.nice = next.u8();
    next.delay(of(layout, DelayKind::cpu));
    next.delay(of(layout, DelayKind::blkio));
    next.delay(of(layout, DelayKind::swapin));
    layout.cpu_run_real = next.u64();
    layout.cpu_run_virtual = next.u64();
    layout.comm = next.take(32, 1);
    layout.policy = next.take(1, 8);
    layout.uid = next.take(4, 8);
    layout.gid = next.u32();
    layout.tid = next.u32();
    layout.parent_tgid = next.u32();
    layout.begin_s32 = next.u32();
    for (std::uint16_t* field : {&layout.elapsed_us,         &layout.user_us,
                                 &layout.system_us,          &layout.minor_faults,
                                 &layout.major_faults,       &layout.rss_mb_usec,
                                 &layout.vm_mb_usec,         &layout.max_rss_kb,
                                 &layout.max_vm_kb,          &layout.read_chars,
                                 &layout.written_chars,      &layout.read_syscalls,
                                 &layout.write_syscalls,     &layout.read_bytes,
                                 &layout.write_bytes,        &layout.cancelled_write_bytes,
                                 &layout.voluntary_switches, &layout.involuntary_switches,
                                 &layout.user_scaled_us,     &layout.system_scaled_us,
                                 &layout.cpu_scaled_run_real}) {
        *field = next.u64();
    }
    next.delay(of(layout, DelayKind::freepages));
}

constexpr Layout make_layout(std::uint16_t version) {
    Layout layout;
    Cursor next(version);
    lay_out_base(layout, next);
    if (version >= 9) {
        next.delay(of(layout, DelayKind::thrashing));
    }
    if (version >= 10) {
        layout.begin_s64 = next.u64();
    }
    if (version >= 11) {
        next.delay(of(layout, DelayKind::compact));
    }
    if (version >= 12) {
        layout.tgid = next.u32();
        layout.group_age_us = next.u64();
        layout.exe_device = next.u64();
        layout.exe_inode = next.u64();
    }
    if (version >= 13) {
        next.delay(of(layout, DelayKind::wpcopy));
    }
    if (version >= 14) {
        next.delay(of(layout, DelayKind::irq));
    }
    if (version >= 16) {
        for (DelayLayout& fields : layout.delays) {
            next.extremes(fields);
        }
    }
    if (version >= 17) {
        for (DelayLayout& fields : layout.delays) {
            fields.max_at = next.take(16, 8);
        }
    }
    layout.size = next.end();
    return layout;
}

constexpr auto make_layouts() {
    std::array<Layout, kNewestVersion - kOldestVersion + 1> layouts{};
    for (std::size_t i = 0; i < layouts.size(); ++i) {
        layouts[i] = make_layout(static_cast<std::uint16_t>(kOldestVersion + i));
    }
    return layouts;
}

inline constexpr auto kLayouts = make_layouts();

}  // namespace detail

/// The layout for a version; versions newer than the newest known one start with its layout. Null: too old.
[[nodiscard]] constexpr const Layout* layout_of(std::uint16_t version) {
    if (version < kOldestVersion) {
        return nullptr;
    }
    return &detail::kLayouts[(version > kNewestVersion ? kNewestVersion : version) - kOldestVersion];
}

// Sizes of replies: 10, 11, 13 to 17 captured from those kernels; 8, 9 and 12 from the kernel's history.
static_assert(layout_of(8)->size == 328 && layout_of(9)->size == 344 && layout_of(10)->size == 352);
static_assert(layout_of(11)->size == 368 && layout_of(12)->size == 400 && layout_of(13)->size == 416);
static_assert(layout_of(14)->size == 432 && layout_of(15)->size == 560 && layout_of(16)->size == 560);
static_assert(layout_of(17)->size == 688 && layout_of(18) == layout_of(17) && layout_of(7) == nullptr);

// Offsets counted by hand, for every version but 15.
static_assert(layout_of(8)->exit_code == 4 && layout_of(8)->flags == 8 && layout_of(8)->nice == 9);
static_assert(layout_of(8)->delays[index(DelayKind::cpu)].count == 16);
static_assert(layout_of(8)->delays[index(DelayKind::swapin)].total == 56);
static_assert(layout_of(8)->cpu_run_real == 64 && layout_of(8)->cpu_run_virtual == 72 && layout_of(8)->comm == 80);
static_assert(layout_of(8)->policy == 112 && layout_of(8)->uid == 120 && layout_of(8)->begin_s32 == 136);
static_assert(layout_of(8)->elapsed_us == 144 && layout_of(8)->max_rss_kb == 200 && layout_of(8)->read_chars == 216);
static_assert(layout_of(8)->voluntary_switches == 272 && layout_of(8)->cpu_scaled_run_real == 304);
static_assert(layout_of(14)->delays[index(DelayKind::freepages)].count == 312);
static_assert(layout_of(14)->delays[index(DelayKind::thrashing)].count == 328 && layout_of(14)->begin_s64 == 344);
static_assert(layout_of(14)->delays[index(DelayKind::compact)].count == 352 && layout_of(14)->tgid == 368);
static_assert(layout_of(14)->group_age_us == 376 && layout_of(14)->exe_inode == 392);
static_assert(layout_of(14)->delays[index(DelayKind::wpcopy)].count == 400);
static_assert(layout_of(14)->delays[index(DelayKind::irq)].total == 424);
static_assert(layout_of(16)->delays[index(DelayKind::irq)].total == 424);
static_assert(layout_of(16)->delays[index(DelayKind::cpu)].max == 432);
static_assert(layout_of(16)->delays[index(DelayKind::irq)].min == 552);
static_assert(layout_of(17)->delays[index(DelayKind::cpu)].max_at == 560);
static_assert(layout_of(17)->delays[index(DelayKind::irq)].max_at == 672);

// Version 15 has its own offsets.
static_assert(layout_of(15)->delays[index(DelayKind::cpu)].max == 32);
static_assert(layout_of(15)->delays[index(DelayKind::blkio)].count == 48);
static_assert(layout_of(15)->delays[index(DelayKind::swapin)].min == 104);
static_assert(layout_of(15)->cpu_run_real == 112 && layout_of(15)->comm == 128 && layout_of(15)->elapsed_us == 192);
static_assert(layout_of(15)->delays[index(DelayKind::freepages)].count == 360);
static_assert(layout_of(15)->begin_s64 == 424 && layout_of(15)->tgid == 464);
static_assert(layout_of(15)->delays[index(DelayKind::irq)].min == 552);

}  // namespace tsa::taskstats
