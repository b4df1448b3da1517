// SPDX-License-Identifier: MIT
// What a row makes of its thread: the part of PlayerThreads (see player_threads.h) that adds the row's numbers to the
// totals of the interval's begin, so that their difference is the row again.
#include <algorithm>

#include "base/saturating.h"
#include "model/columns.h"
#include "record/played_row.h"
#include "record/player_threads.h"

namespace tsa {

namespace {

/// The state of a row without that column: the one with most of the row's time.
ThreadState state_of(const RestoredRow& row) {
    const auto* largest = std::ranges::max_element(row.state_ns);
    return row.state.value_or(static_cast<ThreadState>(largest - row.state_ns.begin()));
}

/// The row's times without the part before its interval, which was spent in the state at the interval's start.
PerState<std::uint64_t> times_inside(const RestoredRow& row, const Thread* before) {
    PerState<std::uint64_t> state_ns = row.state_ns;
    const std::uint64_t quiet_ns = row.quiet_ns;
    std::size_t state = before != nullptr ? index(before->state) : 0;
    if (state_ns[state] < quiet_ns) {
        state = static_cast<std::size_t>(std::ranges::max_element(state_ns) - state_ns.begin());
    }
    state_ns[state] -= std::min(quiet_ns, state_ns[state]);
    return state_ns;
}

Measured measured_of(const RestoredRow& row, bool io_is_measured) {
    return static_cast<Measured>(row.measured | (is_exited(row) ? kMeasuredAge : 0U) |
                                 (io_is_measured ? kMeasuredIo : 0U));
}

/// Whether the cpu_wait that is open began by losing the CPU: then all of it is in the preempted time. With several
/// such waits in one interval that is a guess.
bool is_preempted(const RestoredRow& row, std::uint64_t age_ns) {
    const std::uint64_t preempted_ns = row.thread.part_ns[Part::preempted];
    if (row.state != ThreadState::cpu_wait || age_ns == 0) {
        return false;
    }
    if (age_ns >= inside_ns(row)) {
        return preempted_ns >= inside_ns(row);
    }
    const std::uint64_t times = row.thread.preempted_entries;
    return times == 1 ? preempted_ns == age_ns : times > 1 && preempted_ns >= age_ns;
}

/// Whether all of the cpu_wait that is open is in the throttled time; a guess likewise.
bool is_throttled(const RestoredRow& row, std::uint64_t age_ns) {
    const std::uint64_t throttled_ns = row.thread.part_ns[Part::throttled];
    return row.state == ThreadState::cpu_wait && throttled_ns != 0 && throttled_ns >= std::min(age_ns, inside_ns(row));
}

/// Counters at the start of the interval plus the row's growth.
void carry_counters(const Thread& before, Thread& now) {
    for (const Column& column : columns()) {
        if (column.restore.carry != nullptr) {
            column.restore.carry(before, now);
        }
    }
}

/// As the states: the open wait's part is in since_ns.
void fill_parts(const RestoredRow& row, std::uint64_t begin_ns, std::uint64_t age_ns, Thread* before, Thread& thread) {
    for (const PartInfo& entry : kParts) {
        const Part part = entry.part;
        const std::uint64_t had = before != nullptr ? part_total_ns(*before, part, begin_ns) : 0;
        const std::uint64_t total_ns = had + row.thread.part_ns[part];
        const std::uint64_t open_ns = open_part(thread) == part ? age_ns : 0;
        thread.part_ns[part] = saturating_sub(total_ns, open_ns);
        if (total_ns < open_ns && before != nullptr) {
            before->part_ns[part] += open_ns - total_ns;
        }
    }
}

}  // namespace

/// A thread without an earlier row that existed at the start of the interval: its state then, inferred.
Thread& PlayerThreads::invent_before(const RestoredRow& row, const Span& span, std::uint32_t slot) {
    Thread& thread = before().threads[slot];
    thread = Thread{};
    thread.life = now().threads[slot].life;
    thread.tid = static_cast<std::uint32_t>(row.tid_before.value_or(row.thread.tid));
    thread.start_time_ns = row.thread.start_time_ns;
    const std::uint64_t begin_ns = before().now_ns;
    const std::uint64_t age_ns = row.state_age_ns;
    thread.since_ns = std::max(begin_ns, span.begin_ns);
    if (row.quiet_ns != 0) {
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

/// Totals at the start plus the row's times are the totals at the end; the part that is the open wait is in
/// since_ns. A wait that is older than what is known of the thread is known by that.
void PlayerThreads::fill_times(const RestoredRow& row, const Span& span, Thread* before, Thread& thread) const {
    const std::uint64_t begin_ns = samples_[1 - at_].now_ns;
    const PerState<std::uint64_t> inside = times_inside(row, before);
    const std::uint64_t age_ns =
        thread.state == ThreadState::zombie && is_exited(row) ? 0 : std::min(row.state_age_ns, span.end_ns);
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

    thread.throttled = is_throttled(row, age_ns);
    thread.preempted = !thread.throttled && is_preempted(row, age_ns);
    fill_parts(row, begin_ns, age_ns, before, thread);
}

void PlayerThreads::fill(const RestoredRow& row, const Span& span, Thread* before, Thread& thread) {
    const std::uint32_t life = thread.life;
    thread = row.thread;
    thread.life = life;
    thread.ns_tid = thread.tid;
    thread.tgid = thread.tgid != 0 ? thread.tgid : thread.tid;
    thread.followed = setting_.followed;
    thread.measured = measured_of(row, setting_.io_is_measured);
    thread.comm = comm_from_text(row.comm);
    thread.state = is_exited(row) ? ThreadState::zombie : state_of(row);
    if (is_exited(row)) {
        thread.wait = Wait{};
    } else {
        names_.put_name(row.wait_on, row.has_wait_argument || !setting_.has_wait_arguments, thread);
    }
    fill_times(row, span, before, thread);
    if (before != nullptr) {
        carry_counters(*before, thread);
    }

    // A thread's memory is read when it leaves the CPU: the one that did so last has the newest value of its process.
    const bool off_cpu = thread.state > ThreadState::cpu_wait;
    thread.rss_at_ns = thread.rss_bytes == 0 ? 0
                       : off_cpu             ? std::min(thread.since_ns, interval_.now_ns)
                                             : interval_.now_ns;
}

}  // namespace tsa
