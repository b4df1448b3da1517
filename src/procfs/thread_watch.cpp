// SPDX-License-Identifier: MIT
// See thread_watch.h.
#include "procfs/thread_watch.h"

#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "base/clock.h"
#include "base/saturating.h"
#include "base/task_identity.h"
#include "base/time_units.h"

namespace tsa {

namespace {

constexpr Measured kAlways = static_cast<Measured>(
    measured_bit(ThreadState::exec) | measured_bit(ThreadState::sleep) | measured_bit(ThreadState::stopped) |
    measured_bit(ThreadState::zombie) | kMeasuredFaults | kMeasuredIdleTask);

/// The scheduler's tick: the resolution of the coarse clocks.
std::uint64_t kernel_tick_ns() {
    timespec tick{};
    ::clock_getres(CLOCK_MONOTONIC_COARSE, &tick);
    return static_cast<std::uint64_t>(tick.tv_sec) * kNsPerSecond + static_cast<std::uint64_t>(tick.tv_nsec);
}

bool is_runnable_state(ThreadState state) {
    return state == ThreadState::exec || state == ThreadState::cpu_wait;
}

void set_measured(Thread& thread, Measured what, bool measured) {
    thread.measured = static_cast<Measured>(measured ? thread.measured | what : thread.measured & ~what);
}

std::uint64_t start_ns(const TaskStat& stat) {
    return start_time_ns(stat.start_ticks);
}

}  // namespace

ThreadWatch::ThreadWatch(TaskReader& reader, ThreadTable& table, bool schedstat)
    : reader_(reader),
      table_(table),
      schedstat_(schedstat),
      stat_tick_ns_(kNsPerSecond / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK))),
      late_ns_(schedstat ? kernel_tick_ns() : std::max(kernel_tick_ns(), stat_tick_ns_)),
      page_bytes_(static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE))) {}

bool ThreadWatch::read_stat(std::uint32_t tid, std::optional<TaskStat>& stat) {
    stat = reader_.read(tid, "stat") == TaskRead::done ? parse_task_stat(reader_.text()) : std::nullopt;
    return stat.has_value();
}

bool ThreadWatch::read_times(std::uint32_t tid, TaskTimes& times, TaskRead& result) {
    result = reader_.read(tid, schedstat_ ? "schedstat" : "stat");
    if (result != TaskRead::done) {
        return false;
    }
    std::optional<TaskTimes> read;
    if (schedstat_) {
        read = parse_task_times(reader_.text());
    } else if (const std::optional<TaskStat> stat = parse_task_stat(reader_.text())) {
        read = TaskTimes{stat->cpu_ticks * stat_tick_ns_, 0, 0};
    }
    times = read.value_or(TaskTimes{});
    return read.has_value();
}

void ThreadWatch::read_switches(std::uint32_t at, bool first, ThreadLook& look) {
    Thread& thread = table_.thread(at);
    ThreadBooks& books = table_.books(at);
    const bool readable = reader_.read(thread.tid, "status") == TaskRead::done;
    const std::optional<TaskSwitches> now = readable ? parse_task_switches(reader_.text()) : std::nullopt;
    if (!now) {  // it is exiting, or the read failed: keep the known values
        return;
    }
    look.voluntary = now->voluntary;
    thread.uid = now->uid;
    thread.ns_tid = now->ns_tid;
    if (first) {
        books.switches_before = *now;
        set_measured(thread, kMeasuredSwitches, true);
    }
    thread.entries[index(ThreadState::sleep)] = saturating_sub(now->voluntary, books.switches_before.voluntary);
    thread.preempted_entries = saturating_sub(now->involuntary, books.switches_before.involuntary);
}

void ThreadWatch::read_io(std::uint32_t at, bool first) {
    Thread& thread = table_.thread(at);
    ThreadBooks& books = table_.books(at);
    if (books.io_refused) {
        return;
    }
    const TaskRead result = reader_.read(thread.tid, "io");
    const std::optional<TaskIo> io = result == TaskRead::done ? parse_task_io(reader_.text()) : std::nullopt;
    if (!io) {
        books.io_refused = first;
        return;
    }
    thread.read_bytes = io->read_bytes;
    thread.write_bytes = io->write_bytes;
    set_measured(thread, kMeasuredIo, true);
}

