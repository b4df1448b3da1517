// SPDX-License-Identifier: MIT
// See metrics.h.
#include "metrics/metrics.h"

#include <algorithm>
#include <utility>

#include "base/saturating.h"
#include "model/sample.h"

namespace tsa {

namespace {

constexpr MetricFamily kStateSeconds{
    "rstat_tsa_state_seconds", MetricType::counter, "seconds",
    "Time of all threads of the group in the state. The states are exclusive: their sum grows by one second per second "
    "and thread."};
constexpr MetricFamily kCpuWaitSeconds{
    "rstat_tsa_cpu_wait_seconds", MetricType::counter, "seconds",
    "Time in cpu_wait by its cause: after a wakeup, after a preemption, or while the CPU quota was used up."};
constexpr MetricFamily kThreads{"rstat_tsa_threads", MetricType::gauge, "", "Threads that are in the state now."};
constexpr MetricFamily kLongestWait{"rstat_tsa_longest_wait_seconds", MetricType::gauge, "seconds",
                                    "Longest open wait of a thread of the group that is delayed now."};
constexpr MetricFamily kStorageBytes{"rstat_tsa_storage_bytes", MetricType::counter, "bytes",
                                     "Storage I/O of the group's threads."};
constexpr MetricFamily kLockWaiters{"rstat_tsa_lock_waiters", MetricType::gauge, "",
                                    "Threads that wait for a lock now, by its kind."};
constexpr MetricFamily kRunQueueWait{"rstat_tsa_run_queue_wait_seconds", MetricType::histogram, "seconds",
                                     "Waits for a CPU that have ended, by their length."};
constexpr MetricFamily kNetworkBytes{"rstat_tsa_network_bytes", MetricType::counter, "bytes",
                                     "Network traffic of the machine."};
constexpr MetricFamily kDiskBytes{"rstat_tsa_disk_bytes", MetricType::counter, "bytes", "Disk I/O of the machine."};
constexpr MetricFamily kDropped{
    "rstat_tsa_dropped_events", MetricType::counter, "",
    "Events that were dropped or repaired, by reason. Sums over threads include the threads of dropped events."};
constexpr MetricFamily kUntracked{"rstat_tsa_untracked_threads", MetricType::gauge, "",
                                  "Threads that are only in the sums, for lack of a slot."};
constexpr MetricFamily kGroups{"rstat_tsa_groups", MetricType::gauge, "",
                               "Groups that have threads now. Those beyond the limit share the series named other."};
constexpr MetricFamily kGroupLimit{"rstat_tsa_groups_limit", MetricType::gauge, "", "Most groups with own series."};
constexpr MetricFamily kOwnCpu{"rstat_tsa_own_cpu_seconds", MetricType::counter, "seconds", "CPU time of rstat-tsa."};
constexpr MetricFamily kOwnProbe{"rstat_tsa_own_probe_seconds", MetricType::counter, "seconds",
                                 "Run time of its probes, with kernel.bpf_stats_enabled."};
constexpr MetricFamily kOwnMemory{"rstat_tsa_own_memory_bytes", MetricType::gauge, "bytes",
                                  "Resident memory of rstat-tsa."};
constexpr MetricFamily kScrapes{"rstat_tsa_scrapes", MetricType::counter, "", "Answers with metrics so far."};
constexpr MetricFamily kStart{"rstat_tsa_start_time_seconds", MetricType::gauge, "seconds",
                              "When the counters began at 0, in seconds since 1970."};
constexpr MetricFamily kBuild{"rstat_tsa_build", MetricType::info, "", "Version, and where the data comes from."};

/// Bounds of the histogram's buckets in the text: 1.9 us to 8 s.
constexpr std::size_t kFirstBucket = 10;
constexpr std::size_t kLastBucket = 32;
static_assert(kLastBucket < RunQueueWaits::kBuckets);

std::string label(std::string_view name, std::string_view value) {
    std::string text;
    put_label(text, name, value);
    return text;
}

bool is_measured(Measured measured, ThreadState state) {
    return (measured & measured_bit(state)) != 0;
}

}  // namespace

void Growth::take(std::optional<std::uint64_t> value) {
    if (value) {
        grown_ = grown_.value_or(0) + (last_ ? saturating_sub(*value, *last_) : 0);
        last_ = value;
    }
}

std::size_t lock_kind(const Wait& wait) {
    const auto named = [](std::string_view name) {
        return static_cast<std::size_t>(std::ranges::find(kLockKindNames, name) - kLockKindNames.begin());
    };
    if (wait.kernel_lock) {
        return named(wait.kind == FutexKind::mmap_lock ? "mmap_lock" : "kernel");
    }
    switch (wait.kind) {
        case FutexKind::mutex:
        case FutexKind::mutex_with_owner:
        case FutexKind::owner_in_word:
            return named("mutex");
        case FutexKind::rwlock:
        case FutexKind::rwlock_reader:
        case FutexKind::rwlock_writer:
            return named("rwlock");
        case FutexKind::file_lock:
            return named("file");
        case FutexKind::semaphore:
        case FutexKind::semaphore_set:
            return named("semaphore");
        case FutexKind::python_gil:
            return named("python gil");
        case FutexKind::mmap_lock:
            return named("mmap_lock");
        default:
            return named("other");
    }
}

void MachineMetrics::take(const Report& report, const Sample& sample) {
    source = report.source;
    measured = report.measured;
    lock_waiters = {};
    for (const ThreadRow& row : report.threads) {
        if (row.now->state == ThreadState::lock_wait) {
            ++lock_waiters[lock_kind(row.now->wait)];
        }
    }
    health = report.health;
    torn_reads += report.health.torn_reads;
    untracked_threads = report.health.threads_without_slot;
    net_rx_bytes.take(sample.system.net_rx_bytes);
    net_tx_bytes.take(sample.system.net_tx_bytes);
    disk_read_bytes.take(sample.system.disk_read_bytes);
    disk_write_bytes.take(sample.system.disk_write_bytes);
    own_cpu_ns = sample.own.cpu_ns;
    own_probe_ns = sample.own.probe_ns;
}

MetricsText::MetricsText() {
    for (const StateInfo& state : state_table()) {
        state_labels_[index(state.state)] = label("state", state.key);
    }
    for (std::size_t cause = 0; cause < kWaitCauses; ++cause) {
        cause_labels_[cause] = label("cause", kWaitCauseNames[cause]);
    }
}

void MetricsText::list_groups(const MetricGroups& groups) {
    groups_.assign(groups.shown().begin(), groups.shown().end());
    if (groups.other().has_series) {
        groups_.push_back(&groups.other());
    }
    labels_.resize(groups_.size());
    for (std::size_t at = 0; at < groups_.size(); ++at) {
        labels_[at].clear();
        for (std::size_t key = 0; key < groups.keys().size(); ++key) {
            put_label(labels_[at], info(groups.keys()[key]).name, groups_[at]->names[key]);
        }
    }
}

void MetricsText::put_states(ExpositionWriter& writer, Measured measured) {
    writer.family(kStateSeconds);
    for (std::size_t at = 0; at < groups_.size(); ++at) {
        for (const StateInfo& state : state_table()) {
            if (is_measured(measured, state.state)) {
                const std::size_t number = index(state.state);
                writer.seconds(labels_[at], state_labels_[number], groups_[at]->totals.state_ns[number]);
            }
        }
    }
    writer.family(kThreads);
    for (std::size_t at = 0; at < groups_.size(); ++at) {
        for (const StateInfo& state : state_table()) {
            if (is_measured(measured, state.state)) {
                const std::size_t number = index(state.state);
                writer.count(labels_[at], state_labels_[number], groups_[at]->now.threads[number]);
            }
        }
    }
}

void MetricsText::put_waits(ExpositionWriter& writer, Measured measured) {
    if ((measured & kMeasuredPreempted) != 0 && (measured & kMeasuredThrottled) != 0) {
        writer.family(kCpuWaitSeconds);
        for (std::size_t at = 0; at < groups_.size(); ++at) {
            for (std::size_t cause = 0; cause < kWaitCauses; ++cause) {
                writer.seconds(labels_[at], cause_labels_[cause], groups_[at]->totals.cpu_wait_ns[cause]);
            }
        }
    }
    if ((measured & kMeasuredAge) == 0) {
        return;
    }
    writer.family(kLongestWait);
    for (std::size_t at = 0; at < groups_.size(); ++at) {
        for (const StateInfo& state : state_table()) {
            const std::size_t number = index(state.state);
            if (state.is_delay && groups_[at]->now.threads[number] != 0) {
                writer.seconds(labels_[at], state_labels_[number], groups_[at]->now.longest_ns[number]);
            }
        }
    }
}

void MetricsText::put_storage(ExpositionWriter& writer) {
    static const std::string kRead = label("direction", "read");
    static const std::string kWrite = label("direction", "write");
    writer.family(kStorageBytes);
    for (std::size_t at = 0; at < groups_.size(); ++at) {
        writer.count(labels_[at], kRead, groups_[at]->totals.read_bytes);
        writer.count(labels_[at], kWrite, groups_[at]->totals.write_bytes);
    }
}

void MetricsText::put_run_queue(ExpositionWriter& writer, const RunQueueWaits& waits) {
    std::array<ExpositionWriter::Bucket, kLastBucket - kFirstBucket + 1> buckets;
    std::uint64_t all = 0;
    for (std::size_t at = 0; at < RunQueueWaits::kBuckets; ++at) {
        all += waits.counts[at];
        if (at >= kFirstBucket && at <= kLastBucket) {
            buckets[at - kFirstBucket] = {RunQueueWaits::bound_s(at), all};
        }
    }
    writer.family(kRunQueueWait);
    writer.histogram(buckets, all, waits.total_ns);
}

void MetricsText::put_bytes(ExpositionWriter& writer, const MachineMetrics& machine) {
    const auto put = [&writer](const MetricFamily& family, std::string_view in, const Growth& ins, std::string_view out,
                               const Growth& outs) {
        if (ins.total() && outs.total()) {
            writer.family(family);
            writer.count(label("direction", in), "", *ins.total());
            writer.count(label("direction", out), "", *outs.total());
        }
    };
    put(kNetworkBytes, "receive", machine.net_rx_bytes, "transmit", machine.net_tx_bytes);
    put(kDiskBytes, "read", machine.disk_read_bytes, "write", machine.disk_write_bytes);
}

void MetricsText::put_self(ExpositionWriter& writer, const MetricGroups& groups, const MachineMetrics& machine) {
    writer.family(kDropped);
    for (const DropReason& reason : kDropReasons) {
        writer.count(label("reason", reason.name), "", machine.health.*reason.count);
    }
    writer.count(label("reason", "torn read"), "", machine.torn_reads);
    const auto gauge = [&writer](const MetricFamily& family, std::uint64_t value) {
        writer.family(family);
        writer.count("", "", value);
    };
    gauge(kUntracked, machine.untracked_threads);
    gauge(kGroups, groups.live());
    gauge(kGroupLimit, groups.most());
    writer.family(kOwnCpu);
    writer.seconds("", "", machine.own_cpu_ns);
    if (machine.own_probe_ns) {
        writer.family(kOwnProbe);
        writer.seconds("", "", *machine.own_probe_ns);
    }
    if (machine.own_memory_bytes) {
        gauge(kOwnMemory, *machine.own_memory_bytes);
    }
    gauge(kScrapes, machine.scrapes);
    writer.family(kStart);
    writer.seconds("", "", machine.start_unix_ns);
    std::string build = label("version", machine.version);
    put_label(build, "source", source_key(machine.source));
    writer.family(kBuild);
    writer.count(build, "", 1);
}

std::string_view MetricsText::render(const MetricGroups& groups, const MachineMetrics& machine, Exposition format) {
    out_.clear();
    ExpositionWriter writer(format, out_);
    list_groups(groups);
    put_states(writer, machine.measured);
    put_waits(writer, machine.measured);
    if ((machine.measured & kMeasuredIo) != 0) {
        put_storage(writer);
    }
    if (is_measured(machine.measured, ThreadState::lock_wait)) {
        writer.family(kLockWaiters);
        for (std::size_t kind = 0; kind < kLockKindNames.size(); ++kind) {
            writer.count(label("kind", kLockKindNames[kind]), "", machine.lock_waiters[kind]);
        }
    }
    if (machine.run_queue) {
        put_run_queue(writer, *machine.run_queue);
    }
    put_bytes(writer, machine);
    put_self(writer, groups, machine);
    writer.end();
    return {out_.data(), out_.size()};
}

}  // namespace tsa
