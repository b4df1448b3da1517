// SPDX-License-Identifier: MIT
// reconcile() on literal samples and replies: each reason with what it explains, and one step more, which it does not.
#include "model/reconcile.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <set>
#include <string>

namespace tsa {
namespace {

constexpr std::uint64_t kMs = 1'000'000;
constexpr std::uint64_t kSecond = 1000 * kMs;

/// A thread over one second, [10 s, 11 s], whose delays have been accounted since boot. Until a test says otherwise it
/// sleeps through it, and both sources say so.
struct Case {
    Thread before, now;
    ThreadDelays delays;
    ReconcileInput input;

    Case() {
        before.life = 1;
        before.tid = before.tgid = 7;
        before.state = ThreadState::sleep;
        before.since_ns = before.first_seen_ns = kSecond;
        before.start_time_ns = kSecond;
        now = before;
        delays.key = key_of(now);
        delays.has_before = true;
        delays.before.version = delays.now.version = 16;
        for (TaskStats* stats : {&delays.before, &delays.now}) {
            stats->delays.fill(Delay{});
            stats->elapsed_ns = 9 * kSecond;
        }
        delays.before_at_ns = 10 * kSecond;
        delays.now_at_ns = 11 * kSecond;
        input.before_ns = 10 * kSecond;
        input.now_ns = 11 * kSecond;
        input.accounting = {Accounting::on, false, 0, std::nullopt};
    }
    Case(const Case&) = delete;
    Case& operator=(const Case&) = delete;