void ThreadWatch::take_stat(const TaskStat& stat, Thread& thread) const {
    thread.comm = stat.comm;
    thread.kernel = stat.kernel;
    thread.parent_tgid = stat.parent_tgid;
    thread.nice = stat.nice;
    thread.policy = stat.policy;
    thread.rt_priority = stat.rt_priority;
    thread.last_cpu = stat.last_cpu;
    thread.minor_faults = stat.minor_faults;
    thread.major_faults = stat.major_faults;
    thread.rss_bytes = stat.kernel ? 0 : stat.rss_pages * page_bytes_;
}

/// The start time has the resolution of a clock tick. Picks the latest instant within it that leaves enough time for
/// what the thread has done since.
std::uint64_t ThreadWatch::birth_ns(const TaskStat& stat, const ThreadLook& look) const {
    const std::uint64_t from_ns = saturating_sub(start_ns(stat), pass_.boot_offset_ns);
    const std::uint64_t done_ns = look.exec_ns + look.run_delay_ns;
    const std::uint64_t latest_ns = std::min(from_ns + stat_tick_ns_, saturating_sub(look.at_ns, done_ns));
    return std::max({from_ns, latest_ns, pass_.previous_now_ns});
}

std::optional<std::uint32_t> ThreadWatch::admit(std::uint32_t tid, std::uint32_t tgid) {
    std::optional<TaskStat> stat;
    TaskTimes times;
    TaskRead result{};
    if (!read_times(tid, times, result)) {
        return std::nullopt;
    }
    ThreadLook look;
    look.at_ns = clock_ns(CLOCK_MONOTONIC);
    look.exec_ns = times.exec_ns;
    look.run_delay_ns = times.run_delay_ns;
    if (!read_stat(tid, stat)) {
        return std::nullopt;
    }
    look.letter = stat->letter;
    const std::uint32_t at = table_.add();
    Thread& thread = table_.thread(at);
    ThreadBooks& books = table_.books(at);
    thread.tid = tid;
    thread.tgid = tgid;
    thread.start_time_ns = start_ns(*stat);
    thread.measured = kAlways;
    set_measured(thread, measured_bit(ThreadState::cpu_wait), schedstat_);
    take_stat(*stat, thread);
    thread.rss_at_ns = look.at_ns;
    read_switches(at, true, look);
    read_io(at, true);
    books.account.waits_are_booked = schedstat_;
    books.seen_exec_ns = look.exec_ns;
    books.seen_delay_ns = look.run_delay_ns;
    books.seen_at_ns = look.at_ns;
    const std::uint64_t start_end_ns = thread.start_time_ns + stat_tick_ns_;
    const bool newborn = pass_.previous_now_ns != 0 && start_end_ns > pass_.boot_offset_ns + pass_.previous_now_ns;
    if (newborn) {
        ++born_;
        newborn_.push_back(at);
        begin_account_at_birth(look, birth_ns(*stat, look), late_ns_, thread, books.account);
        thread.entries[index(ThreadState::sleep)] = books.switches_before.voluntary;
        thread.preempted_entries = books.switches_before.involuntary;
        books.switches_before = TaskSwitches{};
    } else {
        begin_account(look, thread, books.account);
        thread.since_is_upper_bound = true;
        set_measured(thread, kMeasuredAge, true);
    }
    runnable_ += is_runnable_state(thread.state) ? 1 : 0;
    return at;
}

/// For a thread without a previous row, a report interprets `since_is_upper_bound` as "existed before" and would omit
/// its I/O. So a new thread has no age in its first sample.
void ThreadWatch::age_newborn() {
    for (const std::uint32_t at : newborn_) {
        Thread& thread = table_.thread(at);
        if (thread.life != 0) {
            thread.since_is_upper_bound = true;
            set_measured(thread, kMeasuredAge, true);
            table_.touch(at);
        }
    }
    newborn_.clear();
}

