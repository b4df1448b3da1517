// SPDX-License-Identifier: MIT
// The metrics of this program: what a scrape returns. Pure: groups and the machine's numbers in, text out.
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/exposition.h"
#include "metrics/groups.h"
#include "model/futex_kind.h"
#include "model/health.h"
#include "model/report.h"
#include "model/run_queue_waits.h"

namespace tsa {

/// A counter of the machine or of this program that others may reset: what it has grown by since the first reading.
class Growth {
  public:
    /// Absent: not measured this time.
    void take(std::optional<std::uint64_t> value);
    /// Absent: never measured.
    [[nodiscard]] const std::optional<std::uint64_t>& total() const { return grown_; }

  private:
    std::optional<std::uint64_t> last_, grown_;
};

/// What a thread in lock_wait waits for, by kind; an index into kLockKindNames.
inline constexpr std::array<std::string_view, 8> kLockKindNames{"mutex",      "rwlock",    "file",   "semaphore",
                                                                "python gil", "mmap_lock", "kernel", "other"};
[[nodiscard]] std::size_t lock_kind(const Wait& wait);

/// A reason why data is missing, as a member of Health that only grows.
struct DropReason {
    std::string_view name;
    std::uint64_t Health::*count;
};
inline constexpr std::array kDropReasons = std::to_array<DropReason>({
    {"no slot", &Health::slots_refused},
    {"slot leaked", &Health::slots_leaked},
    {"exit record", &Health::exit_records_lost},
    {"exit folded", &Health::exits_folded},
    {"no storage", &Health::storage_failures},
    {"switch missed", &Health::missed_switches},
    {"free missed", &Health::missed_frees},
    {"unwatched switch", &Health::unwatched_switches},
    {"clock backwards", &Health::clock_backwards},
    {"lock unread", &Health::locks_unread},
});

/// Everything that is not of a group.
struct MachineMetrics {
    std::string version;  ///< this program's
    Source source = Source::bpf;
    std::uint64_t start_unix_ns = 0;   ///< of the counters
    Measured measured = kMeasuredAll;  ///< by the source, of all threads
    std::array<std::uint64_t, kLockKindNames.size()> lock_waiters{};
    std::uint64_t torn_reads = 0;
    std::uint64_t untracked_threads = 0;
    Health health;
    Growth net_rx_bytes, net_tx_bytes, disk_read_bytes, disk_write_bytes;
    std::uint64_t own_cpu_ns = 0;
    std::optional<std::uint64_t> own_probe_ns;
    std::optional<std::uint64_t> own_memory_bytes;
    std::uint64_t scrapes = 0;
    std::optional<RunQueueWaits> run_queue;  ///< since the start; absent: not counted

    /// The numbers of an interval.
    void take(const Report& report, const Sample& sample);
};

/// Renders a scrape, reusing its buffers.
class MetricsText {
  public:
    MetricsText();
    /// Valid until the next call.
    std::string_view render(const MetricGroups& groups, const MachineMetrics& machine, Exposition format);

  private:
    void list_groups(const MetricGroups& groups);
    void put_states(ExpositionWriter& writer, Measured measured);
    void put_waits(ExpositionWriter& writer, Measured measured);
    void put_storage(ExpositionWriter& writer);
    static void put_run_queue(ExpositionWriter& writer, const RunQueueWaits& waits);
    static void put_bytes(ExpositionWriter& writer, const MachineMetrics& machine);
    static void put_self(ExpositionWriter& writer, const MetricGroups& groups, const MachineMetrics& machine);

    fmt::memory_buffer out_;
    std::vector<const MetricGroup*> groups_;
    std::vector<std::string> labels_;  // of each
    PerState<std::string> state_labels_;
    std::array<std::string, kWaitCauses> cause_labels_;
};

}  // namespace tsa
