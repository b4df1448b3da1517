// SPDX-License-Identifier: MIT
// Reports without rows of sleepers say the same as those with them: on simulated machines whose threads are created,
// switch, exec, exit and are reaped at random.
#include "model/sleepers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <utility>

#include "model/report.h"
#include "unit/random_machine.h"

namespace tsa {
namespace {

using testing::RandomMachine;
using testing::RandomMachineOptions;

/// One machine, and its reports of both kinds.
class Both {
  public:
    explicit Both(const RandomMachineOptions& options) : machine_(options), random_(options.seed) { next(); }

    /// The next sample, as the probes' reader leaves it: what it says of changes may be too much.
    void next() {
        newest_ = 1 - newest_;
        Sample& now = samples_[newest_];
        machine_.next(now);
        const Sample& before = samples_[1 - newest_];
        now.round = ++round_;
        now.changed.clear();
        for (std::uint32_t i = 0; i < now.threads.size(); ++i) {
            const bool same = i < before.versions.size() && before.versions[i] == now.versions[i];
            for (unsigned times = same ? (one_in(10) ? 1 : 0) : 1 + one_in(5); times != 0; --times) {
                now.changed.push_back(i);
            }
        }
    }
    void skip_a_round() { ++round_; }
    void choose(bool kernel_threads) { kernel_threads_ = kernel_threads; }

    void report() {
        ReportOptions options;
        options.kernel_threads = kernel_threads_;
        all_builder_.build(samples_[1 - newest_], samples_[newest_], options, all_);
        options.sleepers = false;
        builder_.build(samples_[1 - newest_], samples_[newest_], options, awake_);
    }

    [[nodiscard]] const Report& all() const { return all_; }
    [[nodiscard]] const Report& awake() const { return awake_; }
    [[nodiscard]] bool one_in(unsigned many) { return random_() % many == 0; }