ThreadWatch::Outcome ThreadWatch::poll(std::uint32_t at) {
    TaskTimes times;
    TaskRead result{};
    ThreadBooks& books = table_.books(at);
    if (!read_times(table_.thread(at).tid, times, result)) {
        refused_ += result == TaskRead::gone ? 0 : 1;
        return result == TaskRead::gone ? Outcome::gone : Outcome::alive;
    }
    books.seen_exec_ns = times.exec_ns;
    books.seen_delay_ns = times.run_delay_ns;
    books.seen_at_ns = clock_ns(CLOCK_MONOTONIC);
    return Outcome::alive;
}

bool ThreadWatch::moved(std::uint32_t at) {
    const ThreadBooks& books = table_.books(at);
    if (!schedstat_ && table_.thread(at).state == ThreadState::exec) {
        return true;  // it may have slept, and run for less than a tick
    }
    return books.seen_exec_ns != books.account.booked_exec_ns || books.seen_delay_ns != books.account.booked_wait_ns;
}

void ThreadWatch::close(std::uint32_t at, const ThreadLook& look) {
    Thread& thread = table_.thread(at);
    const ThreadState before = thread.state;
    close_at(look, closed_at_ns(thread, pass_.previous_now_ns), late_ns_, thread, table_.books(at).account);
    count_runnable(before, thread.state);
    table_.touch(at);
}

void ThreadWatch::count_runnable(ThreadState before, ThreadState after) {
    runnable_ += is_runnable_state(after) ? 1 : 0;
    runnable_ -= is_runnable_state(before) ? 1 : 0;
}

ThreadWatch::Outcome ThreadWatch::settle(std::uint32_t at) {
    if (!moved(at)) {
        settle_still(at);
        return Outcome::alive;
    }
    const std::uint32_t tid = table_.thread(at).tid;
    std::optional<TaskStat> stat;
    if (!read_stat(tid, stat)) {
        return Outcome::gone;
    }
    Thread& thread = table_.thread(at);
    if (start_ns(*stat) != thread.start_time_ns) {
        return Outcome::replaced;
    }
    const ThreadBooks& books = table_.books(at);
    ThreadLook look{books.seen_at_ns, books.seen_exec_ns, books.seen_delay_ns, stat->letter, std::nullopt};
    take_stat(*stat, thread);
    thread.rss_at_ns = look.at_ns;
    read_switches(at, false, look);
    read_io(at, false);
    thread.since_is_upper_bound = true;
    set_measured(thread, kMeasuredAge, true);
    close(at, look);
    return Outcome::alive;
}

void ThreadWatch::settle_still(std::uint32_t at) {
    const Thread& thread = table_.thread(at);
    if (thread.state != ThreadState::exec) {
        return;
    }
    const ThreadAccount& account = table_.books(at).account;
    // Runnable at the last look, and a thread cannot go to sleep without running.
    close(at, {std::max(clock_ns(CLOCK_MONOTONIC), thread.since_ns), account.booked_exec_ns, account.booked_wait_ns,
               'R', account.voluntary});
}

bool ThreadWatch::look_at_quiet(std::uint32_t at) {
    std::optional<TaskStat> stat;
    if (!read_stat(table_.thread(at).tid, stat)) {
        return false;
    }
    Thread& thread = table_.thread(at);
    if (start_ns(*stat) != thread.start_time_ns) {
        return false;
    }
    const bool changed = thread.comm != stat->comm || thread.nice != stat->nice || thread.policy != stat->policy ||
                         thread.rt_priority != stat->rt_priority || thread.parent_tgid != stat->parent_tgid;
    const bool woken = thread.state == ThreadState::sleep && is_runnable(stat->letter) && schedstat_;
    if (changed) {
        take_stat(*stat, thread);
        thread.rss_at_ns = clock_ns(CLOCK_MONOTONIC);
    }
    if (woken) {
        begin_wait_at(clock_ns(CLOCK_MONOTONIC), closed_at_ns(thread, pass_.previous_now_ns), thread,
                      table_.books(at).account);
        count_runnable(ThreadState::sleep, thread.state);
    }
    if (changed || woken) {
        table_.touch(at);
    }
    return woken;
}

void ThreadWatch::remove(std::uint32_t at) {
    const Thread& thread = table_.thread(at);
    runnable_ -= is_runnable_state(thread.state) ? 1 : 0;
    table_.remove(at, closed_at_ns(thread, pass_.previous_now_ns));
}

}  // namespace tsa
