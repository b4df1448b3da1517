// SPDX-License-Identifier: MIT
// One taskstats reply as values: the kernel's accounting of a thread or of a thread group. Made by src/taskstats; the
// rules here decide which of its delays were measured, and which only look like zero. Pure data and rules.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tsa {

/// What a thread can be delayed by, in the kernel's order.
enum class DelayKind : std::uint8_t { cpu, blkio, swapin, freepages, thrashing, compact, wpcopy, irq };

inline constexpr std::size_t kDelayKindCount = 8;

[[nodiscard]] constexpr std::size_t index(DelayKind kind) {
    return static_cast<std::size_t>(kind);
}

struct DelayInfo {
    DelayKind kind;
    std::string_view key;         ///< the kernel's name: "freepages"
    std::string_view label;       ///< "direct reclaim": in sentences
    std::uint16_t since_version;  ///< of struct taskstats; 8 is the oldest supported
    std::string_view since_linux;
};

/// All kinds, in order.
[[nodiscard]] const std::array<DelayInfo, kDelayKindCount>& delay_table();
[[nodiscard]] const DelayInfo& info(DelayKind kind);

/// One kind of delay, cumulative over the thread's life. It is updated when a wait ends, not during the wait.
struct Delay {
    std::uint64_t count = 0;
    std::uint64_t total_ns = 0;
    std::optional<std::uint64_t> max_ns;          ///< versions 15 and later; absent while nothing was recorded
    std::optional<std::uint64_t> min_ns;          ///< the same; the kernel does not record delays of 0 ns here
    std::optional<std::uint64_t> max_at_unix_ns;  ///< when the longest one ended: versions 17 and later
};

/// Absent: this kernel's version has no such field, or the kernel does not fill it in such a reply. Whether a delay of
/// 0 was measured is a separate question: see delay_absence().
struct TaskStats {
    std::uint16_t version = 0;  ///< of the kernel's struct
    bool group = false;         ///< sums over all threads of a process, dead ones included, instead of one thread

    std::array<std::optional<Delay>, kDelayKindCount> delays;
    std::uint64_t cpu_run_real_ns = 0;     ///< utime + stime: whole ticks on some kernels
    std::uint64_t cpu_run_virtual_ns = 0;  ///< sum_exec_runtime: the scheduler's clock, as schedstat has it
    std::optional<std::uint64_t> cpu_scaled_run_real_ns;

    std::optional<std::uint64_t> elapsed_ns;  ///< since it was created; of a group, the sum over its threads
    std::optional<std::uint64_t> user_ns;
    std::optional<std::uint64_t> system_ns;
    std::optional<std::uint64_t> user_scaled_ns;
    std::optional<std::uint64_t> system_scaled_ns;
    std::optional<std::uint64_t> voluntary_switches;
    std::optional<std::uint64_t> involuntary_switches;

    // Of single threads only.
    std::optional<std::uint64_t> minor_faults;
    std::optional<std::uint64_t> major_faults;
    std::optional<std::uint64_t> rss_mb_usec;    ///< RSS integrated over system CPU time
    std::optional<std::uint64_t> vm_mb_usec;     ///< the same for virtual memory
    std::optional<std::uint64_t> max_rss_bytes;  ///< of its address space; absent without one
    std::optional<std::uint64_t> max_vm_bytes;   ///< the same
    std::optional<std::uint64_t> read_chars;     ///< these four in steps of 1,024: the kernel truncates
    std::optional<std::uint64_t> written_chars;  ///< bytes through write(2) and its like, cache hits included
    std::optional<std::uint64_t> read_syscalls;
    std::optional<std::uint64_t> write_syscalls;
    std::optional<std::uint64_t> read_bytes;  ///< these three from and to storage, in steps of 1,024
    std::optional<std::uint64_t> write_bytes;
    std::optional<std::uint64_t> cancelled_write_bytes;

    // Identity; of single threads only.
    std::optional<std::uint32_t> tid;
    std::optional<std::uint32_t> tgid;  ///< version 12 and later
    std::optional<std::uint32_t> parent_tgid;
    std::optional<std::uint32_t> uid;
    std::optional<std::uint32_t> gid;
    std::optional<std::int8_t> nice;
    std::optional<std::uint8_t> policy;         ///< SCHED_*
    std::optional<std::uint8_t> flags;          ///< AFORK etc. from <linux/acct.h>
    std::optional<std::uint32_t> exit_code;     ///< as from wait(2); 0 while it is alive
    std::optional<std::uint64_t> begin_unix_s;  ///< truncated to 32 bits before version 10
    std::optional<std::uint64_t> group_age_ns;  ///< age of its process: version 12 and later
    std::optional<std::uint64_t> exe_device;    ///< of /proc/TGID/exe, in the kernel's encoding: version 12 and later
    std::optional<std::uint64_t> exe_inode;     ///< the same; absent for kernel threads
    std::array<char, 32> comm_bytes{};          ///< raw: sanitize before showing

    [[nodiscard]] const std::optional<Delay>& delay(DelayKind kind) const { return delays[index(kind)]; }
    /// Up to the first NUL; empty for a group.
    [[nodiscard]] std::string_view comm() const;
};

/// The machine's delay accounting setting.
enum class Accounting : std::uint8_t {
    on,
    off,           ///< by the sysctl, or by `nodelayacct` on a kernel before 5.14
    not_compiled,  ///< no CONFIG_TASK_DELAY_ACCT
    unknown,       ///< no readable /proc/sys
};

/// The accounting setting now, and what is known about when it was switched on. Times as in Thread::start_time_ns: ns
/// since boot.
struct DelayAccounting {
    Accounting state = Accounting::unknown;
    /// Linux before 5.14: no sysctl, on by default; without accounting the CPU's counters are 0 too.
    bool covers_cpu = false;
    /// Threads that started at this time or later have it; 0: all threads.
    std::optional<std::uint64_t> on_no_later_than_ns;
    /// It was off at this time, so threads that started before have none.
    std::optional<std::uint64_t> off_until_ns;
};

/// Why a delay of a reply must not be shown as a number.
enum class DelayAbsence : std::uint8_t {
    none,                ///< it was measured, even if it is 0
    kernel_lacks_it,     ///< the reply's version has no such field
    accounting_off,      ///< even if values remain from a time when it was on
    not_compiled,        ///< the kernel was built without delay accounting
    thread_is_older,     ///< the thread was created before accounting was switched on: it never has any
    thread_may_be_older  ///< all its delays are 0, and it is not known whether they were measured
};

/// The rule. `start_time_ns` of the thread, since boot; 0 when it is not known.
///
/// A delay other than CPU's that is not 0 proves that the thread is accounted. If all are 0, its start time is compared
/// with what is known about when accounting was switched on. Limits: (1) accounting that was switched on, off and on
/// again between two checks leaves threads without it that seem to have started after it; (2) a process (group) counts
/// as accounted if one of its threads is; (3) a kernel without CONFIG_IRQ_TIME_ACCOUNTING, CONFIG_SWAP or
/// CONFIG_COMPACTION never counts that kind, which looks like a measured 0.
[[nodiscard]] DelayAbsence delay_absence(const TaskStats& stats, DelayKind kind, const DelayAccounting& accounting,
                                         std::uint64_t start_time_ns);

/// True when the reply itself proves that delays are accounted for this thread.
[[nodiscard]] bool proves_accounting(const TaskStats& stats);

/// Text for the user, with a hint; empty for `none`.
[[nodiscard]] std::string absence_text(DelayAbsence absence, DelayKind kind, std::uint16_t version);

}  // namespace tsa
