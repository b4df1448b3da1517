// SPDX-License-Identifier: MIT
// The column table itself: per key a getter, for a thread and, where it has a meaning, for a process, and what restores
// a recorded cell. Order and keys are the NDJSON schema: keys are only ever added, at the end. How users name columns
// is in column_names.cpp, sorting in order.cpp, names of waits in syscalls.cpp.
#include "model/columns.h"

#include <algorithm>
#include <array>

#include "base/concat.h"
#include "model/state_columns.h"
#include "model/wait_labels.h"

namespace tsa {

namespace {

Value absent() {
    return {};
}

Value number(std::uint64_t value) {
    return {Value::Kind::integer, static_cast<std::int64_t>(value), {}};
}

Value number(const std::optional<std::uint64_t>& value) {
    return value ? number(*value) : absent();
}

Value flag(bool value) {
    return {Value::Kind::flag, value ? 1 : 0, {}};
}

Value text(std::string_view value) {
    return {Value::Kind::text, 0, value};
}

bool measured(const ThreadRow& row, Measured what) {
    return (row.now->measured & what) == what;
}

bool measured(const ProcessRow& row, Measured what) {
    return (row.measured & what) == what;
}

/// The number, if the data source measures it.
template <class Row>
Value number_if(const Row& row, Measured what, std::uint64_t value) {
    return measured(row, what) ? number(value) : absent();
}

/// Blocked, and alive: only then does Thread::wait describe the present.
bool blocked(const ThreadRow& row) {
    return row.exit_time_unix_ns == 0 && is_blocked(row.now->state);
}

/// Growth of a counter over the interval; all of it for a thread that started inside. Saturates.
template <class Member>
std::uint64_t growth(const ThreadRow& row, Member member) {
    const std::uint64_t now = row.now->*member;
    const std::uint64_t before = row.before != nullptr ? row.before->*member : 0;
    return now > before ? now - before : 0;
}

// Getters, thread rows first.

Value state_of(const Report&, const ThreadRow& row) {
    return row.exit_time_unix_ns != 0 ? absent() : text(info(row.now->state).key);
}

Value state_age(const Report& report, const ThreadRow& row) {
    if (row.exit_time_unix_ns != 0 || !measured(row, kMeasuredAge)) {
        return absent();
    }
    return number(closed_at_ns(*row.now, report.now_ns) - row.now->since_ns);
}

Value age_is_bound(const Report&, const ThreadRow& row) {
    return row.exit_time_unix_ns != 0 || !measured(row, kMeasuredAge) ? absent() : flag(row.now->since_is_upper_bound);
}

Value wait_name(const Report&, const ThreadRow& row) {
    return blocked(row) ? wait_on(*row.now) : absent();
}

Value wait_argument(const Report&, const ThreadRow& row) {
    const Wait& wait = row.now->wait;
    return blocked(row) && (wait.syscall >= 0 || wait.kernel_lock) ? number(wait.args[0]) : absent();
}

Value wait_owner(const Report&, const ThreadRow& row) {
    return blocked(row) && row.now->wait.owner_tid != 0 ? number(row.now->wait.owner_tid) : absent();
}

Value wait_owner_exited(const Report&, const ThreadRow& row) {
    const Wait& wait = row.now->wait;
    return blocked(row) && (wait.owner_tid != 0 || wait.owner_exited) ? flag(wait.owner_exited) : absent();
}

Value wait_label(const Report& report, const ThreadRow& row) {
    if (const WaitLabel* found = label_of(report, row); found != nullptr && found->size != 0) {
        return text(found->text());
    }
    const std::string_view label = label_of(row.now->wait.kind);
    if (row.exit_time_unix_ns == 0 && row.now->state == ThreadState::stopped && !label.empty()) {
        return text(label);
    }
    if (!blocked(row)) {
        return absent();
    }
    if (label.empty() && row.now->wait.kernel_lock && !row.now->wait.kernel_function.empty()) {
        return text(row.now->wait.kernel_function);
    }
    return !label.empty() ? text(label) : absent();
}

Value wait_certain(const Report&, const ThreadRow& row) {
    return blocked(row) && measured(row, kMeasuredCertainty) ? flag(!row.now->wait.doubtful) : absent();
}

/// A kernel thread has no address space. Neither has a thread that released it while exiting, so an
/// exited row without a value and a zombie have no value either.
Value rss_of(const Report&, const ThreadRow& row) {
    return row.now->kernel || row.now->rss_bytes == 0 ? absent() : number(row.now->rss_bytes);
}

template <ThreadState kState>
Value thread_state_ns(const Report&, const ThreadRow& row) {
    return number_if(row, measured_bit(kState), row.state_ns[index(kState)]);
}

template <ThreadState kState>
Value process_state_ns(const Report&, const ProcessRow& row) {
    return number_if(row, measured_bit(kState), row.state_ns[index(kState)]);
}

/// The columns of the states of the first version, or of those added since.
template <bool kAdded>
constexpr auto state_columns() {
    return make_for_states<Column, kAdded>([]<ThreadState kState>() -> Column {
        return {info(kState).ns_key, info(kState).head,       Unit::nanoseconds,        7,
                info(kState).help,   thread_state_ns<kState>, process_state_ns<kState>, restore::state_time<kState>()};
    });
}

// Setters that are more than a member.

bool put_comm(RestoredRow& row, std::string_view text) {
    row.comm = text;
    return true;
}

bool put_wait_name(RestoredRow& row, std::string_view text) {
    row.wait_on = text;
    return true;
}

bool put_wait_argument(RestoredRow& row, std::string_view text) {
    row.has_wait_argument = true;
    return restore::assign(row.thread.wait.args[0], text);
}

bool put_wait_label(RestoredRow& row, std::string_view text) {
    const auto* const found = std::ranges::find(kFutexKindTable, text, &FutexKindInfo::label);
    if (found != kFutexKindTable.end()) {
        row.thread.wait.kind = found->kind;
    } else {
        row.wait_label = text;
    }
    return true;
}

bool put_delay_labeled(RestoredRow& row, std::string_view text) {
    std::uint64_t delay_ns = 0;
    const bool valid = restore::assign(delay_ns, text);
    row.has_label = valid;
    row.label_delays = delay_ns != 0;
    return valid && delay_ns <= restore::kMaxSpanNs;
}

bool put_wait_certain(RestoredRow& row, std::string_view text) {
    restore::set_measured(row, kMeasuredCertainty);
    bool certain = true;
    const bool valid = restore::assign(certain, text);
    row.thread.wait.doubtful = !certain;
    return valid;
}

bool put_state(RestoredRow& row, std::string_view text) {
    row.state = state_from_key(text);
    return row.state.has_value();
}

bool put_state_age(RestoredRow& row, std::string_view text) {
    restore::set_measured(row, kMeasuredAge);
    return restore::row_span<&RestoredRow::state_age_ns>().put(row, text);
}

bool put_wall(RestoredRow& row, std::string_view text) {
    row.has_wall = true;
    return restore::row_span<&RestoredRow::wall_ns>().put(row, text);
}

template <Part kPart>
bool put_part(RestoredRow& row, std::string_view text) {
    std::uint64_t& ns = row.thread.part_ns[kPart];
    restore::set_measured(row, measured_bit(kPart));
    return restore::assign(ns, text) && ns <= restore::kMaxSpanNs;
}

/// The number of times it blocked is known, but not in which states.
bool put_voluntary_switches(RestoredRow& row, std::string_view text) {
    restore::set_measured(row, kMeasuredSwitches);
    return restore::assign(row.thread.entries[index(ThreadState::sleep)], text);
}

void carry_entries(const Thread& before, Thread& now) {
    for (std::size_t state = 0; state < kStateCount; ++state) {
        now.entries[state] += before.entries[state];
    }
}

template <auto kMember>
constexpr Restore wait_value() {
    return {[](RestoredRow& row, std::string_view text) { return restore::assign(row.thread.wait.*kMember, text); }};
}

using T = const ThreadRow&;
using P = const ProcessRow&;
using R = const Report&;

constexpr std::array kIdentityColumns = std::to_array<Column>({
    {"tid", "TID", Unit::identifier, 7, "thread ID; a process row shows its process ID",
     [](R, T row) { return number(row.now->tid); }, [](R, P row) { return number(row.tgid); },
     restore::end_value<&Thread::tid>()},
    {"tgid", "PID", Unit::identifier, 7, "process ID (thread group)", [](R, T row) { return number(row.now->tgid); },
     [](R, P row) { return number(row.tgid); }, restore::end_value<&Thread::tgid>()},
    {"start_time_ns", "START", Unit::age, 9, "start time since boot; with the TID the identity of a thread",
     [](R, T row) { return number(row.now->start_time_ns); },
     [](R, P row) { return number(row.leader->start_time_ns); }, restore::end_value<&Thread::start_time_ns>()},
    {"comm",
     "NAME",
     Unit::text,
     16,
     "name of the thread",
     [](R, T row) { return text(comm_of(*row.now)); },
     [](R, P row) { return text(comm_of(*row.leader)); },
     {put_comm}},
    {"kernel", "KERN", Unit::flag, 4, "a thread of the kernel", [](R, T row) { return flag(row.now->kernel); },
     [](R, P row) { return flag(row.leader->kernel); }, restore::end_value<&Thread::kernel>()},
    {"uid", "UID", Unit::identifier, 6, "user ID", [](R, T row) { return number(row.now->uid); },
     [](R, P row) { return number(row.leader->uid); }, restore::end_value<&Thread::uid>()},
    {"state", "STATE", Unit::text, 15, "state at the end of the interval", state_of, nullptr, {put_state}},
    {"state_age_ns", "FOR", Unit::age, 8, "how long it has been in that state", state_age, nullptr, {put_state_age}},
    {"state_age_is_lower_bound", "SEEDED", Unit::flag, 6, "that state began before the probes started: a lower bound",
     age_is_bound, nullptr, restore::end_value<&Thread::since_is_upper_bound>()},
    {"wait_on",
     "WAITS ON",
     Unit::text,
     20,
     "system call, or other place, that it is blocked in",
     wait_name,
     nullptr,
     {put_wait_name}},
    {"wait_arg0",
     "ARG",
     Unit::identifier,
     18,
     "first argument of that system call: a futex's address, a descriptor",
     wait_argument,
     nullptr,
     {put_wait_argument}},
    {"wait_owner_tid", "OWNER", Unit::identifier, 7, "thread that holds the lock it waits for, read for this interval",
     wait_owner, nullptr, wait_value<&Wait::owner_tid>()},
    {"wall_ns",
     "WALL",
     Unit::nanoseconds,
     7,
     "the part of its lifetime in the interval; the states sum to it",
     [](R, T row) { return number(row.wall_ns); },
     [](R, P row) { return number(row.wall_ns); },
     {put_wall}},
});

template <Part kPart>
constexpr Column part_column() {
    return {info(kPart).ns_key,
            info(kPart).head,
            Unit::nanoseconds,
            7,
            info(kPart).help,
            [](R, T row) { return number_if(row, measured_bit(kPart), row.part_ns[kPart]); },
            [](R, P row) { return number_if(row, measured_bit(kPart), row.part_ns[kPart]); },
            {put_part<kPart>}};
}

/// In the first version, a part comes after its state.
constexpr auto with_preempted() {
    constexpr auto kStates = state_columns<false>();
    std::array<Column, kStates.size() + 1> made{};
    std::size_t at = 0;
    for (const Column& column : kStates) {
        made[at++] = column;
        if (column.key == info(info(Part::preempted).whole).ns_key) {
            made[at++] = part_column<Part::preempted>();
        }
    }
    return made;
}

constexpr std::array kCounterColumns = std::to_array<Column>({
    {"voluntary_switches",
     "VCSW/s",
     Unit::events,
     7,
     "times that it gave up the CPU by blocking",
     [](R, T row) { return number_if(row, kMeasuredSwitches, row.voluntary_switches()); },
     [](R, P row) { return number_if(row, kMeasuredSwitches, row.voluntary_switches); },
     {put_voluntary_switches, carry_entries}},
    {"involuntary_switches", "ICSW/s", Unit::events, 7, "times that the CPU was taken from it",
     [](R, T row) { return number_if(row, kMeasuredSwitches, row.involuntary_switches()); },
     [](R, P row) { return number_if(row, kMeasuredSwitches, row.involuntary_switches); },
     restore::counter<&Thread::preempted_entries>()},
    {"rss_bytes", "RSS", Unit::bytes, 7, "resident memory of its process", rss_of,
     [](R, P row) { return row.rss_bytes != 0 ? number(row.rss_bytes) : absent(); },
     restore::end_value<&Thread::rss_bytes>()},
    {"read_bytes", "READ/s", Unit::io_bytes, 7, "read from storage in the interval",
     [](R, T row) { return number(row.read_bytes()); },
     [](R, P row) { return number_if(row, kMeasuredIo, row.read_bytes); },
     restore::optional_counter<&Thread::read_bytes, kMeasuredIo>()},
    {"write_bytes", "WRITE/s", Unit::io_bytes, 7, "written to storage in the interval",
     [](R, T row) { return number(row.write_bytes()); },
     [](R, P row) { return number_if(row, kMeasuredIo, row.write_bytes); },
     restore::optional_counter<&Thread::write_bytes, kMeasuredIo>()},
    {"latency_ns", "DELAY", Unit::nanoseconds, 7,
     "time in which it was ready to continue and could not: cpu, io, swap, mem, lock wait and D",
     [](R, T row) { return number(latency_ns(row.state_ns)); },
     [](R, P row) { return number(latency_ns(row.state_ns)); }},
    {"parent_tgid", "PPID", Unit::identifier, 7, "process ID of its parent",
     [](R, T row) { return number(row.now->parent_tgid); }, [](R, P row) { return number(row.leader->parent_tgid); },
     restore::end_value<&Thread::parent_tgid>()},
    {"policy", "POL", Unit::identifier, 3,
     "scheduling policy (SCHED_*): 0 other, 1 fifo, 2 rr, 3 batch, 5 idle, 6 deadline, 7 ext",
     [](R, T row) { return number(row.now->policy); }, [](R, P row) { return number(row.leader->policy); },
     restore::end_value<&Thread::policy>()},
    {"nice", "NI", Unit::count, 3, "nice value",
     [](R, T row) {
         return Value{Value::Kind::integer, row.now->nice, {}};
     },
     [](R, P row) {
         return Value{Value::Kind::integer, row.leader->nice, {}};
     },
     restore::end_value<&Thread::nice>()},
    {"last_cpu", "CPU", Unit::identifier, 4, "CPU that it ran on last",
     [](R, T row) { return number(row.now->last_cpu); }, nullptr, restore::end_value<&Thread::last_cpu>()},
    {"cgroup_id", "CGROUP", Unit::identifier, 8, "ID of its cgroup (v2)",
     [](R, T row) { return row.now->cgroup_id != 0 ? number(row.now->cgroup_id) : absent(); },
     [](R, P row) { return row.leader->cgroup_id != 0 ? number(row.leader->cgroup_id) : absent(); },
     restore::end_value<&Thread::cgroup_id>()},
    {"minor_faults", "MINF/s", Unit::events, 7, "page faults in the interval that needed no I/O",
     [](R, T row) { return number_if(row, kMeasuredFaults, growth(row, &Thread::minor_faults)); }, nullptr,
     restore::counter<&Thread::minor_faults, kMeasuredFaults>()},
    {"major_faults", "MAJF/s", Unit::events, 7, "page faults in the interval that needed I/O",
     [](R, T row) { return number_if(row, kMeasuredFaults, growth(row, &Thread::major_faults)); }, nullptr,
     restore::counter<&Thread::major_faults>()},
});

/// Those added since the first version.
constexpr std::array kAddedColumns = std::to_array<Column>({
    {"wait_owner_exited", "EXITED", Unit::flag, 6, "the holder of that lock has exited without unlocking",
     wait_owner_exited, nullptr, wait_value<&Wait::owner_exited>()},
    {"wait_label",
     "LABEL",
     Unit::text,
     18,
     "what it waits for beyond the system call: rwlock, join 4177 worker, tcp 10.0.0.5:5432, pipe from 4108 seq, ...",
     wait_label,
     nullptr,
     {put_wait_label}},
    {"wait_certain",
     "CERTAIN",
     Unit::flag,
     7,
     "false: its state is a guess, because what the futex is for could not be decided",
     wait_certain,
     nullptr,
     {put_wait_certain}},
    {"rt_priority", "RTPRI", Unit::count, 5, "real-time priority, 1 to 99, of a thread under SCHED_FIFO or SCHED_RR",
     [](R, T row) { return row.now->rt_priority != 0 ? number(row.now->rt_priority) : absent(); }, nullptr,
     restore::end_value<&Thread::rt_priority>()},
    {"delay_labeled_ns",
     "LABELED",
     Unit::nanoseconds,
     7,
     "the part of sync, sleep and idle in which it waited for a lock, a slow reader or a FUSE file system, by "
     "wait_label",
     [](R report, T row) { return number(delay_labeled_ns(report, row)); },
     nullptr,
     {put_delay_labeled}},
});

/// The bytes, if they were counted.
template <auto kBytes>
Value thread_network(R report, T row) {
    return report.network ? number((row.*kBytes)()) : absent();
}

template <auto kBytes>
Value process_network(R report, P row) {
    return report.network ? number_if(row, kMeasuredNetwork, row.*kBytes) : absent();
}

constexpr std::array kNetworkColumns = std::to_array<Column>({
    {"net_rx_bytes", "RX/s", Unit::io_bytes, 7,
     "received through sockets of IPv4 and IPv6 in the interval, with --net or key B",
     thread_network<&ThreadRow::net_rx_bytes>, process_network<&ProcessRow::net_rx_bytes>,
     restore::optional_counter<&Thread::net_rx_bytes, kMeasuredNetwork>()},
    {"net_tx_bytes", "TX/s", Unit::io_bytes, 7,
     "sent through sockets of IPv4 and IPv6 in the interval, with --net or key B",
     thread_network<&ThreadRow::net_tx_bytes>, process_network<&ProcessRow::net_tx_bytes>,
     restore::optional_counter<&Thread::net_tx_bytes, kMeasuredNetwork>()},
});

Value io_priority_of(const Thread& thread) {
    constexpr std::array<std::string_view, 8> kRealTime{"rt 0", "rt 1", "rt 2", "rt 3", "rt 4", "rt 5", "rt 6", "rt 7"};
    constexpr std::array<std::string_view, 8> kBestEffort{"be 0", "be 1", "be 2", "be 3",
                                                          "be 4", "be 5", "be 6", "be 7"};
    constexpr unsigned kClassShift = 13;
    const unsigned level = thread.io_priority & 7U;
    switch (thread.io_priority >> kClassShift) {
        case 1:
            return text(kRealTime[level]);
        case 2:
            return text(kBestEffort[level]);
        case 3:
            return text("idle");
        default:
            return absent();
    }
}

/// The inverse.
bool put_io_priority(RestoredRow& row, std::string_view text) {
    Thread thread;
    for (unsigned number = 0; number <= 3U << 13U; ++number) {
        thread.io_priority = static_cast<std::uint16_t>(number);
        if ((number & 0x1fffU) < 8U && io_priority_of(thread).text == text && !text.empty()) {
            row.thread.io_priority = thread.io_priority;
            return true;
        }
    }
    return false;
}

Value cpu_time_of(R report, const Thread& thread) {
    if (thread.cpu_time_ns == 0) {
        return absent();
    }
    const bool runs = thread.state == ThreadState::exec;
    return number(thread.cpu_time_ns + (runs ? closed_at_ns(thread, report.now_ns) - thread.since_ns : 0));
}

Value bytes_if_any(std::uint64_t bytes) {
    return bytes != 0 ? number(bytes) : absent();
}

/// Of the whole address space: of the thread that left a CPU last.
template <auto kBytes>
Value process_memory(R, P row) {
    return row.newest != nullptr ? bytes_if_any(row.newest->*kBytes) : absent();
}

constexpr std::array kPlainColumns = std::to_array<Column>({
    {"virtual_bytes", "VIRT", Unit::bytes, 5, "size of the address space of its process",
     [](R, T row) { return bytes_if_any(row.now->virtual_bytes); }, process_memory<&Thread::virtual_bytes>,
     restore::end_value<&Thread::virtual_bytes>()},
    {"shared_bytes", "SHR", Unit::bytes, 5, "the part of its resident memory that is of files and shared memory",
     [](R, T row) { return row.now->rss_bytes != 0 ? number(row.now->shared_bytes) : absent(); },
     [](R, P row) {
         return row.newest != nullptr && row.newest->rss_bytes != 0 ? number(row.newest->shared_bytes) : absent();
     },
     restore::end_value<&Thread::shared_bytes>()},
    {"cpu_time_ns", "TIME+", Unit::age, 8, "time on a CPU since it was created",
     [](R report, T row) { return cpu_time_of(report, *row.now); }, nullptr,
     restore::end_value<&Thread::cpu_time_ns>()},
    {"io_priority",
     "IOPRIO",
     Unit::text,
     7,
     "I/O priority, if one was set (ionice): rt 0 to 7, be 0 to 7, idle; absent: it follows from the nice value",
     [](R, T row) { return io_priority_of(*row.now); },
     [](R, P row) { return io_priority_of(*row.leader); },
     {put_io_priority}},
});

constexpr auto kAddedParts = std::to_array<Column>({part_column<Part::throttled>(), part_column<Part::reclaim>()});

constexpr auto kColumns = concat(kIdentityColumns, with_preempted(), kCounterColumns, state_columns<true>(),
                                 kAddedColumns, kAddedParts, kNetworkColumns, kPlainColumns);
constexpr std::size_t kFirstColumns = kIdentityColumns.size() + with_preempted().size() + kCounterColumns.size();

}  // namespace

std::span<const Column> columns() {
    return kColumns;
}

std::span<const Column> first_columns() {
    return columns().first(kFirstColumns);
}

std::span<const Column> added_columns() {
    return columns().subspan(kFirstColumns);
}

}  // namespace tsa
