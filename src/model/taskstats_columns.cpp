// SPDX-License-Identifier: MIT
// The columns of the kernel's delay accounting, for the threads of Report::delays: growth in the interval, and
// high-water marks. In JSON they are the object "taskstats" (without the prefix), in CSV separate columns. A value that
// this kernel does not have, or that was not accounted for this thread, is absent: see delay_absence().
#include <array>

#include "base/saturating.h"
#include "model/columns.h"
#include "model/delays.h"

namespace tsa {

namespace {

using T = const ThreadRow&;
using R = const Report&;

Value number(std::uint64_t value) {
    return {Value::Kind::integer, static_cast<std::int64_t>(value), {}};
}

const ThreadDelays* delays_of(const Report& report, const ThreadRow& row) {
    return report.delays != nullptr ? report.delays->find(key_of(*row.now)) : nullptr;
}

template <DelayKind kKind>
Value delay_ns(const Report& report, const ThreadRow& row) {
    const ThreadDelays* delays = delays_of(report, row);
    if (delays == nullptr) {
        return {};
    }
    const auto growth = delay_growth_ns(*delays, kKind, report.delays->accounting);
    return growth ? number(*growth) : Value{};
}

/// The delay of that kind, if it was measured.
template <DelayKind kKind>
const Delay* measured_delay(const Report& report, const ThreadRow& row) {
    const ThreadDelays* delays = delays_of(report, row);
    if (delays == nullptr ||
        delay_absence(delays->now, kKind, report.delays->accounting, delays->key.start_time_ns) != DelayAbsence::none) {
        return nullptr;
    }
    return &*delays->now.delay(kKind);
}

template <DelayKind kKind>
Value delay_count(const Report& report, const ThreadRow& row) {
    const Delay* now = measured_delay<kKind>(report, row);
    if (now == nullptr || !delays_of(report, row)->has_before) {
        return {};
    }
    const std::optional<Delay>& before = delays_of(report, row)->before.delay(kKind);
    return number(saturating_sub(now->count, before ? before->count : 0));
}

template <DelayKind kKind>
Value delay_max(const Report& report, const ThreadRow& row) {
    const Delay* now = measured_delay<kKind>(report, row);
    return now != nullptr && now->max_ns ? number(*now->max_ns) : Value{};
}

/// Growth of a counter that needs no accounting.
template <auto kMember>
Value growth(const Report& report, const ThreadRow& row) {
    const ThreadDelays* delays = delays_of(report, row);
    if (delays == nullptr || !delays->has_before) {
        return {};
    }
    const std::optional<std::uint64_t> before = delays->before.*kMember;
    const std::optional<std::uint64_t> now = delays->now.*kMember;
    return now ? number(saturating_sub(*now, before.value_or(0))) : Value{};
}

/// Growth of a CPU time, which before the sysctl (Linux 5.14) was a part of the accounting: 0 there means not measured.
template <auto kMember>
Value run_time(const Report& report, const ThreadRow& row) {
    const bool uncounted = report.delays != nullptr && report.delays->accounting.covers_cpu &&
                           (report.delays->accounting.state == Accounting::off ||
                            report.delays->accounting.state == Accounting::not_compiled);
    return uncounted ? Value{} : growth<kMember>(report, row);
}

template <auto kMember>
Value gauge(const Report& report, const ThreadRow& row) {
    const ThreadDelays* delays = delays_of(report, row);
    return delays != nullptr && delays->now.*kMember ? number(*(delays->now.*kMember)) : Value{};
}

/// A row's delays are growth, as counters that started at 0.
template <DelayKind kKind, auto kMember>
constexpr Restore put_delay() {
    return {[](RestoredRow& row, std::string_view text) {
        std::optional<Delay>& found = row.delays.now.delays[index(kKind)];
        Delay& delay = found ? *found : found.emplace();  // GCC 12 would copy it in the line below
        return restore::assign(delay.*kMember, text);
    }};
}

template <auto kMember>
constexpr Restore put_counter() {
    return {[](RestoredRow& row, std::string_view text) { return restore::assign(row.delays.now.*kMember, text); }};
}

/// The version and the run time are always in a reply.
bool put_version(RestoredRow& row, std::string_view text) {
    row.has_delays = true;
    return restore::assign(row.delays.now.version, text);
}

bool put_run_time(RestoredRow& row, std::string_view text) {
    row.delays.has_before = true;
    return restore::assign(row.delays.now.cpu_run_virtual_ns, text);
}

template <DelayKind kKind>
constexpr Column delay_column(std::string_view key, std::string_view head, std::string_view help) {
    return {key, head, Unit::nanoseconds, 5, help, delay_ns<kKind>, nullptr, put_delay<kKind, &Delay::total_ns>()};
}

template <DelayKind kKind>
constexpr Column count_column(std::string_view key, std::string_view head, std::string_view help) {
    return {key, head, Unit::events, 5, help, delay_count<kKind>, nullptr, put_delay<kKind, &Delay::count>()};
}

template <DelayKind kKind>
constexpr Column max_column(std::string_view key, std::string_view head, std::string_view help) {
    return {key, head, Unit::age, 6, help, delay_max<kKind>, nullptr, put_delay<kKind, &Delay::max_ns>()};
}

constexpr std::array kColumns = std::to_array<Column>({
    {"taskstats_version",
     "TSVER",
     Unit::identifier,
     5,
     "version of the kernel's struct taskstats",
     [](R report, T row) {
         const ThreadDelays* delays = delays_of(report, row);
         return delays != nullptr ? number(delays->now.version) : Value{};
     },
     nullptr,
     {put_version}},
    {"taskstats_cpu_run_virtual_ns",
     "tEXEC",
     Unit::nanoseconds,
     5,
     "time on a CPU, by the scheduler's clock",
     run_time<&TaskStats::cpu_run_virtual_ns>,
     nullptr,
     {put_run_time}},
    {"taskstats_cpu_run_real_ns", "tREAL", Unit::nanoseconds, 5, "user and system time: whole ticks on some kernels",
     run_time<&TaskStats::cpu_run_real_ns>, nullptr, put_counter<&TaskStats::cpu_run_real_ns>()},
    delay_column<DelayKind::cpu>("taskstats_cpu_delay_ns", "tCPUW", "waits for a CPU that ended"),
    delay_column<DelayKind::blkio>("taskstats_blkio_delay_ns", "tIOW", "waits for block I/O that ended"),
    delay_column<DelayKind::swapin>("taskstats_swapin_delay_ns", "tSWAP", "swap-ins that ended, CPU time included"),
    delay_column<DelayKind::freepages>("taskstats_freepages_delay_ns", "tRECL", "direct reclaims that ended"),
    delay_column<DelayKind::thrashing>("taskstats_thrashing_delay_ns", "tTHRA", "waits for refaulting pages"),
    delay_column<DelayKind::compact>("taskstats_compact_delay_ns", "tCOMP", "compactions that ended"),
    delay_column<DelayKind::wpcopy>("taskstats_wpcopy_delay_ns", "tWPC", "copies of write-protected pages"),
    delay_column<DelayKind::irq>("taskstats_irq_delay_ns", "tIRQ", "time on its CPU that interrupts took"),
    count_column<DelayKind::cpu>("taskstats_cpu_delay_count", "#CPUW", "number of those waits for a CPU"),
    count_column<DelayKind::blkio>("taskstats_blkio_delay_count", "#IOW", "number of those waits for block I/O"),
    count_column<DelayKind::swapin>("taskstats_swapin_delay_count", "#SWAP", "number of those swap-ins"),
    count_column<DelayKind::freepages>("taskstats_freepages_delay_count", "#RECL", "number of those reclaims"),
    count_column<DelayKind::thrashing>("taskstats_thrashing_delay_count", "#THRA", "number of those refault waits"),
    count_column<DelayKind::compact>("taskstats_compact_delay_count", "#COMP", "number of those compactions"),
    count_column<DelayKind::wpcopy>("taskstats_wpcopy_delay_count", "#WPC", "number of those copies"),
    count_column<DelayKind::irq>("taskstats_irq_delay_count", "#IRQ", "number of those interruptions"),
    max_column<DelayKind::cpu>("taskstats_cpu_delay_max_ns", "^CPUW", "longest wait for a CPU since its start"),
    max_column<DelayKind::blkio>("taskstats_blkio_delay_max_ns", "^IOW", "longest wait for block I/O since its start"),
    max_column<DelayKind::swapin>("taskstats_swapin_delay_max_ns", "^SWAP", "longest swap-in since its start"),
    {"taskstats_user_ns", "tUSER", Unit::nanoseconds, 5, "user time, by ticks or by the kernel's estimate",
     growth<&TaskStats::user_ns>, nullptr, put_counter<&TaskStats::user_ns>()},
    {"taskstats_system_ns", "tSYS", Unit::nanoseconds, 5, "system time, likewise", growth<&TaskStats::system_ns>,
     nullptr, put_counter<&TaskStats::system_ns>()},
    {"taskstats_voluntary_switches", "tVCSW", Unit::events, 6, "voluntary switches",
     growth<&TaskStats::voluntary_switches>, nullptr, put_counter<&TaskStats::voluntary_switches>()},
    {"taskstats_involuntary_switches", "tICSW", Unit::events, 6, "involuntary switches",
     growth<&TaskStats::involuntary_switches>, nullptr, put_counter<&TaskStats::involuntary_switches>()},
    {"taskstats_minor_faults", "tMINF", Unit::events, 6, "minor page faults", growth<&TaskStats::minor_faults>, nullptr,
     put_counter<&TaskStats::minor_faults>()},
    {"taskstats_major_faults", "tMAJF", Unit::events, 6, "major page faults", growth<&TaskStats::major_faults>, nullptr,
     put_counter<&TaskStats::major_faults>()},
    {"taskstats_read_chars", "tRCH", Unit::io_bytes, 5, "bytes through read calls, cache hits included; steps of 1,024",
     growth<&TaskStats::read_chars>, nullptr, put_counter<&TaskStats::read_chars>()},
    {"taskstats_written_chars", "tWCH", Unit::io_bytes, 5, "bytes through write calls; steps of 1,024",
     growth<&TaskStats::written_chars>, nullptr, put_counter<&TaskStats::written_chars>()},
    {"taskstats_read_syscalls", "tRSYS", Unit::events, 6, "read calls", growth<&TaskStats::read_syscalls>, nullptr,
     put_counter<&TaskStats::read_syscalls>()},
    {"taskstats_write_syscalls", "tWSYS", Unit::events, 6, "write calls", growth<&TaskStats::write_syscalls>, nullptr,
     put_counter<&TaskStats::write_syscalls>()},
    {"taskstats_read_bytes", "tRBY", Unit::io_bytes, 5, "bytes from storage; steps of 1,024",
     growth<&TaskStats::read_bytes>, nullptr, put_counter<&TaskStats::read_bytes>()},
    {"taskstats_write_bytes", "tWBY", Unit::io_bytes, 5, "bytes to storage; steps of 1,024",
     growth<&TaskStats::write_bytes>, nullptr, put_counter<&TaskStats::write_bytes>()},
    {"taskstats_max_rss_bytes", "^RSS", Unit::bytes, 5, "peak resident memory of its process since its start",
     gauge<&TaskStats::max_rss_bytes>, nullptr, put_counter<&TaskStats::max_rss_bytes>()},
    {"taskstats_max_vm_bytes", "^VM", Unit::bytes, 5, "peak virtual memory of its process since its start",
     gauge<&TaskStats::max_vm_bytes>, nullptr, put_counter<&TaskStats::max_vm_bytes>()},
});

static_assert([] {
    for (const Column& column : kColumns) {
        if (!column.key.starts_with(kTaskstatsPrefix)) {
            return false;
        }
    }
    return true;
}());

}  // namespace

std::span<const Column> taskstats_columns() {
    return kColumns;
}

}  // namespace tsa
