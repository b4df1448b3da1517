// SPDX-License-Identifier: MIT
// The probes and the kernel's delay accounting for the same threads: where they agree, how closely, and why not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <string>

#include "delay_observer.h"
#include "sched/plan.h"
#include "support/feature.h"
#include "support/guards.h"
#include "support/puppet.h"
#include "support/witness.h"
#include "system/reader.h"

namespace tsa::test {
namespace {

using ::testing::AnyOf;
using ::testing::Eq;
using ::testing::Gt;
using ::testing::Optional;

constexpr std::uint64_t kFileBytes = 16U << 20U;
constexpr std::uint64_t kSwapBytes = 48U << 20U;
constexpr std::uint64_t kSqueezedBytes = 6U << 20U;

std::optional<std::string> missing_accounting() {
    if (const std::optional<std::string> missing = missing_bpf()) {
        return missing;
    }
    if (const std::optional<std::string> missing = missing_file(kAccountingSysctl)) {
        return missing;
    }
    return missing_taskstats();
}

/// This kernel may store the start of an I/O wait in another thread (late dequeue).
bool may_misdate_io_waits() {
    constexpr std::uint32_t kSince = 6'012;  // seen up to 7.3
    return taskstats::read_accounting_facts().release.value_or(0) >= kSince;
}

/// The product considers this value impossible, and this kernel is known to report such values.
bool is_misdated(const Comparison& comparison) {
    return comparison.pair == Pair::io_wait && comparison.reason == Reason::impossible_value && may_misdate_io_waits();
}

/// They agree, or the reason is known, or the kernel misdated an I/O wait.
void expect_reconciled(const Comparison& comparison) {
    EXPECT_TRUE(comparison.verdict != Verdict::disagree || is_misdated(comparison)) << describe(comparison);
}

void expect_reconciled(const DelayObserver& both, std::uint32_t tid) {
    for (const Comparison& comparison : both.of(tid)) {
        expect_reconciled(comparison);
    }
}

/// For two threads that take turns on one CPU. An emulated CPU may stop anywhere, even in a switch between the kernel's
/// clock read and that of the probes; the guest cannot detect it. The kernel then counts the stop for the next thread,
/// the probes for the previous one: what one of the two lacks the other has, in exec and in cpu_wait.
void expect_turns_reconciled(DelayObserver& both, std::uint32_t first, std::uint32_t second) {
    const auto interval_ns = static_cast<double>(both.observer().last().interval_ns);
    for (const Pair pair : {Pair::exec, Pair::cpu_wait}) {
        const Comparison& one = both.of(first, pair);
        const Comparison& other = both.of(second, pair);
        const double together_ns = std::abs(static_cast<double>(one.difference_ns + other.difference_ns));
        if (cpus_are_emulated() && together_ns < 0.02 * interval_ns + 2e7) {  // 1 % and a tick of each
            continue;
        }
        expect_reconciled(one);
        expect_reconciled(other);
    }
    for (const Pair pair : {Pair::io_wait, Pair::swap_wait}) {
        expect_reconciled(both.of(first, pair));
        expect_reconciled(both.of(second, pair));
    }
}

void record_worst(const DelayObserver& both) {
    for (const Pair pair : {Pair::exec, Pair::cpu_wait, Pair::io_wait, Pair::swap_wait}) {
        const std::string text = std::to_string(both.worst_pct(pair));
        ::testing::Test::RecordProperty(std::string(pair_key(pair)) + "_worst_pct", text);
        std::printf("    worst %s: %s %% of wall\n", std::string(pair_key(pair)).c_str(), text.c_str());
    }
}

/// The sums of both sides of a pair over several intervals.
struct Sums {
    std::uint64_t probes_ns = 0;
    std::uint64_t taskstats_ns = 0;
    void add(const Comparison& comparison) {
        probes_ns += comparison.probes_ns.value_or(0);
        taskstats_ns += comparison.taskstats_ns.value_or(0);
    }
    void add(const Sums& other) {
        probes_ns += other.probes_ns;
        taskstats_ns += other.taskstats_ns;
    }
    [[nodiscard]] double difference() const {
        return std::abs(static_cast<double>(taskstats_ns) - static_cast<double>(probes_ns));
    }
};

TEST(Reconcile, two_hogs_on_one_cpu_agree_in_exec_and_cpu_wait) {
    TSA_REQUIRE(missing_accounting());
    const FreshAccounting accounting;
    Puppet hogs("hogs", {std::to_string(test_cpu()), "2"});
    DelayObserver both(accounting.watch());
    const std::uint32_t tids[] = {hogs.tid("hog0"), hogs.tid("hog1")};
    // A CPU wait that is older than the probe has an unknown start: let both threads run once.
    both.begin({tids[0], tids[1]});
    let_pass(std::chrono::milliseconds(200));
    both.begin({tids[0], tids[1]});
    constexpr int kIntervals = 4;
    Sums exec[2];
    Sums wait[2];
    double wall_ns = 0;
    for (int i = 0; i < kIntervals; ++i) {
        let_pass(std::chrono::milliseconds(1000));
        both.end();
        wall_ns += static_cast<double>(both.observer().last().interval_ns);
        expect_turns_reconciled(both, tids[0], tids[1]);
        for (int hog = 0; hog < 2; ++hog) {
            exec[hog].add(both.of(tids[hog], Pair::exec));
            wait[hog].add(both.of(tids[hog], Pair::cpu_wait));
        }
    }
    record_worst(both);
    for (int hog = 0; hog < 2; ++hog) {
        EXPECT_GT(static_cast<double>(exec[hog].probes_ns), 0.05 * wall_ns);
        if (cpus_are_emulated()) {
            continue;  // a stop in a switch moves time from one to the other: only their sum is correct
        }
        EXPECT_LT(exec[hog].difference(), 0.01 * wall_ns + 1e7) << "beyond 1 % and a tick";
        // Only one of them has the open intervals at both ends: at most one turn of the other threads.
        EXPECT_LT(wait[hog].difference(), 0.05 * wall_ns);
    }
    exec[0].add(exec[1]);
    wait[0].add(wait[1]);
    EXPECT_LT(exec[0].difference(), 0.02 * wall_ns + 2e7) << "beyond 1 % and a tick of each";
    EXPECT_LT(wait[0].difference(), 0.1 * wall_ns);
}

TEST(Reconcile, short_direct_reads_agree_in_io_wait) {
    TSA_REQUIRE(missing_accounting());
    const DiskFile file(kFileBytes);
    const FreshAccounting accounting;
    Puppet reader("diskreader", {file.path()});
    TSA_REQUIRE(reader.missing());
    const std::uint32_t tid = reader.tid("reader");
    DelayObserver both(accounting.watch());
    both.begin({tid});
    for (int i = 0; i < 4; ++i) {
        ASSERT_EQ(reader.ask("read 2000"), "done");
        both.end();
        expect_reconciled(both, tid);
        EXPECT_GT(both.of(tid, Pair::io_wait).probes_ns, 0U);
        EXPECT_GT(both.of(tid, Pair::io_wait).taskstats_ns, 0U);
    }
    record_worst(both);
}

/// Reads of a throttled disk as seen by intervals shorter than a wait, from before the first read to the end of the
/// last one.
struct LongReads {
    Sums sums;
    bool open_seen = false;
    bool ended_seen = false;
    bool miscounted = false;  ///< the kernel recorded a wrong start of a wait, or did not count it
};

LongReads read_slowly(DelayObserver& both, Puppet& reader, std::uint32_t tid) {
    LongReads seen;
    std::uint64_t longest_ns = 0;  // upper bound of a wait that is open now or ends in this interval
    both.begin({tid});
    reader.send("read 3");
    EXPECT_TRUE(await([&] {
        let_pass(std::chrono::milliseconds(100));
        both.end();
        const Comparison& io = both.of(tid, Pair::io_wait);
        expect_reconciled(both, tid);
        seen.sums.add(io);
        longest_ns += io.probes_ns.value_or(0);
        if (io.reason == Reason::open_wait) {
            seen.open_seen |= io.taskstats_ns == 0U && io.probes_ns > 0U;
            seen.ended_seen |= io.taskstats_ns > io.probes_ns;
        } else if (io.reason == Reason::impossible_value && !seen.miscounted) {
            EXPECT_GT(io.taskstats_ns, longest_ns) << "possible: " << describe(io);
        }
        seen.miscounted |= is_misdated(io) || (io.reason == Reason::missed_waits && may_misdate_io_waits());
        if (io.taskstats_ns > 0U) {
            longest_ns = io.probes_ns.value_or(0);
        }
        return io.probes_ns == 0U && seen.sums.probes_ns > 0;
    }));
    EXPECT_EQ(reader.read_line(), "done");
    return seen;
}

TEST(Reconcile, a_long_read_is_an_open_wait_until_it_ends_and_then_they_agree) {
    TSA_REQUIRE(missing_accounting());
    TSA_REQUIRE(missing_cgroup("blkio"));
    const DiskFile file(kFileBytes);
    const FreshAccounting accounting;
    Cgroup throttle("blkio");
    throttle.limit_reads_per_s(file.path(), 2);
    Puppet reader("diskreader", {file.path()});
    TSA_REQUIRE(reader.missing());
    throttle.add(reader.pid());
    const std::uint32_t tid = reader.tid("reader");
    DelayObserver both(accounting.watch());
    ASSERT_EQ(reader.ask("read 1"), "done");  // the reply proves that its delays are counted
    // A kernel may miscount a wait occasionally; if it always does, that is a different bug.
    constexpr int kAttempts = 5;
    LongReads seen = read_slowly(both, reader, tid);
    for (int attempt = 1; attempt < kAttempts && seen.miscounted; ++attempt) {
        seen = read_slowly(both, reader, tid);
    }
    EXPECT_TRUE(seen.open_seen) << "only the probes see an open wait";
    EXPECT_TRUE(seen.ended_seen) << "taskstats gets the whole wait when it ends";
    // With every wait ended, the sums are the same.
    EXPECT_LT(seen.sums.difference(), 0.01 * static_cast<double>(seen.sums.probes_ns));
}

TEST(Reconcile, impossible_io_waits_of_a_kernel_are_reported) {
    TSA_REQUIRE(missing_accounting());
    TSA_REQUIRE(missing_cgroup("blkio"));
    const DiskFile file(kFileBytes);
    const FreshAccounting accounting;
    Cgroup throttle("blkio");
    throttle.limit_reads_per_s(file.path(), 10);
    Puppet leaver("lateleaver", {file.path(), std::to_string(test_cpu())});
    TSA_REQUIRE(leaver.missing());
    throttle.add(leaver.pid());
    const std::uint32_t tid = leaver.tid("reader");
    DelayObserver both(accounting.watch());
    both.begin({tid});
    bool impossible = false;
    for (int i = 0; i < 8 && !impossible; ++i) {
        ASSERT_EQ(leaver.ask("read 10"), "done");
        both.end();
        const Comparison& io = both.of(tid, Pair::io_wait);
        expect_reconciled(both, tid);
        // All waits have ended: the probes' number does not exceed the elapsed time.
        EXPECT_LE(io.probes_ns, both.observer().last().interval_ns);
        impossible = io.reason == Reason::impossible_value;
        if (impossible) {
            EXPECT_EQ(io.verdict, Verdict::disagree);
            EXPECT_GT(io.taskstats_ns, io.probes_ns);
        }
    }
    EXPECT_EQ(impossible, may_misdate_io_waits());
}

/// A toucher whose memory was swapped out.
void swap_out(Puppet& toucher, Cgroup& cgroup) {
    cgroup.add(toucher.pid());
    ASSERT_EQ(toucher.ask("fill"), "done");
    cgroup.limit_memory(kSqueezedBytes);
    cgroup.unlimit_memory();
}

TEST(Reconcile, a_swap_in_from_a_file_blocks_and_is_block_io_for_taskstats) {
    TSA_REQUIRE(missing_accounting());
    TSA_REQUIRE(missing_cgroup("memory"));
    TSA_REQUIRE(missing_swap_files());
    TempDir folder;
    SwapFile swap(folder, kSwapBytes);
    TSA_REQUIRE(swap.on() ? std::nullopt : std::optional<std::string>("swap to a file under /tmp"));
    const FreshAccounting accounting;
    Cgroup cgroup("memory");
    Puppet toucher("toucher", {"16"});
    swap_out(toucher, cgroup);
    const std::uint32_t tid = toucher.tid("toucher");
    DelayObserver both(accounting.watch());
    both.begin({tid});
    ASSERT_EQ(toucher.ask("read"), "done");
    both.end();
    expect_reconciled(both, tid);
    EXPECT_GT(both.of(tid, Pair::swap_wait).probes_ns, 0U);
    EXPECT_GT(both.of(tid, Pair::swap_wait).taskstats_ns, 0U);
    EXPECT_THAT(both.of(tid, Pair::io_wait).reason, AnyOf(Reason::swap_in_as_io, Reason::impossible_value));
    record_worst(both);
}

TEST(Reconcile, a_swap_in_from_zram_never_blocks_and_is_explained) {
    TSA_REQUIRE(missing_accounting());
    TSA_REQUIRE(missing_cgroup("memory"));
    ZramSwap swap(kSwapBytes);
    TSA_REQUIRE(swap.on() ? std::nullopt : std::optional<std::string>("zram"));
    const FreshAccounting accounting;
    Cgroup cgroup("memory");
    Puppet toucher("toucher", {"16"});
    swap_out(toucher, cgroup);
    const std::uint32_t tid = toucher.tid("toucher");
    DelayObserver both(accounting.watch());
    both.begin({tid});
    ASSERT_EQ(toucher.ask("read"), "done");
    both.end();
    expect_reconciled(both, tid);
    const Comparison& swapping = both.of(tid, Pair::swap_wait);
    EXPECT_EQ(swapping.reason, Reason::synchronous_swap_in) << describe(swapping);
    EXPECT_GT(swapping.taskstats_ns, 10 * swapping.probes_ns.value_or(0)) << describe(swapping);
    const ThreadRow* row = both.observer().row(tid);
    ASSERT_NE(row, nullptr);
    const std::uint64_t reclaim_ns = row->part_ns[Part::reclaim];
    EXPECT_GT(reclaim_ns, row->state_ns[index(ThreadState::exec)] / 20) << describe(*row);
    EXPECT_LE(reclaim_ns, row->state_ns[index(ThreadState::exec)]) << describe(*row);
    // taskstats counts the whole of the fault, with the allocation of the page and what it waits for there.
    EXPECT_LE(reclaim_ns, swapping.taskstats_ns) << describe(*row);
}

TEST(Reconcile, exec_inside_reclaim_and_the_waits_there_are_what_the_kernel_counts_as_reclaim) {
    TSA_REQUIRE(missing_accounting());
    TSA_REQUIRE(missing_cgroup("memory"));
    if (!kernel_support().value().memcg_reclaim_events) {
        TSA_REQUIRE(std::optional<std::string>("tracepoint mm_vmscan_memcg_reclaim_begin"));
    }
    ZramSwap swap(kSwapBytes);
    TSA_REQUIRE(swap.on() ? std::nullopt : std::optional<std::string>("zram"));
    const FreshAccounting accounting;
    Cgroup cgroup("memory");
    Puppet toucher("toucher", {"16"});
    cgroup.add(toucher.pid());
    cgroup.limit_memory(6U << 20U);
    const std::uint32_t tid = toucher.tid("toucher");
    DelayObserver both(accounting.watch());
    both.begin({tid});
    for (int round = 0; round < 4; ++round) {
        ASSERT_EQ(toucher.ask("fill"), "done");
    }
    both.end();
    const ThreadRow* row = both.observer().row(tid);
    ASSERT_NE(row, nullptr);
    const auto counted_ns = delay_growth_ns(both.delays(tid), DelayKind::freepages, accounting.watch().state());
    ASSERT_THAT(counted_ns, Optional(Gt(0U)));
    const auto reclaim = static_cast<double>(row->part_ns[Part::reclaim]);
    const auto waits = static_cast<double>(in_states(
        *row, {ThreadState::cpu_wait, ThreadState::mem_wait, ThreadState::lock_wait, ThreadState::uninterruptible}));
    const auto counted = static_cast<double>(*counted_ns);
    const auto swapped_in = static_cast<double>(
        delay_growth_ns(both.delays(tid), DelayKind::swapin, accounting.watch().state()).value_or(0));
    EXPECT_GT(reclaim, 0.2 * static_cast<double>(row->state_ns[index(ThreadState::exec)])) << describe(*row);
    EXPECT_LE(reclaim, 1.02 * (counted + swapped_in)) << describe(*row);
    EXPECT_GE(reclaim + waits, 0.95 * counted) << describe(*row);
    cgroup.unlimit_memory();
}

TEST(Reconcile, with_accounting_off_the_scheduler_s_counters_are_compared_and_the_others_explained) {
    TSA_REQUIRE(missing_accounting());
    AccountingSwitch accounting;
    accounting.set(false);
    Puppet hogs("hogs", {std::to_string(test_cpu()), "1"});
    const std::uint32_t tid = hogs.tid("hog0");
    DelayObserver both{taskstats::AccountingWatch()};
    both.begin({tid});
    let_pass(std::chrono::milliseconds(300));
    both.end();
    expect_reconciled(both, tid);
    EXPECT_GT(both.of(tid, Pair::exec).taskstats_ns, 0U);
    for (const Pair pair : {Pair::io_wait, Pair::swap_wait}) {
        EXPECT_EQ(both.of(tid, pair).reason, Reason::accounting_off);
        EXPECT_EQ(both.of(tid, pair).taskstats_ns, std::nullopt);
        EXPECT_THAT(both.of(tid, pair).probes_ns, Optional(Eq(0U)));
    }
}

TEST(Reconcile, a_thread_older_than_the_accounting_is_explained) {
    TSA_REQUIRE(missing_accounting());
    AccountingSwitch off;
    off.set(false);
    const DiskFile file(kFileBytes);
    Puppet reader("diskreader", {file.path()});
    TSA_REQUIRE(reader.missing());
    const FreshAccounting accounting;
    const std::uint32_t tid = reader.tid("reader");
    DelayObserver both(accounting.watch());
    both.begin({tid});
    ASSERT_EQ(reader.ask("read 200"), "done");
    both.end();
    expect_reconciled(both, tid);
    const Comparison& io = both.of(tid, Pair::io_wait);
    EXPECT_EQ(io.reason, Reason::older_thread);
    EXPECT_GT(io.probes_ns, 0U) << "the probes measure it anyway";
    EXPECT_EQ(io.taskstats_ns, std::nullopt);
}

TEST(Reconcile, threads_of_one_process_with_opposite_behavior_are_separate) {
    TSA_REQUIRE(missing_accounting());
    TSA_REQUIRE(missing_cgroup("blkio"));
    const DiskFile file(kFileBytes);
    const FreshAccounting accounting;
    Cgroup throttle("blkio");
    throttle.limit_reads_per_s(file.path(), 10);
    Puppet leaver("lateleaver", {file.path(), std::to_string(test_cpu())});
    TSA_REQUIRE(leaver.missing());
    throttle.add(leaver.pid());
    const std::uint32_t main = leaver.tid("main");
    const std::uint32_t reader = leaver.tid("reader");
    const std::uint32_t partner = leaver.tid("partner");
    DelayObserver both(accounting.watch());
    both.begin({main, reader, partner});
    ASSERT_EQ(leaver.ask("read 10"), "done");
    both.end();
    for (const std::uint32_t tid : {main, reader, partner}) {
        expect_reconciled(both, tid);
    }
    // The reader waits for its disk, its partner computes, the main thread sleeps, according to both sources.
    EXPECT_GT(both.of(reader, Pair::io_wait).probes_ns, 10 * *both.of(reader, Pair::exec).probes_ns);
    EXPECT_GT(both.of(reader, Pair::io_wait).taskstats_ns, 10 * *both.of(reader, Pair::exec).taskstats_ns);
    EXPECT_GT(both.of(partner, Pair::exec).probes_ns, 5 * *both.of(reader, Pair::exec).probes_ns);
    EXPECT_GT(both.of(partner, Pair::exec).taskstats_ns, 5 * *both.of(reader, Pair::exec).taskstats_ns);
    for (const std::uint32_t tid : {main, partner}) {
        EXPECT_THAT(both.of(tid, Pair::io_wait).probes_ns, Optional(Eq(0U)));
    }
    const ThreadRow* row = both.observer().row(main);
    ASSERT_NE(row, nullptr);
    EXPECT_GT(share(*row, ThreadState::sleep), 0.99) << describe(*row);
}

TEST(Reconcile, a_wait_for_a_file_in_io_uring_agrees_where_the_kernel_counts_it) {
    TSA_REQUIRE(missing_accounting());
    TSA_REQUIRE(missing_cgroup("blkio"));
    const DiskFile file(kFileBytes);
    const FreshAccounting accounting;
    Cgroup throttle("blkio");
    throttle.limit_reads_per_s(file.path(), 2);
    Puppet requests("requests", {file.path()});
    TSA_REQUIRE(requests.missing());
    throttle.add(requests.pid());
    const std::uint32_t tid = requests.tid("worker");
    DelayObserver both(accounting.watch());
    both.begin({tid});
    for (int i = 0; i < 3; ++i) {
        ASSERT_EQ(requests.ask("ring-file"), "started");
        ASSERT_EQ(requests.ask("release"), "done");
    }
    both.end();
    const Comparison& io = both.of(tid, Pair::io_wait);
    EXPECT_GT(io.probes_ns.value_or(0), 500'000'000U) << describe(io);
    // Whether the kernel counts this wait as block I/O depends on its version.
    EXPECT_TRUE(io.verdict == Verdict::agree || io.reason == Reason::request_wait_uncounted || is_misdated(io))
        << describe(io);
}

TEST(Reconcile, a_pipe_that_is_handed_over_thousands_of_times_agrees_in_exec_and_cpu_wait) {
    TSA_REQUIRE(missing_accounting());
    const FreshAccounting accounting;
    Puppet pingpong("pingpong", {std::to_string(test_cpu())});
    const std::uint32_t tids[] = {pingpong.tid("ping"), pingpong.tid("pong")};
    DelayObserver both(accounting.watch());
    both.begin({tids[0], tids[1]});
    ASSERT_EQ(pingpong.ask("go 30000 0"), "done");
    both.end();
    for (const std::uint32_t tid : tids) {
        EXPECT_GT(both.observer().row(tid)->entries(ThreadState::sleep), 10'000U);
        expect_reconciled(both, tid);
    }
    record_worst(both);
}

TEST(Reconcile, a_thread_that_its_cgroup_throttles_agrees_in_cpu_wait) {
    TSA_REQUIRE(missing_accounting());
    TSA_REQUIRE(missing_cgroup("cpu"));
    const FreshAccounting accounting;
    Cgroup cgroup("cpu");
    if (cgroup.v2()) {
        cgroup.set("cpu.max", "20000 100000");
    } else {
        cgroup.set("cpu.cfs_quota_us", "20000");
    }
    Puppet hogs("hogs", {std::to_string(test_cpu()), "1"});
    cgroup.add(hogs.pid());
    const std::uint32_t tid = hogs.tid("hog0");
    DelayObserver both(accounting.watch());
    both.begin({tid});
    let_pass(std::chrono::milliseconds(300));
    for (int i = 0; i < 2; ++i) {
        both.end();
        let_pass(std::chrono::milliseconds(700));
    }
    both.end();
    expect_reconciled(both, tid);
    EXPECT_GT(share(*both.observer().row(tid), ThreadState::cpu_wait), 0.6);
}

TEST(ReconcileSystem, exec_of_all_threads_is_the_busy_time_of_the_machine_and_pressure_fits_the_waits) {
    TSA_REQUIRE(missing_bpf());
    Puppet hogs("hogs", {std::to_string(test_cpu()), "2"});
    Observer observer;
    SystemReader reader;
    SystemSample before;
    SystemSample now;
    observer.mark();
    reader.read(before);
    let_pass(std::chrono::milliseconds(2000));
    Report report = observer.report();
    reader.read(now);
    measure_system(before, now, report.interval_ns, report.system);
    for (const SystemComparison& comparison : reconcile_system(report)) {
        const std::string key(pair_key(comparison.pair));
        const std::string words(verdict_words(comparison.verdict, comparison.reason));
        const double capacity_ns = static_cast<double>(report.interval_ns) * report.system.cpus;
        const double percent = 100.0 * static_cast<double>(comparison.difference_ns) / capacity_ns;
        std::printf("    %s: probes %.1f ms, kernel %.1f ms, difference %+.3f %% of all CPUs: %s\n", key.c_str(),
                    static_cast<double>(comparison.probes_ns.value_or(0)) / 1e6,
                    static_cast<double>(comparison.kernel_ns.value_or(0)) / 1e6, percent, words.c_str());
        RecordProperty(key + "_difference_pct", std::to_string(percent));
        EXPECT_TRUE(comparison.probes_ns.has_value()) << key;
        EXPECT_NE(comparison.verdict, Verdict::disagree) << key;
    }
    EXPECT_TRUE(reconcile_system(report)[0].kernel_ns.has_value()) << "every Linux has /proc/stat";
}

}  // namespace
}  // namespace tsa::test
