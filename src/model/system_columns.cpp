// SPDX-License-Identifier: MIT
// See system_columns.h. Getters and setters of plain members are made in system_column_makers.h; lists are in
// system_lists.cpp.
#include "model/system_columns.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "base/concat.h"
#include "model/state_columns.h"
#include "model/system_column_makers.h"
#include "model/system_lists.h"

namespace tsa {

namespace {

using U = SystemUnit;
using Header = HeaderRow;
using namespace column_makers;

SystemValue get_cpus(R report, Scratch) {
    return cell(std::uint64_t{report.system.cpus});
}

void set_cpus(Report& report, V value) {
    if (is(value, SystemValue::Kind::integer) && value.integer <= std::numeric_limits<std::uint32_t>::max()) {
        report.system.cpus = report.system.now.cpus = static_cast<std::uint32_t>(value.integer);
    }
}

SystemValue get_disk(R report, Scratch) {
    return report.system.busiest_disk ? cell(report.system.busiest_disk->name.view()) : SystemValue{};
}

void set_disk(Report& report, V value) {
    if (is(value, SystemValue::Kind::text)) {
        report.system.busiest_disk = BusiestDisk{DeviceName(value.text), 0};
    }
}

SystemValue get_disk_pct(R report, Scratch) {
    return report.system.busiest_disk ? cell(report.system.busiest_disk->busy_pct) : SystemValue{};
}

// A share without a disk is meaningless: the name comes first.
void set_disk_pct(Report& report, V value) {
    if (report.system.busiest_disk) {
        assign(report.system.busiest_disk->busy_pct, value);
    }
}

SystemValue get_gpu_busy(R report, Scratch) {
    const Gpu* busiest = busiest_gpu(report.system.now);
    return busiest != nullptr ? cell(busiest->busy_pct) : SystemValue{};
}

/// Derived from the list of GPUs.
void set_nothing(Report&, V) {}

SystemValue get_battery_status(R report, Scratch) {
    const auto& battery = report.system.now.battery;
    return battery && battery->status ? cell(battery_status_key(*battery->status)) : SystemValue{};
}

void set_battery_status(Report& report, V value) {
    if (!is(value, SystemValue::Kind::text)) {
        return;
    }
    for (const BatteryStatus status :
         {BatteryStatus::charging, BatteryStatus::discharging, BatteryStatus::full, BatteryStatus::not_charging}) {
        if (battery_status_key(status) == value.text) {
            auto& battery = report.system.now.battery;
            if (!battery) {
                battery.emplace();
            }
            battery->status = status;
        }
    }
}

SystemValue get_power_profile(R report, Scratch) {
    const auto& profile = report.system.now.power_profile;
    return profile ? cell(profile->view()) : SystemValue{};
}

void set_power_profile(Report& report, V value) {
    if (is(value, SystemValue::Kind::text)) {
        report.system.now.power_profile = DeviceName(value.text);
    }
}

SystemValue get_wall(R report, Scratch) {
    return cell(report.total_wall_ns);
}

void set_wall(Report& report, V value) {
    assign(report.total_wall_ns, value);
}

SystemValue get_untracked(R report, Scratch) {
    return cell(report.unlisted_exits);
}

void set_untracked(Report& report, V value) {
    assign(report.unlisted_exits, value);
}

// Columns that belong together share their help text: a table can show such a group in one line.
constexpr std::string_view kSomeStalled = "share of the interval in which some thread stalled for it";
constexpr std::string_view kAllStalled = "share of the interval in which all threads that had work stalled for it";
constexpr std::string_view kKernelAverage = "the kernel's own averages over 10 seconds";
constexpr std::string_view kSwap = "swap space, zram included";
constexpr std::string_view kSwapHeld = "swapped pages held in memory: their size before compression";
constexpr std::string_view kSwapTaken = "swapped pages held in memory: the memory that they take";
constexpr std::string_view kDisks = "all disks together";
constexpr std::string_view kBusiestDisk =
    "the disk that had a request in flight for the largest share of the interval, and that share";
constexpr std::string_view kNetwork = "physical interfaces; if there are none, all except loopback";
constexpr std::string_view kPerCpu =
    "busy percent of each CPU that was online throughout: in JSON with its number, in CSV at that place in a list";
constexpr std::string_view kGpus =
    "of each: `name`, `driver`, `asleep` (switched off, so not read), `busy_pct`, `mhz`, `temperature_c`, "
    "`memory_used_bytes`, `memory_total_bytes`";
constexpr std::string_view kReasons =
    "why the GPU is throttled: `pl1` `pl2` `pl4` (power limits) `thermal` `prochot` `ratl` `vr_thermal` "
    "`vr_tdc`";
constexpr std::string_view kStateSum = "time in that state, all threads together";

constexpr std::array kMachineColumns = std::to_array<SystemColumn>({
    {"cpus", U::count, SystemGroup::system, "CPUs online", get_cpus, set_cpus},
    of_row<&SystemRow::cpu_exec_ns>("cpu_exec_ns", U::nanoseconds, "executing, all threads together: by the probes"),
    of_row<&SystemRow::cpu_busy_ns>("cpu_busy_ns", U::nanoseconds,
                                    "the same by `/proc/stat`, with interrupts and stolen time"),
    of_row<&SystemRow::cpu_busy_pct>("cpu_busy_pct", U::percent, "the same as a share; 100: all CPUs busy")
        .in_reports("CPUs busy", "CPUs busy"),
    of_row<&SystemRow::user_pct>("user_pct", U::percent, "the part of busy in user space")
        .in_header({Header::cpu, "user", 3, 2}),
    of_row<&SystemRow::system_pct>("system_pct", U::percent, "the part of busy in the kernel")
        .in_header({Header::cpu, "sys", 3, 2, true}),
    of_row<&SystemRow::irq_pct>("irq_pct", U::percent, "the part of busy in interrupts")
        .in_header({Header::cpu, "irq", 3, 4}),
    of_row<&SystemRow::steal_pct>("steal_pct", U::percent, "the part of busy that the hypervisor took")
        .in_reports("stolen", "CPU stolen by the hypervisor")
        .in_header({Header::cpu, "steal", 3, 4, true}),
    of_row<&SystemRow::iowait_pct>("iowait_pct", U::percent, "idle while I/O was outstanding; not part of busy"),
    of_load<0>("load1", "load average of the last minute").in_bar("load", "load average of the last minute"),
    of_load<1>("load5", "load average of the last 5 minutes"),
    of_load<2>("load15", "load average of the last 15 minutes"),
    of_row<&SystemRow::stall_cpu_pct>("psi_cpu_some_pct", U::percent, kSomeStalled)
        .in_reports("PSI cpu", "Stalled on a CPU", "stall_cpu_pct")
        .in_bar("psi_cpu", "PSI: % of time in which some thread waited for a CPU"),
    of_row<&SystemRow::stall_io_pct>("psi_io_some_pct", U::percent, kSomeStalled)
        .in_reports("PSI io", "Stalled on I/O", "stall_io_pct")
        .in_bar("psi_io", "PSI: % of time in which some thread waited for I/O"),
    of_row<&SystemRow::stall_memory_pct>("psi_memory_some_pct", U::percent, kSomeStalled)
        .in_reports("PSI memory", "Stalled on memory", "stall_memory_pct")
        .in_bar("psi_mem", "PSI: % of time in which some thread waited for memory"),
    of_row<&SystemRow::stall_io_full_pct>("psi_io_full_pct", U::percent, kAllStalled),
    of_row<&SystemRow::stall_memory_full_pct>("psi_memory_full_pct", U::percent, kAllStalled),
    of_row<&SystemRow::stall_irq_full_pct>("psi_irq_full_pct", U::percent, kAllStalled),
    of_part<&SystemSample::pressure_cpu, &Pressure::some_avg10>("psi_cpu_some_avg10", U::percent, kKernelAverage),
    of_part<&SystemSample::pressure_io, &Pressure::some_avg10>("psi_io_some_avg10", U::percent, kKernelAverage),
    of_part<&SystemSample::pressure_io, &Pressure::full_avg10>("psi_io_full_avg10", U::percent, kKernelAverage),
    of_part<&SystemSample::pressure_memory, &Pressure::some_avg10>("psi_memory_some_avg10", U::percent, kKernelAverage),
    of_part<&SystemSample::pressure_memory, &Pressure::full_avg10>("psi_memory_full_avg10", U::percent, kKernelAverage),
    of_part<&SystemSample::pressure_irq, &IrqPressure::full_avg10>("psi_irq_full_avg10", U::percent, kKernelAverage),
    of_now<&SystemSample::memory_total_bytes>("memory_total_bytes", U::bytes, "memory that the kernel manages"),
    of_now<&SystemSample::memory_free_bytes>("memory_free_bytes", U::bytes, "memory that nothing uses"),
    of_now<&SystemSample::memory_cache_bytes>("memory_cache_bytes", U::bytes,
                                              "buffers, page cache and reclaimable slab, as in free(1)")
        .in_header({Header::memory, "cache", 4, 4}),
    of_now<&SystemSample::memory_available_bytes>(
        "memory_available_bytes", U::bytes,
        "what programs can still allocate: the kernel's estimate plus what the ZFS cache would release")
        .in_bar("mem_available", "memory available, with unit"),
    of_row<&SystemRow::memory_used_bytes>("memory_used_bytes", U::bytes,
                                          "total less available; includes the memory of zram and zswap")
        .in_reports("memory used", "Memory used")
        .in_bar("mem_used", "memory used, with unit"),
    of_now<&SystemSample::zfs_arc_bytes>("zfs_arc_bytes", U::bytes, "size of the ZFS cache")
        .in_header({Header::memory, "ARC", 4, 3})
        .if_some(),
    of_now<&SystemSample::swap_total_bytes>("swap_total_bytes", U::bytes, kSwap).if_some(),
    of_now<&SystemSample::swap_free_bytes>("swap_free_bytes", U::bytes, kSwap),
    of_row<&SystemRow::swap_used_bytes>("swap_used_bytes", U::bytes, kSwap)
        .in_reports("swap used", "Swap used")
        .in_bar("swap_used", "swap used, with unit"),
    of_row<&SystemRow::swap_in_bytes_per_s>("swap_in_bytes_per_s", U::bytes_per_s, "read from swap")
        .in_reports("swapped in", "Swapped in"),
    of_row<&SystemRow::swap_out_bytes_per_s>("swap_out_bytes_per_s", U::bytes_per_s, "written to swap")
        .in_reports("swapped out", "Swapped out"),
    of_now<&SystemSample::zram_data_bytes>("zram_data_bytes", U::bytes, kSwapHeld).if_some(),
    of_now<&SystemSample::zswap_data_bytes>("zswap_data_bytes", U::bytes, kSwapHeld).if_some(),
    of_now<&SystemSample::zram_memory_bytes>("zram_memory_bytes", U::bytes, kSwapTaken),
    of_now<&SystemSample::zswap_memory_bytes>("zswap_memory_bytes", U::bytes, kSwapTaken),
    of_row<&SystemRow::disk_read_bytes_per_s>("disk_read_bytes_per_s", U::bytes_per_s, kDisks)
        .in_reports("disk read", "Read from disks")
        .in_bar("read", "read from disks, with unit")
        .in_header({Header::io, "read", 9, 0}),
    of_row<&SystemRow::disk_write_bytes_per_s>("disk_write_bytes_per_s", U::bytes_per_s, kDisks)
        .in_reports("disk written", "Written to disks")
        .in_bar("write", "written to disks, with unit")
        .in_header({Header::io, "write", 9, 0, true}),
    {"disk_busiest", U::text, SystemGroup::system, kBusiestDisk, get_disk, set_disk},
    {"disk_busiest_pct", U::percent, SystemGroup::system, kBusiestDisk, get_disk_pct, set_disk_pct},
    of_row<&SystemRow::net_rx_bytes_per_s>("net_rx_bytes_per_s", U::bytes_per_s, kNetwork)
        .in_reports("net received", "Received")
        .in_bar("down", "received from the network, with unit")
        .in_header({Header::io, "net rx", 9, 1}),
    of_row<&SystemRow::net_tx_bytes_per_s>("net_tx_bytes_per_s", U::bytes_per_s, kNetwork)
        .in_reports("net sent", "Sent")
        .in_bar("up", "sent to the network, with unit")
        .in_header({Header::io, "tx", 9, 1, true}),
    of_now<&SystemSample::cpu_temperature_c>("cpu_temperature_c", U::celsius, "the hottest CPU package"),
    of_now<&SystemSample::cpu_hottest_c>("cpu_hottest_c", U::celsius, "the hottest sensor of any CPU"),
    of_now<&SystemSample::cpu_mhz>("cpu_mhz", U::megahertz, "average of at most 16 CPUs, or groups that share a clock")
        .in_bar("ghz", "average frequency of the CPUs, GHz"),
    of_now<&SystemSample::cpu_max_mhz>("cpu_max_mhz", U::megahertz, "the fastest of them"),
    of_row<&SystemRow::core_throttles>("core_throttles", U::count, "times in the interval that heat throttled a core"),
    of_row<&SystemRow::package_throttles>("package_throttles", U::count,
                                          "times in the interval that heat throttled a package"),
    SystemColumn{"gpu_busy_pct", U::percent, SystemGroup::system,
                 "of the busiest GPU; i915 and xe: the share in which it did not sleep", get_gpu_busy, set_nothing}
        .in_bar("gpu", "the busiest GPU, %"),
    of_now<&SystemSample::package_power_w>("package_power_w", U::watts, "all CPU packages, by RAPL; root only"),
    of_now<&SystemSample::platform_power_w>("platform_power_w", U::watts, "the whole board, by RAPL; root only"),
    of_part<&SystemSample::battery, &Battery::power_w>("battery_power_w", U::watts,
                                                       "charging or discharging, see battery_status"),
    of_part<&SystemSample::battery, &Battery::charge_pct>("battery_pct", U::percent, "charge of the battery"),
    {"battery_status", U::text, SystemGroup::system, "`charging`, `discharging`, `full`, `not_charging`",
     get_battery_status, set_battery_status},
    SystemColumn{"power_profile", U::text, SystemGroup::system,
                 "the firmware's: `low-power`, `balanced`, `performance`", get_power_profile, set_power_profile}
        .in_bar("profile", "power profile"),
    of_now<&SystemSample::uptime_s>("uptime_s", U::seconds, "since boot, suspended time included"),
    {"per_cpu", U::json, SystemGroup::system, kPerCpu, get_per_cpu, set_per_cpu},
    {"gpus", U::json, SystemGroup::system, kGpus, get_gpus, set_gpus},
    {"throttle_reasons", U::json, SystemGroup::system, kReasons, get_throttle_reasons, set_throttle_reasons},
    {"wall_ns", U::nanoseconds, SystemGroup::system, "time of all threads together: the states sum to it", get_wall,
     set_wall},
});

/// The columns of the states of the first version, or of those added since.
template <bool kAdded>
constexpr auto state_columns() {
    return make_for_states<SystemColumn, kAdded>(
        []<ThreadState kState>() { return of_state<kState>(info(kState).ns_key, kStateSum); });
}

constexpr std::array kCounterColumns = std::to_array<SystemColumn>({
    {"unlisted_exits", U::count, SystemGroup::system, "threads that ended in the interval and are only in the sums",
     get_untracked, set_untracked},
    of_row<&SystemRow::irq_and_steal_ns>("irq_and_steal_ns", U::nanoseconds,
                                         "in interrupts or stolen by the hypervisor, all CPUs together"),
    of_health<&Health::threads_without_slot>("threads_without_slot",
                                             "threads beyond `--max-threads` now: only in the machine's sums"),
    of_health<&Health::slots_refused>("slots_refused", "times that a new thread got no slot"),
    of_health<&Health::exit_records_lost>("exit_records_lost",
                                          "ended threads in the sums, but not listed: their final record was dropped"),
    of_health<&Health::exits_folded>("exits_folded",
                                     "ended threads in the sums, but not listed: beyond the limit of one interval"),
    of_health<&Health::torn_reads>(
        "torn_reads", "threads skipped in this interval: their slot changed during each attempt to read it"),
    of_health<&Health::storage_failures>("storage_failures", "times that the kernel had no memory to track a thread"),
    of_health<&Health::slots_leaked>("slots_leaked", "slots that could not be freed, so that fewer are left"),
    of_health<&Health::missed_switches>("missed_switches",
                                        "switches that no probe saw: repaired from the kernel's own run time, no loss"),
    of_health<&Health::missed_frees>("missed_frees", "ends of threads that no probe saw: found by a scan, no loss"),
    of_health<&Health::unwatched_switches>("unwatched_switches",
                                           "switches to threads that the kernel hides from BPF: no loss"),
    of_health<&Health::clock_backwards>(
        "clock_backwards", "events with an earlier clock than the previous one: counted as no time, no loss"),
    of_own<&OwnCost::cpu_ns>("own_cpu_ns", U::nanoseconds, "CPU time of this program in the interval"),
    of_own<&OwnCost::probe_ns>("own_probe_ns", U::nanoseconds,
                               "run time of the probes in the interval; with kernel.bpf_stats_enabled only"),
    of_own<&OwnCost::probe_runs>("own_probe_runs", U::count,
                                 "runs of the probes in the interval; with kernel.bpf_stats_enabled only"),
});

/// Those added since the first version.
constexpr std::array kAddedColumns = std::to_array<SystemColumn>({
    of_health<&Health::locks_unread>("locks_unread",
                                     "locks whose holder could not be read in time: their waiters show none"),
    of_now<&SystemSample::io_blocked>("io_blocked", U::count, "threads that wait for I/O now, by the kernel's count")
        .in_reports("blocked on I/O", "Threads blocked on I/O")
        .in_bar("io_blocked", "threads that wait for I/O now, by the kernel's count")
        .in_header({Header::io, "blocked", 4, 3}),
    of_health<&Health::stacks_unread>("stacks_unread", "stacks that could not be read in time: their waits show none"),
    of_health<&Health::labels_unread>(
        "labels_unread", "lookups of what a wait is about that hung: their process has no such labels meanwhile"),
});

constexpr auto kColumns =
    concat(kMachineColumns, state_columns<false>(), kCounterColumns, state_columns<true>(), kAddedColumns);

}  // namespace

std::span<const SystemColumn> system_columns() {
    static_assert(kColumns.size() <= kMaxSystemColumns);
    return kColumns;
}

std::optional<std::size_t> system_column_index(std::string_view key) {
    const auto* found = std::ranges::find(kColumns, key, &SystemColumn::key);
    return found != kColumns.end() ? std::optional(static_cast<std::size_t>(found - kColumns.begin())) : std::nullopt;
}

void clear_system(Report& report) {
    report.system.per_cpu.clear();
    report.system.now.clear();
    SystemRow empty;
    empty.per_cpu.swap(report.system.per_cpu);
    std::swap(empty.now, report.system.now);
    report.system = std::move(empty);
    report.total_ns = {};
    report.total_wall_ns = 0;
    report.measured = static_cast<Measured>(report.measured & ~kMeasuredStates);
    report.unlisted_exits = 0;
    report.health = {};
    report.own_before = {};
    report.own_now = {};
}

}  // namespace tsa
