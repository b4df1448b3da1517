// What a row makes of its thread: the part of PlayerThreads (see player_threads.h) that adds the row's numbers to the
// totals of the interval's begin, so that their difference is the row again.
#include <algorithm>

#include "base/grown.h"
#include "record/played_row.h"
#include "record/player_threads.h"

namespace tsa {

namespace {

/// What stands where no column says it: the state that has most of the row's time.
ThreadState state_of(const ThreadCells& row) {
    const auto* largest = std::ranges::max_element(row.state_ns);
    return row.state.value_or(static_cast<ThreadState>(largest - row.state_ns.begin()));
}

/// The row's times without what lies before its interval, which was spent in the state that the thread was in then.
PerState<std::uint64_t> times_inside(const ThreadCells& row, const Thread* before) {
    PerState<std::uint64_t> state_ns = row.state_ns;
    const std::uint64_t quiet_ns = row[ThreadCell::quiet_ns];
    std::size_t state = before != nullptr ? index(before->state) : 0;
    if (state_ns[state] < quiet_ns) {
        state = static_cast<std::size_t>(std::ranges::max_element(state_ns) - state_ns.begin());
    }
    state_ns[state] -= std::min(quiet_ns, state_ns[state]);
    return state_ns;
}

Measured measured_of(const ThreadCells& row, bool io_is_measured) {
    Measured measured = 0;
    const auto set = [&](Measured bit, bool is) { measured = static_cast<Measured>(measured | (is ? bit : 0)); };
    set(row.states_present, true);
    set(kMeasuredSwitches, row.has(ThreadCell::voluntary_switches));
    set(kMeasuredPreempted, row.has(ThreadCell::cpu_wait_preempted_ns));
    set(kMeasuredFaults, row.has(ThreadCell::minor_faults));
    set(kMeasuredAge, is_exited(row) || row.has(ThreadCell::state_age_ns));
    set(kMeasuredIo, io_is_measured || row.has(ThreadCell::read_bytes) || row.has(ThreadCell::write_bytes));
    return measured;
}

/// Whether the cpu_wait that is open began by losing the CPU: then all of it is in the preempted time. With several
/// such waits in one interval that is a guess.
bool is_preempted(const ThreadCells& row, std::uint64_t age_ns) {
    const std::uint64_t preempted_ns = row[ThreadCell::cpu_wait_preempted_ns];
    if (row.state != ThreadState::cpu_wait || age_ns == 0) {
        return false;
    }
    if (age_ns >= inside_ns(row)) {
        return preempted_ns >= inside_ns(row);
    }
    const std::uint64_t times = row[ThreadCell::involuntary_switches];
    return times == 1 ? preempted_ns == age_ns : times > 1 && preempted_ns >= age_ns;
}

std::uint64_t open_preempted_ns(const Thread& thread, std::uint64_t now_ns) {
    const bool open = thread.state == ThreadState::cpu_wait && thread.preempted;
    return open ? closed_at_ns(thread, now_ns) - thread.since_ns : 0;
}

/// Growth of a storage counter that may be absent at either end.
std::optional<std::uint64_t> counted_on(const Thread* before, std::optional<std::uint64_t> Thread::*counter,
                                        std::optional<std::uint64_t> by) {
    const std::uint64_t had = before != nullptr ? (before->*counter).value_or(0) : 0;
    return by ? std::optional(had + *by) : std::nullopt;
}

}  // namespace

/// A thread of which no row was read, but which was there at the begin of the interval: what it must have been then.
Thread& PlayerThreads::invent_before(const ThreadCells& row, const Span& span, std::uint32_t slot) {
    Thread& thread = before().threads[slot];
    thread = Thread{};
    thread.life = now().threads[slot].life;
    thread.tid = static_cast<std::uint32_t>(row.get(ThreadCell::tid_before).value_or(row[ThreadCell::tid]));
    thread.start_time_ns = row[ThreadCell::start_time_ns];
    const std::uint64_t begin_ns = before().now_ns;
    const std::uint64_t age_ns = row[ThreadCell::state_age_ns];
    thread.since_ns = std::max(begin_ns, span.begin_ns);
    if (row[ThreadCell::quiet_ns] != 0) {
        // All of the quiet time was spent in the state that it was in.
        thread.state = static_cast<ThreadState>(std::ranges::max_element(row.state_ns) - row.state_ns.begin());
    } else if (span.begin_ns < begin_ns && begin_ns < span.begin_ns + kZombieFromNs) {
        thread.state = ThreadState::zombie;  // only of one that had just died the time ends earlier than the interval
        thread.since_ns = span.begin_ns;
    } else {
        thread.state =
            age_ns >= inside_ns(row) || row.state_ns[index(ThreadState::exec)] == 0 ? state_of(row) : ThreadState::exec;
    }
    thread.first_seen_ns = thread.since_ns;
    before().versions[slot] = ++versions_;
    return thread;
}

/// The totals at the begin and the row's times are the totals at the end; what of them is the open wait stands in
/// since_ns. A wait that is older than what is known of the thread is known by that.
void PlayerThreads::fill_times(const ThreadCells& row, const Span& span, Thread* before, Thread& thread) const {
    const std::uint64_t begin_ns = samples_[1 - at_].now_ns;
    const PerState<std::uint64_t> inside = times_inside(row, before);
    const std::uint64_t age_ns = thread.state == ThreadState::zombie && is_exited(row)
                                     ? 0
                                     : std::min(row[ThreadCell::state_age_ns], span.end_ns);
    thread.since_ns = span.end_ns - age_ns;
    thread.first_seen_ns = before != nullptr ? before->first_seen_ns : span.begin_ns;
    for (std::size_t i = 0; i < kStateCount; ++i) {
        const std::uint64_t had =
            before != nullptr ? state_total_ns(*before, static_cast<ThreadState>(i), begin_ns) : 0;
        thread.ns[i] = had + inside[i];
    }
    std::uint64_t& closed_ns = thread.ns[index(thread.state)];
    if (closed_ns < age_ns) {
        const std::uint64_t earlier_ns = age_ns - closed_ns;
        closed_ns = age_ns;
        if (before != nullptr) {
            before->ns[index(thread.state)] += earlier_ns;
            before->first_seen_ns -= std::min(earlier_ns, before->first_seen_ns);
            thread.first_seen_ns = before->first_seen_ns;
        }
    }
    closed_ns -= age_ns;

    const std::uint64_t had_preempted =
        before != nullptr ? before->preempted_ns + open_preempted_ns(*before, begin_ns) : 0;
    thread.preempted = is_preempted(row, age_ns);
    const std::uint64_t preempted_ns = had_preempted + row[ThreadCell::cpu_wait_preempted_ns];
    const std::uint64_t open_ns = thread.preempted ? age_ns : 0;
    thread.preempted_ns = grown(open_ns, preempted_ns);
    if (preempted_ns < open_ns && before != nullptr) {
        before->preempted_ns += open_ns - preempted_ns;
    }
}

void PlayerThreads::fill(const ThreadCells& row, const Span& span, Thread* before, Thread& thread) {
    const auto u32 = [&](ThreadCell cell) { return static_cast<std::uint32_t>(row[cell]); };
    thread.tid = thread.ns_tid = u32(ThreadCell::tid);
    thread.tgid = row.has(ThreadCell::tgid) ? u32(ThreadCell::tgid) : thread.tid;
    thread.start_time_ns = row[ThreadCell::start_time_ns];
    thread.kernel = row[ThreadCell::kernel] != 0;
    thread.uid = u32(ThreadCell::uid);
    thread.parent_tgid = u32(ThreadCell::parent_tgid);
    thread.policy = static_cast<std::uint8_t>(row[ThreadCell::policy]);
    thread.nice = static_cast<std::int8_t>(static_cast<std::int64_t>(row[ThreadCell::nice]));
    thread.last_cpu = static_cast<std::uint16_t>(row[ThreadCell::last_cpu]);
    thread.cgroup_id = row[ThreadCell::cgroup_id];
    thread.followed = setting_.followed;
    thread.measured = measured_of(row, setting_.io_is_measured);
    thread.comm = comm_from_text(row.comm);
    thread.state = is_exited(row) ? ThreadState::zombie : state_of(row);
    thread.since_is_upper_bound = row[ThreadCell::state_age_is_lower_bound] != 0;
    thread.wait = Wait{};
    if (!is_exited(row)) {
        thread.wait = names_.wait_of(row.wait_on, thread, row.get(ThreadCell::wait_arg0), setting_.has_wait_arguments);
        thread.wait.owner_tid = u32(ThreadCell::wait_owner_tid);
        thread.wait.owner_exited = row[ThreadCell::wait_owner_exited] != 0;
    }
    fill_times(row, span, before, thread);

    thread.entries = before != nullptr ? before->entries : PerState<std::uint64_t>{};
    thread.entries[index(ThreadState::sleep)] += row[ThreadCell::voluntary_switches];
    const auto add = [&](std::uint64_t Thread::*counter, ThreadCell cell) {
        thread.*counter = (before != nullptr ? before->*counter : 0) + row[cell];
    };
    add(&Thread::preempted_entries, ThreadCell::involuntary_switches);
    add(&Thread::minor_faults, ThreadCell::minor_faults);
    add(&Thread::major_faults, ThreadCell::major_faults);
    thread.read_bytes = counted_on(before, &Thread::read_bytes, row.get(ThreadCell::read_bytes));
    thread.write_bytes = counted_on(before, &Thread::write_bytes, row.get(ThreadCell::write_bytes));

    // A thread's memory is read when it leaves the CPU: the one that did so last has the newest value of its process.
    thread.rss_bytes = row[ThreadCell::rss_bytes];
    const bool off_cpu = thread.state > ThreadState::cpu_wait;
    thread.rss_at_ns = thread.rss_bytes == 0 ? 0
                       : off_cpu             ? std::min(thread.since_ns, interval_.now_ns)
                                             : interval_.now_ns;
}

}  // namespace tsa