  private:
    RandomMachine machine_;
    std::mt19937_64 random_;
    Sample samples_[2];
    int newest_ = 0;
    std::uint64_t round_ = 0;
    bool kernel_threads_ = true;
    ReportBuilder all_builder_, builder_;
    Report all_, awake_;
};

using RowKey = std::pair<std::uint32_t, std::uint32_t>;  // a TID may be that of an exited leader, too

std::map<RowKey, const ThreadRow*> by_thread(const std::vector<ThreadRow>& rows) {
    std::map<RowKey, const ThreadRow*> found;
    for (const ThreadRow& row : rows) {
        EXPECT_TRUE(found.emplace(RowKey{row.now->tid, row.now->life}, &row).second) << "two rows of one thread";
    }
    return found;
}

void expect_same_row(const ThreadRow& row, const ThreadRow& expected, const Report& report, const Report& of) {
    EXPECT_EQ(row.state_ns, expected.state_ns);
    EXPECT_EQ(row.part_ns.values, expected.part_ns.values);
    EXPECT_EQ(row.wall_ns, expected.wall_ns);
    EXPECT_EQ(row.now, expected.now);
    EXPECT_EQ(row.before, expected.before);
    EXPECT_EQ(row.quiet, expected.quiet);
    EXPECT_EQ(row.exit_time_unix_ns, expected.exit_time_unix_ns);
    ASSERT_LT(row.process, report.processes.size());
    EXPECT_EQ(report.processes[row.process].tgid, of.processes[expected.process].tgid);
}

void expect_same_rows(const Report& report, const Report& all) {
    const auto rows = by_thread(report.threads);
    std::size_t due = 0;
    for (const ThreadRow& expected : all.threads) {
        const auto found = rows.find({expected.now->tid, expected.now->life});
        const bool slept = expected.quiet && is_asleep(expected.now->state);
        due += slept ? 0 : 1;
        if (found != rows.end()) {
            expect_same_row(*found->second, expected, report, all);
        } else {
            EXPECT_TRUE(slept) << "no row of " << expected.now->tid;
        }
    }
    EXPECT_GE(rows.size(), due);
    EXPECT_LE(rows.size(), all.threads.size());
    ASSERT_EQ(report.exited.size(), all.exited.size());
    for (std::size_t i = 0; i < all.exited.size(); ++i) {
        expect_same_row(report.exited[i], all.exited[i], report, all);
    }
}

void expect_same_processes(const Report& report, const Report& all) {
    std::map<std::uint32_t, const ProcessRow*> processes;
    for (const ProcessRow& process : report.processes) {
        EXPECT_TRUE(processes.emplace(process.tgid, &process).second) << "two rows of one process";
    }
    EXPECT_EQ(processes.size(), all.processes.size());
    for (const ProcessRow& expected : all.processes) {
        const auto found = processes.find(expected.tgid);
        ASSERT_NE(found, processes.end()) << "no row of process " << expected.tgid;
        const ProcessRow& process = *found->second;
        EXPECT_EQ(process.threads, expected.threads);
        EXPECT_EQ(process.exited_threads, expected.exited_threads);
        EXPECT_EQ(process.part_ns.values, expected.part_ns.values);
        EXPECT_EQ(process.voluntary_switches, expected.voluntary_switches);
        EXPECT_EQ(process.involuntary_switches, expected.involuntary_switches);
        EXPECT_EQ(process.read_bytes, expected.read_bytes);
        EXPECT_EQ(process.write_bytes, expected.write_bytes);
        EXPECT_EQ(process.rss_at_ns, expected.rss_at_ns);
        for (std::size_t i = 0; i < kStateCount; ++i) {
            if (!is_asleep(static_cast<ThreadState>(i))) {
                EXPECT_EQ(process.state_ns[i], expected.state_ns[i]) << "state " << i << " of " << expected.tgid;
            }
        }
        ASSERT_NE(process.leader, nullptr);
        ASSERT_NE(process.newest, nullptr);
        EXPECT_EQ(process.leader->tgid, expected.tgid);
        EXPECT_EQ(process.newest->rss_at_ns, expected.rss_at_ns);
        if (expected.leader->tid == expected.tgid) {
            EXPECT_EQ(process.leader->tid, expected.tgid);
        }
    }
}

void expect_same_sums(const Report& report, const Report& all) {
    EXPECT_EQ(report.total_ns, all.total_ns);
    EXPECT_EQ(report.total_wall_ns, all.total_wall_ns);
    EXPECT_EQ(report.listed_ns, all.listed_ns);
    EXPECT_EQ(report.listed_threads, all.listed_threads);
    EXPECT_EQ(report.active_rows, all.active_rows);
    EXPECT_EQ(report.unlisted_exits, all.unlisted_exits);
    PerState<std::uint64_t> of_processes{};
    for (const ProcessRow& process : all.processes) {
        for (std::size_t i = 0; i < kStateCount; ++i) {
            of_processes[i] += process.state_ns[i];
        }
    }
    EXPECT_EQ(all.listed_ns, of_processes);
}

void expect_same(const Both& machine) {
    expect_same_sums(machine.awake(), machine.all());
    expect_same_rows(machine.awake(), machine.all());
    expect_same_processes(machine.awake(), machine.all());
}

TEST(Sleepers, are_missing_in_rows_and_in_nothing_else) {
    std::size_t left_out = 0;
    for (std::uint64_t seed = 1; seed <= 40; seed += testing::kSeedStep) {
        RandomMachineOptions options;
        options.seed = seed;
        options.threads = 10 + seed * 3;
        options.uneven = seed % 2 == 0;
        options.quiet_pct = seed % 3 == 0 ? 95 : 70;
        Both machine(options);
        for (int step = 0; step < 40; ++step) {
            machine.next();
            machine.report();
            expect_same(machine);
            left_out += machine.all().threads.size() - machine.awake().threads.size();
            if (::testing::Test::HasFailure()) {
                FAIL() << "seed " << seed << ", step " << step;
            }
        }
    }
    EXPECT_GT(left_out, 1000U) << "nothing was left out";
}

TEST(Sleepers, are_found_again_after_a_gap_and_another_choice) {
    for (std::uint64_t seed = 1; seed <= 20; seed += testing::kSeedStep) {
        RandomMachineOptions options;
        options.seed = seed;
        Both machine(options);
        for (int step = 0; step < 60; ++step) {
            machine.next();
            if (machine.one_in(4)) {
                machine.next();  // without a report
            }
            if (machine.one_in(4)) {
                machine.skip_a_round();
            }
            machine.choose(step % 16 < 8);
            machine.report();
            if (machine.one_in(3)) {
                machine.report();  // of the same interval again
            }
            expect_same(machine);
            if (::testing::Test::HasFailure()) {
                FAIL() << "seed " << seed << ", step " << step;
            }
        }
    }
}

/// The thread that a waiting one names is needed for its name, even if it sleeps.
TEST(Sleepers, that_hold_a_lock_have_a_row) {
    Sample samples[2];
    for (Sample& sample : samples) {
        sample.now_ns = (&sample == samples ? 1U : 2U) * 1'000'000'000ULL;
        sample.round = &sample == samples ? 1 : 2;
        for (std::uint32_t i = 0; i < 4; ++i) {
            Thread& thread = sample.threads.emplace_back();
            thread.life = 1;
            thread.tid = 100 + i;
            thread.tgid = 100;
            thread.state = i == 0 ? ThreadState::lock_wait : ThreadState::sleep;
            thread.wait.owner_tid = i == 0 ? 102 : 0;
            thread.since_ns = thread.first_seen_ns = 500'000'000;
            sample.versions.push_back(7);
        }
    }
    ReportBuilder builder;
    Report report;
    ReportOptions options;
    options.sleepers = false;
    builder.build(samples[0], samples[1], options, report);
    const auto rows = by_thread(report.threads);
    EXPECT_EQ(rows.size(), 2U);
    ASSERT_TRUE(rows.contains({102, 1}));
    EXPECT_EQ(rows.at({102, 1})->state_ns[index(ThreadState::sleep)], 1'000'000'000U);
    EXPECT_EQ(report.total_ns[index(ThreadState::sleep)], 3'000'000'000U) << "counted once";
    EXPECT_EQ(report.listed_ns[index(ThreadState::sleep)], 3'000'000'000U);
    EXPECT_EQ(report.listed_threads, 4U);
    EXPECT_EQ(report.processes.at(0).threads, 4U);
}

/// Work, counted: a machine on which one thread of many does something.
TEST(Sleepers, are_not_looked_at_again) {
    Sample samples[2];
    constexpr std::uint32_t kThreads = 5000;
    for (Sample& sample : samples) {
        for (std::uint32_t i = 0; i < kThreads; ++i) {
            Thread& thread = sample.threads.emplace_back();
            thread.life = 1;
            thread.tid = 100 + i;
            thread.tgid = 100 + i / 10 * 10;
            thread.state = ThreadState::idle;
            thread.since_ns = thread.first_seen_ns = 1;
            sample.versions.push_back(7);
        }
    }
    Sleepers sleepers;
    Report report;
    const ReportOptions options;
    const auto looked_at = [&](int newest, std::uint64_t round) {
        samples[newest].now_ns = round * 1'000'000'000;
        samples[newest].round = round;
        samples[newest].changed = {17};
        sleepers.begin(samples[1 - newest], samples[newest], options, report);
        for (const std::uint32_t index : sleepers.to_look_at()) {
            sleepers.look(samples[1 - newest], samples[newest], index, options, report);
        }
        sleepers.search_threads(samples[newest], report);
        sleepers.end(report);
        return sleepers.to_look_at().size();
    };
    samples[0].now_ns = 1'000'000'000;
    samples[0].round = 1;
    EXPECT_EQ(looked_at(1, 2), kThreads) << "the first time";
    EXPECT_EQ(looked_at(0, 3), 1U);
    EXPECT_EQ(looked_at(1, 4), 1U);
    EXPECT_EQ(report.listed_threads, kThreads);
}

}  // namespace
}  // namespace tsa
