// SPDX-License-Identifier: MIT
// See chrome_trace.h. Uses only what every reader of the format accepts: no escapes beyond \" and \\ (names are
// printable), no lists in an event, no display unit. chrome_trace_events.cpp writes the individual events,
// chrome_trace_flows.cpp the arrows.
#include "output/chrome_trace.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>
#include <utility>

#include "base/saturating.h"
#include "base/time_units.h"
#include "text/sanitize.h"
#include "text/time_text.h"

namespace tsa {

namespace {

/// Larger than any PID the kernel assigns.
constexpr std::uint32_t kMachinePid = 4'194'305;
/// First substitute PID for a process whose PID an earlier process had.
constexpr std::uint32_t kFirstFreePid = 5'000'000;
/// Kernel threads are children of kthreadd, always PID 2. As separate processes they would crowd out all others.
constexpr std::uint32_t kKernelPid = 2;
/// A gap in a thread's rows that is not rounding: its next slice starts fresh.
constexpr std::uint64_t kHoleNs = kNsPerMs;

enum Counter : std::size_t { busy_threads, resting_threads, cpu, stall, memory, swap, disk, network, kCount };
constexpr std::array<std::string_view, kCount> kCounterNames{
    "threads running or waiting", "threads at rest", "CPU %",         "stalled %",
    "memory used, bytes",         "swap, bytes/s",   "disk, bytes/s", "network, bytes/s"};

/// The state at the end of a row's interval, and the length of its last stretch.
struct LastStretch {
    ThreadState state = ThreadState::idle;
    std::uint64_t ns = 0;
};

LastStretch last_stretch(const ThreadRow& row, const Report& report) {
    const Thread& thread = *row.now;
    if (row.exit_time_unix_ns != 0) {
        // It ended on a CPU, and may have been a zombie for a while after that.
        const bool zombie = row.state_ns[index(ThreadState::zombie)] != 0;
        const ThreadState state = zombie ? ThreadState::zombie : ThreadState::exec;
        return {state, row.state_ns[index(state)]};
    }
    const std::uint64_t in_state = row.state_ns[index(thread.state)];
    const bool age_known = (thread.measured & kMeasuredAge) != 0;
    const std::uint64_t age = saturating_sub(closed_at_ns(thread, report.now_ns), thread.since_ns);
    return {thread.state, age_known ? std::min(age, in_state) : in_state};
}

}  // namespace

ChromeTraceWriter::ChromeTraceWriter() : next_pid_(kFirstFreePid), last_counters_(kCount) {
    constexpr int kDecimals = 3;
    json_.SetMaxDecimalPlaces(kDecimals);
    counter_.SetMaxDecimalPlaces(kDecimals);
}

std::string_view ChromeTraceWriter::begin(const TraceContext& context) {
    buffer_.Clear();
    json_.Reset(buffer_);
    json_.StartObject();
    const auto put_word = [&](std::string_view key, std::string_view raw) {
        put_key(json_, key);
        put_text(json_, printable(raw));
    };
    const std::string begin = std::string(date_text(context.begin_unix_ns, context.utc_offset_s).view()) + " " +
                              std::string(zone_text(context.utc_offset_s).view());
    put_word("host", context.host);
    put_word("kernel", context.kernel);
    put_word("machine", context.machine);
    put_word("recorded_by", "rstat-tsa " + context.version);
    put_word("begin", begin);
    put_word("begin_unix_ns", fmt::format("{}", context.begin_unix_ns));
    put_word("order",
             "Lengths are exact, per thread, state and interval. Within an interval the order of the states is not "
             "recorded: the initial state is first, the final one last. Arrows are at the exact time of a wakeup.");
    json_.EndObject();
    const std::string head(text());
    buffer_.Clear();
    for (const std::string_view part :
         {std::string_view("{\"otherData\":"), std::string_view(head), std::string_view(",\n\"traceEvents\":[\n")}) {
        std::memcpy(buffer_.Push(part.size()), part.data(), part.size());
    }
    put_name_event("process_name", kMachinePid, kMachinePid, "machine " + context.host);
    put_name_event("process_labels", kMachinePid, kMachinePid, "start " + begin);
    put_name_event("process_name", kKernelPid, kKernelPid, "kernel threads");
    return text();
}

std::string_view ChromeTraceWriter::add(const Report& report) {
    buffer_.Clear();
    ++progress_.intervals;
    skipped_ = false;
    set_origin(report.now_ns, report.interval_ns);
    threads_.reset(report);
    put_processes(report);
    put_counters(report);
    // Exited threads first: a reused TID belongs to a living thread.
    for (const ThreadRow& row : report.exited) {
        put_row(row, report);
    }
    for (const ThreadRow& row : report.threads) {
        put_row(row, report);
    }
    put_wakeups(report);
    drop_exited();
    return text();
}

void ChromeTraceWriter::set_origin(std::uint64_t now_ns, std::uint64_t interval_ns) {
    if (!std::exchange(has_origin_, true)) {
        origin_ns_ = saturating_sub(now_ns, interval_ns);
    }
}

std::string_view ChromeTraceWriter::skip(const TimeSlice& slice) {
    buffer_.Clear();
    set_origin(slice.now_ns, slice.interval_ns);
    close_all();
    if (!std::exchange(skipped_, true)) {
        const std::uint64_t begin_ns = saturating_sub(slice.now_ns, slice.interval_ns);
        put_instant("not recorded", 'g', kMachinePid, kMachinePid, saturating_sub(begin_ns, origin_ns_));
    }
    return text();
}

void ChromeTraceWriter::close_all() {
    for (auto& [key, track] : tracks_) {
        close(track);
    }
    tracks_.clear();
}

std::string_view ChromeTraceWriter::finish() {
    buffer_.Clear();
    close_all();
    constexpr std::string_view kEnd = "\n]}\n";
    std::memcpy(buffer_.Push(kEnd.size()), kEnd.data(), kEnd.size());
    return text();
}

void ChromeTraceWriter::put_row(const ThreadRow& row, const Report& report) {
    const bool ended = row.exit_time_unix_ns != 0;
    const std::uint64_t exit =
        saturating_sub(report.now_ns, saturating_sub(report.time_unix_ns, row.exit_time_unix_ns));
    // The row of an exited thread extends until it was reaped.
    const std::uint64_t end =
        ended ? exit + row.state_ns[index(ThreadState::zombie)] : closed_at_ns(*row.now, report.now_ns);
    const std::uint64_t end_ns = saturating_sub(end, origin_ns_);
    Track& track = track_of(row, saturating_sub(end_ns, row.wall_ns));
    put_states(track, row, report, saturating_sub(row.wall_ns, end_ns));
    if (ended) {
        close(track);
        put_instant("exit", 't', track.pid, track.tid, std::min(saturating_sub(exit, origin_ns_), track.end_ns));
    }
}

ChromeTraceWriter::Track& ChromeTraceWriter::track_of(const ThreadRow& row, std::uint64_t from_ns) {
    const Thread& thread = *row.now;
    // An exec gives a thread its leader's TID, but the leader's own slices use that TID until its end: the thread keeps
    // its old track until the next interval.
    const std::uint32_t tid = row.before != nullptr ? row.before->tid : thread.tid;
    const std::uint32_t pid = pid_of(thread);
    const auto [at, fresh] = tracks_.try_emplace(track_key(pid, tid));
    Track& track = at->second;
    if (fresh) {
        track.pid = pid;
        track.tid = tid;
        track.begin_ns = track.from_ns = track.end_ns = from_ns;
        ++progress_.tracks;
    } else if (from_ns > track.end_ns + kHoleNs) {
        close(track);
        track.begin_ns = track.from_ns = track.end_ns = from_ns;
    }
    if (fresh || track.comm != thread.comm) {
        track.comm = thread.comm;
        put_name_event("thread_name", pid, tid, comm_of(thread));
    }
    track.seen = progress_.intervals;
    return track;
}

/// `before_ns` of the row are before the recording: a zombie's, which is in no row until it is kZombieFromNs old.
void ChromeTraceWriter::put_states(Track& track, const ThreadRow& row, const Report& report, std::uint64_t before_ns) {
    PerState<std::uint64_t> left = row.state_ns;
    LastStretch last = last_stretch(row, report);
    left[index(last.state)] -= last.ns;
    last.ns = saturating_sub(last.ns, before_ns);
    track.part_ns += row.part_ns;
    const auto put_state = [&](ThreadState state) {
        prolong(track, state, left[index(state)], nullptr);
        left[index(state)] = 0;
    };
    if (track.end_ns > track.from_ns) {
        put_state(track.state);
    }
    const bool ended = row.exit_time_unix_ns != 0;
    for (const StateInfo& state : state_table()) {
        if (state.state != last.state && !(ended && state.state == ThreadState::exec)) {
            put_state(state.state);
        }
    }
    if (last.state != ThreadState::exec) {
        put_state(ThreadState::exec);
    }
    put_state(last.state);
    SliceWait wait;
    if (!ended) {
        const Value on = wait_on(*row.now);
        wait.on = on.present() && is_blocked(last.state) ? on.text : std::string_view{};
        wait.owner_tid = last.state == ThreadState::lock_wait ? row.now->wait.owner_tid : 0;
        wait.owner_exited = last.state == ThreadState::lock_wait && row.now->wait.owner_exited;
    }
    prolong(track, last.state, last.ns, &wait);
    if (const ThreadRow* owner = wait.owner_tid != 0 ? threads_.find(wait.owner_tid) : nullptr; owner != nullptr) {
        track.owner = owner->now->comm;
    }
}

void ChromeTraceWriter::prolong(Track& track, ThreadState state, std::uint64_t ns, const SliceWait* wait) {
    if (ns == 0) {
        return;
    }
    const bool open = track.end_ns > track.from_ns;
    const bool other_wait = wait != nullptr && !(track.wait == SliceWait{}) && !(track.wait == *wait);
    if (!open || track.state != state || other_wait) {
        close(track);
        track.state = state;
    }
    if (wait != nullptr) {
        track.wait = *wait;
    }
    track.end_ns += ns;
}

void ChromeTraceWriter::close(Track& track) {
    const std::uint64_t ns = track.end_ns - track.from_ns;
    if (ns != 0) {
        start_event("X", info(track.state).label, track.pid, track.tid);
        put_time("ts", track.from_ns);
        put_time("dur", ns);
        put_key(json_, "cname");
        put_text(json_, info(track.state).trace_color);
        put_key(json_, "args");
        json_.StartObject();
        put(json_, "ns", ns);
        if (!track.wait.on.empty()) {
            put_key(json_, "wait_on");
            put_text(json_, printable(track.wait.on));
        }
        if (track.wait.owner_tid != 0) {
            const std::string_view name(track.owner.data(), strnlen(track.owner.data(), track.owner.size()));
            put_key(json_, "owner");
            put_text(json_, track.wait.owner_exited
                                ? fmt::format("{} exited without unlocking", track.wait.owner_tid)
                                : fmt::format("{} {}", track.wait.owner_tid, Printable(name).view()));
        }
        for (const PartInfo& entry : kParts) {
            std::uint64_t& part_ns = track.part_ns[entry.part];
            if (track.state == entry.whole && part_ns != 0) {
                const std::uint64_t inside_ns = std::min(part_ns, ns);
                put(json_, entry.key, inside_ns);
                part_ns -= inside_ns;
            }
        }
        json_.EndObject();
        end_event();
        ++progress_.slices;
    }
    track.from_ns = track.end_ns;
    track.wait = {};
    track.owner = {};
}

std::uint32_t ChromeTraceWriter::pid_of(const Thread& thread) const {
    if (thread.kernel) {
        return kKernelPid;
    }
    const auto found = processes_.find(thread.tgid);
    return found != processes_.end() ? found->second.pid : thread.tgid;
}

void ChromeTraceWriter::put_processes(const Report& report) {
    for (const ProcessRow& row : report.processes) {
        const Thread& leader = *row.leader;
        if (leader.kernel) {
            continue;
        }
        const auto [at, fresh] = processes_.try_emplace(row.tgid, Process{0, row.tgid, {}});
        Process& process = at->second;
        const std::uint64_t start_time_ns = leader.tid == row.tgid ? leader.start_time_ns : 0;
        const bool other = process.start_time_ns != 0 && start_time_ns != 0 && process.start_time_ns != start_time_ns;
        if (other) {
            process.pid = next_pid_++;
        }
        if (start_time_ns != 0) {
            process.start_time_ns = start_time_ns;
        }
        if (!fresh && !other && process.comm == leader.comm) {
            continue;
        }
        process.comm = leader.comm;
        std::string name(comm_of(leader));
        if (process.pid != row.tgid) {
            name += fmt::format(" (PID {})", row.tgid);
        }
        put_name_event("process_name", process.pid, process.pid, name);
    }
}

void ChromeTraceWriter::put_counters(const Report& report) {
    const std::uint64_t from_ns = saturating_sub(saturating_sub(report.now_ns, report.interval_ns), origin_ns_);
    const auto put_all = [&](Counter which,
                             std::span<const std::pair<std::string_view, std::optional<double>>> series) {
        counter_text_.Clear();
        counter_.Reset(counter_text_);
        counter_.StartObject();
        bool any = false;
        for (const auto& [key, value] : series) {
            if (value) {
                put(counter_, key, value);
                any = true;
            }
        }
        counter_.EndObject();
        if (any) {
            put_counter(which, from_ns);
        }
    };
    using Series = std::vector<std::pair<std::string_view, std::optional<double>>>;
    Series running, resting;
    for (const StateInfo& state : state_table()) {
        if ((report.measured & measured_bit(state.state)) != 0) {
            const bool runs = is_load(state.state);
            (runs ? running : resting).emplace_back(state.label, report.threads_in(state.state));
        }
    }
    const auto whole = [](const std::optional<std::uint64_t>& value) {
        return value ? std::optional(static_cast<double>(*value)) : std::nullopt;
    };
    const SystemRow& system = report.system;
    put_all(busy_threads, running);
    put_all(resting_threads, resting);
    put_all(cpu, Series{{"user", system.user_pct},
                        {"system", system.system_pct},
                        {"irq", system.irq_pct},
                        {"stolen", system.steal_pct}});
    put_all(stall,
            Series{{"cpu", system.stall_cpu_pct}, {"io", system.stall_io_pct}, {"memory", system.stall_memory_pct}});
    put_all(memory, Series{{"memory", whole(system.memory_used_bytes)}, {"swap", whole(system.swap_used_bytes)}});
    put_all(swap, Series{{"in", system.swap_in_bytes_per_s}, {"out", system.swap_out_bytes_per_s}});
    put_all(disk, Series{{"read", system.disk_read_bytes_per_s}, {"written", system.disk_write_bytes_per_s}});
    put_all(network, Series{{"received", system.net_rx_bytes_per_s}, {"sent", system.net_tx_bytes_per_s}});
    if (report.health.lost() > lost_) {
        put_instant("thread data dropped", 'g', kMachinePid, kMachinePid, from_ns);
    }
    lost_ = report.health.lost();
}

/// A counter keeps its value until its next event.
void ChromeTraceWriter::put_counter(std::size_t which, std::uint64_t at_ns) {
    const std::string_view args(counter_text_.GetString(), counter_text_.GetSize());
    if (last_counters_[which] == args) {
        return;
    }
    last_counters_[which] = args;
    start_event("C", kCounterNames[which], kMachinePid, kMachinePid);
    put_time("ts", at_ns);
    put_key(json_, "args");
    json_.RawValue(args.data(), args.size(), rapidjson::kObjectType);
    end_event();
}

void ChromeTraceWriter::drop_exited() {
    for (auto at = tracks_.begin(); at != tracks_.end();) {
        if (at->second.seen == progress_.intervals) {
            ++at;
            continue;
        }
        close(at->second);
        at = tracks_.erase(at);
    }
}

}  // namespace tsa