    /// Waits that ended in the interval.
    Case& closed(ThreadState state, std::uint64_t ns, std::uint64_t entries = 1) {
        now.ns[index(state)] += ns;
        now.entries[index(state)] += entries;
        return *this;
    }
    /// In this state at the start, for so long by then.
    Case& open_before(ThreadState state, std::uint64_t ns) {
        before.state = state;
        before.since_ns = input.before_ns - ns;
        return *this;
    }
    Case& open_now(ThreadState state, std::uint64_t ns) {
        now.state = state;
        now.since_ns = input.now_ns - ns;
        ++now.entries[index(state)];
        return *this;
    }
    Case& run(std::uint64_t ns) {
        delays.now.cpu_run_virtual_ns += ns;
        return *this;
    }
    Case& delay(DelayKind kind, std::uint64_t ns, std::uint64_t count = 1) {
        delays.now.delays[index(kind)]->total_ns += ns;
        delays.now.delays[index(kind)]->count += count;
        return *this;
    }
    Comparison of(Pair pair) {
        input.before = &before;
        input.now = &now;
        input.delays = &delays;
        return reconcile(input)[static_cast<std::size_t>(pair)];
    }
    std::string words(Pair pair) { return std::string(verdict_words(of(pair))); }
};

TEST(Reconcile, a_thread_that_sleeps_agrees_with_itself_in_every_pair) {
    Case sleeper;
    for (const Pair pair : {Pair::exec, Pair::cpu_wait, Pair::io_wait, Pair::swap_wait}) {
        const Comparison comparison = sleeper.of(pair);
        EXPECT_EQ(comparison.pair, pair);
        EXPECT_EQ(comparison.probes_ns, 0U);
        EXPECT_EQ(comparison.taskstats_ns, 0U);
        EXPECT_EQ(verdict_words(comparison), "agree");
    }
}

TEST(Reconcile, within_one_percent_of_the_interval_they_agree) {
    EXPECT_EQ(Case().closed(ThreadState::exec, 500 * kMs).run(510 * kMs).words(Pair::exec), "agree");
    EXPECT_EQ(Case().closed(ThreadState::exec, 500 * kMs).run(511 * kMs).words(Pair::exec), "disagree");
    EXPECT_EQ(Case().closed(ThreadState::exec, 500 * kMs).run(489 * kMs).words(Pair::exec), "disagree");
    EXPECT_EQ(Case().closed(ThreadState::exec, 500 * kMs).run(489 * kMs).of(Pair::exec).difference_ns,
              -11 * static_cast<std::int64_t>(kMs));
}

TEST(Reconcile, a_wait_that_is_open_is_in_the_probes_alone) {
    Case reader;
    reader.open_now(ThreadState::io_wait, 400 * kMs);
    const Comparison comparison = reader.of(Pair::io_wait);
    EXPECT_EQ(comparison.probes_ns, 400 * kMs);
    EXPECT_EQ(comparison.taskstats_ns, 0U);
    EXPECT_EQ(verdict_words(comparison), "explained: open wait");
}

TEST(Reconcile, a_wait_that_ends_brings_its_whole_length_into_taskstats) {
    Case reader;
    reader.open_before(ThreadState::io_wait, 3 * kSecond).closed(ThreadState::io_wait, 3300 * kMs, 0);
    reader.delay(DelayKind::blkio, 3300 * kMs);
    EXPECT_EQ(reader.of(Pair::io_wait).probes_ns, 300 * kMs);
    EXPECT_EQ(reader.words(Pair::io_wait), "explained: open wait") << "more than the interval, and right";
}

TEST(Reconcile, an_open_wait_explains_its_own_length_and_no_other) {
    Case reader;
    reader.closed(ThreadState::io_wait, 200 * kMs).open_now(ThreadState::io_wait, 400 * kMs);
    reader.delay(DelayKind::blkio, 200 * kMs);
    EXPECT_EQ(reader.words(Pair::io_wait), "explained: open wait");
    reader.delay(DelayKind::blkio, 200 * kMs);  // counted it is in whole or not at all
    EXPECT_EQ(reader.words(Pair::io_wait), "disagree");
}

TEST(Reconcile, a_wait_that_ended_between_sample_and_reply_is_explained_by_the_open_wait) {
    Case waiter;  // it had waited for 2 s at the start; its reply was read after the end of that
    waiter.open_before(ThreadState::io_wait, 2 * kSecond).closed(ThreadState::io_wait, 2 * kSecond, 0);
    waiter.closed(ThreadState::io_wait, 600 * kMs).delay(DelayKind::blkio, 600 * kMs);
    EXPECT_EQ(waiter.of(Pair::io_wait).probes_ns, 600 * kMs);
    EXPECT_EQ(waiter.words(Pair::io_wait), "agree");
}

TEST(Reconcile, any_part_of_an_open_run_queue_wait_may_be_counted) {
    Case waiter;
    waiter.closed(ThreadState::cpu_wait, 100 * kMs).open_now(ThreadState::cpu_wait, 500 * kMs);
    EXPECT_EQ(waiter.delay(DelayKind::cpu, 100 * kMs).words(Pair::cpu_wait), "explained: open wait");
    EXPECT_EQ(waiter.delay(DelayKind::cpu, 250 * kMs).words(Pair::cpu_wait), "explained: open wait");
    EXPECT_EQ(waiter.delay(DelayKind::cpu, 250 * kMs).words(Pair::cpu_wait), "agree");
    EXPECT_EQ(waiter.delay(DelayKind::cpu, 20 * kMs).words(Pair::cpu_wait), "disagree");
}

TEST(Reconcile, a_wait_older_than_the_probes_has_a_beginning_that_only_taskstats_knows) {
    Case reader;
    reader.open_before(ThreadState::io_wait, 100 * kMs).closed(ThreadState::io_wait, 300 * kMs, 0);
    reader.now.since_ns = 10'200 * kMs;
    reader.delay(DelayKind::blkio, 5 * kSecond);
    EXPECT_EQ(reader.words(Pair::io_wait), "disagree: impossible value");
    reader.before.since_is_upper_bound = true;
    EXPECT_EQ(reader.words(Pair::io_wait), "explained: open wait");
    reader.delay(DelayKind::blkio, 5 * kSecond);  // more than its life of 9 s
    EXPECT_EQ(reader.words(Pair::io_wait), "disagree: impossible value");
}

TEST(Reconcile, a_running_thread_is_up_to_a_tick_behind) {
    Case hog;
    hog.open_before(ThreadState::exec, 0).open_now(ThreadState::exec, kSecond).run(985 * kMs);
    EXPECT_EQ(hog.words(Pair::exec), "explained: between ticks");
    hog.delays.now.cpu_run_virtual_ns = 979 * kMs;
    EXPECT_EQ(hog.words(Pair::exec), "disagree") << "beyond 1 % and a tick";
    hog.input.run_time_age_ns = kSecond;  // a CPU without ticks
    EXPECT_EQ(hog.words(Pair::exec), "explained: between ticks");
}

TEST(Reconcile, a_thread_that_does_not_run_at_either_end_is_not_behind) {
    EXPECT_EQ(Case().closed(ThreadState::exec, 900 * kMs).run(885 * kMs).words(Pair::exec), "disagree");
}

TEST(Reconcile, stolen_time_explains_run_time_that_is_lower_but_not_higher) {
    Case hog;
    hog.closed(ThreadState::exec, 900 * kMs).run(700 * kMs);
    hog.input.cpus = 2;
    EXPECT_EQ(hog.words(Pair::exec), "disagree");
    hog.input.irq_and_steal_ns = 200 * kMs;
    EXPECT_EQ(hog.words(Pair::exec), "explained: irq or steal");
    hog.delays.now.cpu_run_virtual_ns = 682 * kMs;
    EXPECT_EQ(hog.words(Pair::exec), "explained: irq or steal") << "/proc/stat counts in steps, and late";
    hog.delays.now.cpu_run_virtual_ns = 660 * kMs;
    EXPECT_EQ(hog.words(Pair::exec), "disagree") << "not more than was taken";
    hog.delays.now.cpu_run_virtual_ns = 980 * kMs;
    EXPECT_EQ(hog.words(Pair::exec), "disagree");
}

TEST(Reconcile, what_a_large_machine_spends_in_interrupts_does_not_hide_a_busy_thread) {
    Case hog;
    hog.closed(ThreadState::exec, 900 * kMs).run(500 * kMs);
    hog.input.cpus = 128;
    hog.input.irq_and_steal_ns = 1280 * kMs;  // 1 % of it
    EXPECT_EQ(hog.words(Pair::exec), "disagree");
    hog.delay(DelayKind::irq, 400 * kMs);  // its own interrupts, as this kernel counts them
    EXPECT_EQ(hog.words(Pair::exec), "explained: irq or steal");
}

TEST(Reconcile, more_run_time_than_the_interval_is_impossible) {
    Case hog;
    EXPECT_EQ(hog.closed(ThreadState::exec, 900 * kMs).run(1100 * kMs).words(Pair::exec), "disagree: impossible value");
}

TEST(Reconcile, the_way_from_a_wakeup_to_the_cpu_is_run_time_for_the_kernel) {
    Case reader;
    reader.closed(ThreadState::exec, 300 * kMs, 2000).closed(ThreadState::cpu_wait, 170 * kMs, 2000);
    reader.run(450 * kMs).delay(DelayKind::cpu, 20 * kMs);
    EXPECT_EQ(reader.words(Pair::exec), "explained: wakeup as exec");
    EXPECT_EQ(reader.words(Pair::cpu_wait), "explained: wakeup as exec");
    reader.now.part_ns[Part::preempted] = 170 * kMs;  // no wakeup had to wait
    EXPECT_EQ(reader.words(Pair::exec), "disagree");
    EXPECT_EQ(reader.words(Pair::cpu_wait), "disagree");
}

TEST(Reconcile, run_time_that_came_from_nowhere_is_no_wakeup) {
    Case reader;
    reader.closed(ThreadState::exec, 300 * kMs, 200).closed(ThreadState::cpu_wait, 170 * kMs, 200);
    reader.run(450 * kMs).delay(DelayKind::cpu, 100 * kMs);
    EXPECT_EQ(reader.words(Pair::exec), "disagree") << "70 ms are missing from the waits, 150 were added";
    reader.delays.now.cpu_run_virtual_ns = 300 * kMs;
    EXPECT_EQ(reader.words(Pair::cpu_wait), "disagree") << "350 us of each wakeup, and not in the run time";
}

TEST(Reconcile, the_end_of_a_wait_may_be_run_time_for_the_kernel) {
    Case reader;
    reader.closed(ThreadState::io_wait, 150 * kMs, 2600).closed(ThreadState::cpu_wait, 15 * kMs, 2600);
    reader.closed(ThreadState::exec, 66 * kMs, 2600).run(110 * kMs).delay(DelayKind::blkio, 116 * kMs, 2600);
    EXPECT_EQ(reader.words(Pair::exec), "explained: wakeup as exec");
    EXPECT_EQ(reader.words(Pair::io_wait), "explained: wakeup as exec");
    reader.delays.now.cpu_run_virtual_ns = 66 * kMs;
    EXPECT_EQ(reader.words(Pair::io_wait), "disagree");
}

TEST(Reconcile, many_switches_explain_a_microsecond_each) {
    Case busy;
    busy.closed(ThreadState::io_wait, 500 * kMs, 20'000).delay(DelayKind::blkio, 472 * kMs, 20'000);
    EXPECT_EQ(busy.words(Pair::io_wait), "explained: switch clocks");
    busy.now.entries[index(ThreadState::io_wait)] = 10'000;
    EXPECT_EQ(busy.words(Pair::io_wait), "disagree");
}

TEST(Reconcile, what_lies_between_the_end_of_run_time_and_the_switch_is_counted_per_wait) {
    Case reader;
    reader.closed(ThreadState::swap_wait, 300 * kMs, 4000).closed(ThreadState::exec, 300 * kMs, 4000);
    reader.run(285 * kMs).delay(DelayKind::blkio, 330 * kMs, 4000);
    EXPECT_EQ(reader.words(Pair::exec), "explained: switch clocks");
    EXPECT_EQ(reader.words(Pair::io_wait), "explained: swap-in as I/O");
    reader.delay(DelayKind::blkio, 30 * kMs, 0);
    EXPECT_EQ(reader.words(Pair::io_wait), "disagree: impossible value") << "more than 10 us of each wait";
}

TEST(Reconcile, replies_that_came_late_are_named_and_explain_their_delay_only) {
    Case slow;
    slow.closed(ThreadState::exec, 500 * kMs).run(540 * kMs);
    slow.delays.now_at_ns += 30 * kMs;
    EXPECT_EQ(slow.words(Pair::exec), "explained: readings apart");
    slow.run(5 * kMs);
    EXPECT_EQ(slow.words(Pair::exec), "disagree");
}

TEST(Reconcile, an_open_wait_that_went_on_until_the_reply_is_an_open_wait) {
    Case waiter;
    waiter.closed(ThreadState::io_wait, 100 * kMs).open_before(ThreadState::io_wait, 80 * kMs);
    waiter.open_now(ThreadState::io_wait, 300 * kMs).delay(DelayKind::blkio, 430 * kMs, 2);
    EXPECT_EQ(waiter.words(Pair::io_wait), "disagree: impossible value");
    waiter.delays.now_at_ns += 30 * kMs;
    EXPECT_EQ(waiter.words(Pair::io_wait), "explained: open wait");
}

TEST(Reconcile, a_blocking_swap_in_is_block_io_for_taskstats) {
    Case fault;
    fault.closed(ThreadState::swap_wait, 400 * kMs, 800).closed(ThreadState::exec, 100 * kMs).run(100 * kMs);
    fault.delay(DelayKind::blkio, 400 * kMs, 800).delay(DelayKind::swapin, 50 * kMs, 800);
    EXPECT_EQ(fault.words(Pair::io_wait), "explained: swap-in as I/O");
    EXPECT_EQ(fault.words(Pair::swap_wait), "explained: swap-in as I/O");
    fault.delay(DelayKind::blkio, 20 * kMs);
    EXPECT_EQ(fault.words(Pair::io_wait), "disagree: impossible value");
}

TEST(Reconcile, a_swap_wait_that_is_nowhere_in_taskstats_is_not_explained) {
    Case fault;
    fault.closed(ThreadState::swap_wait, 400 * kMs, 800).delay(DelayKind::swapin, 50 * kMs, 800);
    EXPECT_EQ(fault.words(Pair::swap_wait), "disagree");
}

TEST(Reconcile, a_swap_in_from_zram_runs_on_the_cpu) {
    Case fault;
    fault.closed(ThreadState::exec, 300 * kMs).run(300 * kMs).delay(DelayKind::swapin, 200 * kMs, 5000);
    EXPECT_EQ(fault.words(Pair::swap_wait), "explained: synchronous swap-in");
    fault.delay(DelayKind::swapin, 120 * kMs);
    EXPECT_EQ(fault.of(Pair::swap_wait).taskstats_ns, 320 * kMs);
    EXPECT_EQ(fault.words(Pair::swap_wait), "disagree: impossible value") << "more than it ran, waited and blocked";
}

TEST(Reconcile, a_swap_in_that_is_thrashing_too_is_counted_twice) {
    // Starting the reads ran for 200 ms, in both counters; 150 ms blocked are thrashing alone.
    Case fault;
    fault.closed(ThreadState::exec, 250 * kMs).run(250 * kMs).closed(ThreadState::swap_wait, 150 * kMs, 800);
    fault.delay(DelayKind::blkio, 150 * kMs, 800).delay(DelayKind::swapin, 200 * kMs, 800);
    fault.delay(DelayKind::thrashing, 350 * kMs, 800);
    EXPECT_EQ(fault.of(Pair::swap_wait).taskstats_ns, 550 * kMs);
    EXPECT_EQ(fault.words(Pair::swap_wait), "explained: synchronous swap-in");
    fault.delay(DelayKind::thrashing, 61 * kMs);
    EXPECT_EQ(fault.words(Pair::swap_wait), "disagree: impossible value") << "one counter alone is more than all of it";
}

TEST(Reconcile, more_block_io_than_the_thread_was_blocked_is_impossible) {
    Case reader;
    reader.closed(ThreadState::io_wait, 450 * kMs, 10).closed(ThreadState::uninterruptible, 100 * kMs);
    reader.delay(DelayKind::blkio, 500 * kMs, 9);
    EXPECT_EQ(reader.words(Pair::io_wait), "disagree");
    reader.delay(DelayKind::blkio, 1500 * kMs, 0);
    EXPECT_EQ(reader.words(Pair::io_wait), "disagree: impossible value");
    EXPECT_NE(reason_words(Reason::impossible_value).find("taskstats cannot be right: more than"), std::string::npos);
}

TEST(Reconcile, waits_that_taskstats_did_not_count_are_named_where_their_number_shows_it) {
    Case reader;
    reader.closed(ThreadState::io_wait, 450 * kMs, 10).delay(DelayKind::blkio, 300 * kMs, 10);
    EXPECT_EQ(reader.words(Pair::io_wait), "disagree");
    reader.delays.now.delays[index(DelayKind::blkio)]->count = 7;
    EXPECT_EQ(reader.words(Pair::io_wait), "explained: missed waits");
    reader.closed(ThreadState::io_wait, 200 * kMs, 0);
    EXPECT_EQ(reader.words(Pair::io_wait), "disagree") << "none of the three stays on its run queue for so long";
}

TEST(Reconcile, a_wait_for_requests_that_taskstats_did_not_count_is_named_by_its_system_call) {
    for (const long call : {SYS_io_uring_enter, SYS_io_getevents}) {
        Case waiter;
        waiter.closed(ThreadState::io_wait, 300 * kMs, 3).delay(DelayKind::blkio, 0, 3);
        EXPECT_EQ(waiter.words(Pair::io_wait), "disagree") << "it waits in no such call";
        waiter.now.wait.syscall = static_cast<std::int32_t>(call);
        EXPECT_EQ(waiter.words(Pair::io_wait), "explained: asynchronous I/O");
    }
}

TEST(Reconcile, a_wait_for_sockets_in_a_ring_may_be_block_io_for_taskstats_but_no_longer_than_it_was) {
    Case waiter;
    waiter.open_before(ThreadState::exec, 0).open_now(ThreadState::exec, 700 * kMs);
    waiter.closed(ThreadState::idle, 300 * kMs).delay(DelayKind::blkio, 300 * kMs);
    EXPECT_EQ(waiter.words(Pair::io_wait), "disagree: impossible value");
    waiter.now.wait.syscall = SYS_io_uring_enter;
    EXPECT_EQ(waiter.words(Pair::io_wait), "explained: io_uring as I/O");
    waiter.delay(DelayKind::blkio, 400 * kMs);
    EXPECT_EQ(waiter.words(Pair::io_wait), "disagree: impossible value");
}

TEST(Reconcile, absences_are_told_apart) {
    Case off;
    off.input.accounting = {Accounting::off, false, std::nullopt, 12 * kSecond};
    EXPECT_EQ(off.words(Pair::exec), "agree") << "the scheduler's counters move all the same";
    EXPECT_EQ(off.words(Pair::io_wait), "explained: accounting off");
    EXPECT_EQ(off.of(Pair::io_wait).taskstats_ns, std::nullopt);
    EXPECT_EQ(off.of(Pair::io_wait).probes_ns, 0U);

    Case older;
    older.input.accounting = {Accounting::on, false, 6 * kSecond, 5 * kSecond};
    EXPECT_EQ(older.words(Pair::io_wait), "explained: older thread");

    Case unknown;
    unknown.input.accounting = {Accounting::on, false, std::nullopt, std::nullopt};
    EXPECT_EQ(unknown.words(Pair::swap_wait), "explained: older thread");

    Case lacking;
    lacking.input.accounting = {Accounting::not_compiled, false, std::nullopt, std::nullopt};
    EXPECT_EQ(lacking.words(Pair::io_wait), "explained: kernel lacks it");

    Case new_here;
    new_here.delays.has_before = false;
    EXPECT_EQ(new_here.words(Pair::exec), "explained: no reply");

    Case procfs;
    procfs.now.measured = measured_bit(ThreadState::exec);
    procfs.closed(ThreadState::exec, 100 * kMs).run(100 * kMs);
    EXPECT_EQ(procfs.words(Pair::exec), "agree");
    EXPECT_EQ(procfs.words(Pair::io_wait), "explained: not measured");
    EXPECT_EQ(procfs.of(Pair::io_wait).probes_ns, std::nullopt);
}

TEST(Reconcile, without_any_reply_there_is_nothing_to_compare) {
    Case silent;
    silent.input.now = &silent.now;
    const auto comparisons = reconcile(silent.input);
    for (const Comparison& comparison : comparisons) {
        EXPECT_EQ(verdict_words(comparison), "explained: no reply");
        EXPECT_EQ(comparison.probes_ns.has_value(), true);
        EXPECT_EQ(comparison.taskstats_ns, std::nullopt);
        EXPECT_EQ(comparison.difference_ns, 0);
    }
}

TEST(Reconcile, a_thread_born_inside_the_interval_is_compared_from_its_birth) {
    Case born;
    born.now.first_seen_ns = 10'900 * kMs;
    born.delays.before = TaskStats{};
    born.delays.before_at_ns = 0;
    born.closed(ThreadState::exec, 50 * kMs).run(52 * kMs);
    born.input.now = &born.now;
    born.input.delays = &born.delays;
    EXPECT_EQ(verdict_words(reconcile(born.input)[0]), "disagree") << "1 % of its 100 ms";
    born.delays.now.cpu_run_virtual_ns = 51 * kMs;
    EXPECT_EQ(verdict_words(reconcile(born.input)[0]), "agree");
}

TEST(Reconcile, every_reason_has_its_own_words) {
    std::set<std::string_view> keys;
    for (std::uint8_t i = 1; i <= static_cast<std::uint8_t>(Reason::unseen_threads); ++i) {
        const auto reason = static_cast<Reason>(i);
        EXPECT_TRUE(keys.insert(reason_key(reason)).second) << reason_key(reason);
        EXPECT_FALSE(reason_words(reason).empty());
    }
    EXPECT_EQ(reason_key(Reason::none), "");
    EXPECT_EQ(pair_key(Pair::swap_wait), "swap_wait");
    EXPECT_EQ(pair_key(SystemPair::memory_pressure), "memory_pressure");
}

/// Two CPUs over one second, half of them busy.
Report machine() {
    Report report;
    report.interval_ns = kSecond;
    report.system.cpus = 2;
    report.total_ns[index(ThreadState::exec)] = kSecond;
    report.system.user_pct = 40.0;
    report.system.system_pct = 10.0;
    report.system.stall_cpu_pct = report.system.stall_io_pct = report.system.stall_memory_pct = 0.0;
    return report;
}

const SystemComparison& of(const std::array<SystemComparison, kSystemPairCount>& all, SystemPair pair) {
    return all[static_cast<std::size_t>(pair)];
}

std::string words(const Report& report, SystemPair pair) {
    const auto all = reconcile_system(report);
    return std::string(verdict_words(of(all, pair).verdict, of(all, pair).reason));
}

TEST(ReconcileSystem, exec_of_all_threads_is_the_busy_time_of_the_machine) {
    Report report = machine();
    const auto all = reconcile_system(report);
    EXPECT_EQ(of(all, SystemPair::busy).probes_ns, kSecond);
    EXPECT_EQ(of(all, SystemPair::busy).kernel_ns, kSecond);
    EXPECT_EQ(words(report, SystemPair::busy), "agree");
    report.total_ns[index(ThreadState::exec)] = 1200 * kMs;
    EXPECT_EQ(words(report, SystemPair::busy), "explained: sampled at ticks");
    report.total_ns[index(ThreadState::exec)] = 1700 * kMs;
    EXPECT_EQ(words(report, SystemPair::busy), "disagree");
    report.system.irq_and_steal_ns = 700 * kMs;
    EXPECT_EQ(words(report, SystemPair::busy), "explained: irq or steal");
    report.total_ns[index(ThreadState::exec)] = 200 * kMs;
    EXPECT_EQ(words(report, SystemPair::busy), "disagree");
}

TEST(ReconcileSystem, proc_loses_the_end_of_threads_and_never_has_too_much) {
    Report report = machine();
    report.source = Source::procfs;
    report.total_ns[index(ThreadState::exec)] = 200 * kMs;
    EXPECT_EQ(words(report, SystemPair::busy), "explained: unseen threads");
    report.total_ns[index(ThreadState::exec)] = 1700 * kMs;
    EXPECT_EQ(words(report, SystemPair::busy), "disagree");
    report.total_ns[index(ThreadState::cpu_wait)] = 10 * kMs;
    report.system.stall_cpu_pct = 90.0;
    EXPECT_EQ(words(report, SystemPair::cpu_pressure), "explained: unseen threads");
    report.source = Source::bpf;
    EXPECT_EQ(words(report, SystemPair::cpu_pressure), "disagree");
}

TEST(ReconcileSystem, pressure_is_at_most_the_sum_of_all_waits) {
    Report report = machine();
    report.total_ns[index(ThreadState::cpu_wait)] = 3 * kSecond;
    report.system.stall_cpu_pct = 90.0;
    EXPECT_EQ(words(report, SystemPair::cpu_pressure), "agree");
    report.total_ns[index(ThreadState::cpu_wait)] = 500 * kMs;
    EXPECT_EQ(words(report, SystemPair::cpu_pressure), "disagree");
    report.system.stall_io_pct = 50.0;
    EXPECT_EQ(words(report, SystemPair::io_pressure), "disagree");
    report.total_ns[index(ThreadState::swap_wait)] = 500 * kMs;
    EXPECT_EQ(words(report, SystemPair::io_pressure), "agree") << "a swap-in is I/O as well";
}

TEST(ReconcileSystem, memory_pressure_counts_reclaim_on_the_cpu) {
    Report report = machine();
    report.system.stall_memory_pct = 80.0;
    EXPECT_EQ(words(report, SystemPair::memory_pressure), "explained: stalled on a CPU");
    report.total_ns[index(ThreadState::exec)] = 100 * kMs;
    EXPECT_EQ(words(report, SystemPair::memory_pressure), "disagree");
}

TEST(ReconcileSystem, what_the_machine_or_the_source_does_not_tell_is_absent) {
    Report report = machine();
    report.system.user_pct.reset();
    report.system.stall_cpu_pct.reset();
    EXPECT_EQ(words(report, SystemPair::busy), "explained: kernel lacks it");
    EXPECT_EQ(words(report, SystemPair::cpu_pressure), "explained: kernel lacks it");
    report.measured = measured_bit(ThreadState::exec);
    EXPECT_EQ(words(report, SystemPair::io_pressure), "explained: not measured");
}

}  // namespace
}  // namespace tsa
