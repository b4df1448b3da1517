// SPDX-License-Identifier: MIT
// See taskstats.h.
#include "model/taskstats.h"

#include <fmt/format.h>

#include <algorithm>

namespace tsa {

const std::array<DelayInfo, kDelayKindCount>& delay_table() {
    static constexpr std::array<DelayInfo, kDelayKindCount> kTable{{
        {DelayKind::cpu, "cpu", "CPU wait", 8, "2.6"},
        {DelayKind::blkio, "blkio", "block I/O", 8, "2.6"},
        {DelayKind::swapin, "swapin", "swap-in", 8, "2.6"},
        {DelayKind::freepages, "freepages", "direct reclaim", 8, "2.6"},
        {DelayKind::thrashing, "thrashing", "thrashing", 9, "4.20"},
        {DelayKind::compact, "compact", "compaction", 11, "5.17"},
        {DelayKind::wpcopy, "wpcopy", "write-protect copy", 13, "6.1"},
        {DelayKind::irq, "irq", "interrupts", 14, "6.4"},
    }};
    return kTable;
}

const DelayInfo& info(DelayKind kind) {
    return delay_table()[index(kind)];
}

std::string_view TaskStats::comm() const {
    const auto end = std::find(comm_bytes.begin(), comm_bytes.end(), '\0');
    return {comm_bytes.data(), static_cast<std::size_t>(end - comm_bytes.begin())};
}

bool proves_accounting(const TaskStats& stats) {
    return std::any_of(delay_table().begin(), delay_table().end(), [&](const DelayInfo& entry) {
        const std::optional<Delay>& delay = stats.delay(entry.kind);
        return entry.kind != DelayKind::cpu && delay && (delay->count != 0 || delay->total_ns != 0);
    });
}

DelayAbsence delay_absence(const TaskStats& stats, DelayKind kind, const DelayAccounting& accounting,
                           std::uint64_t start_time_ns) {
    const std::optional<Delay>& delay = stats.delay(kind);
    if (!delay) {
        return DelayAbsence::kernel_lacks_it;
    }
    if (kind == DelayKind::cpu && !accounting.covers_cpu) {
        return DelayAbsence::none;  // the scheduler's own counters: they work without delay accounting
    }
    if (accounting.state == Accounting::not_compiled) {
        return DelayAbsence::not_compiled;
    }
    if (accounting.state == Accounting::off) {
        return DelayAbsence::accounting_off;
    }
    if (proves_accounting(stats) || (accounting.covers_cpu && stats.cpu_run_virtual_ns != 0)) {
        return DelayAbsence::none;
    }
    const bool start_known = start_time_ns != 0;
    if (accounting.on_no_later_than_ns &&
        (*accounting.on_no_later_than_ns == 0 || (start_known && start_time_ns >= *accounting.on_no_later_than_ns))) {
        return DelayAbsence::none;
    }
    if (accounting.off_until_ns && start_known && start_time_ns < *accounting.off_until_ns) {
        return DelayAbsence::thread_is_older;
    }
    return DelayAbsence::thread_may_be_older;
}

std::string absence_text(DelayAbsence absence, DelayKind kind, std::uint16_t version) {
    const DelayInfo& entry = info(kind);
    switch (absence) {
        case DelayAbsence::none:
            return {};
        case DelayAbsence::kernel_lacks_it:
            return fmt::format("{}: needs Linux {} (taskstats version {}); this kernel has version {}", entry.label,
                               entry.since_linux, entry.since_version, version);
        case DelayAbsence::accounting_off:
            return fmt::format(
                "{}: delay accounting is off; sysctl kernel.task_delayacct=1 turns it on for threads "
                "created from then on (before Linux 5.14: boot without nodelayacct)",
                entry.label);
        case DelayAbsence::not_compiled:
            return fmt::format("{}: this kernel was built without CONFIG_TASK_DELAY_ACCT", entry.label);
        case DelayAbsence::thread_is_older:
            return fmt::format(
                "{}: the thread was created before delay accounting was switched on; only newer threads "
                "have it",
                entry.label);
        case DelayAbsence::thread_may_be_older:
            return fmt::format("{}: 0, but the thread may have been created before delay accounting was switched on",
                               entry.label);
    }
    return {};
}

}  // namespace tsa
