// SPDX-License-Identifier: MIT
// The rows of a recording: each thread's rows tile its life to the nanosecond in all cases; quiet threads have few
// rows, spread over the intervals; exited threads leave no entries.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "record/row_picker.h"
#include "unit/allocations.h"
#include "unit/recorded_reports.h"

namespace tsa {
namespace {

using testing::AllocationCount;
using testing::Played;
using testing::QuietCrowd;
using testing::RandomMachineOptions;

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kLimit = 10 * kSecond;

/// Sums rows per thread like a reader of the recording, and compares each with the previous one.
class Ledger {
  public:
    struct Account {
        PerState<std::uint64_t> ns{};
        PerState<std::uint64_t> unrecorded_ns{};  ///< before its first row
        std::uint64_t wall_ns = 0;
        std::uint64_t from_ns = 0;  ///< start of its first row
        std::uint64_t last_row_ns = 0;
        ThreadState state = ThreadState::idle;
        bool ended = false;
    };

    void add(const Played& machine, std::span<const RecordedRow> rows) {
        const Report& report = machine.report();
        for (const RecordedRow& recorded : rows) {
            const ThreadRow& row = *recorded.row;
            const auto [at, is_new] = accounts.try_emplace(row.now->life);
            Account& account = at->second;
            ASSERT_FALSE(account.ended);
            if (is_new) {
                EXPECT_EQ(recorded.quiet_ns, 0U);
                begin(account, row, machine.before().now_ns);
            } else {
                ASSERT_NE(row.before, nullptr);
                EXPECT_EQ(account.state, row.before->state) << "a quiet thread stays in the state of its last row";
                EXPECT_LE(report.now_ns - account.last_row_ns, kLimit + surprise_ns);
            }
            if (recorded.quiet_ns != 0) {
                account.ns[index(row.before->state)] += recorded.quiet_ns;
                quiet_rows += 1;
            }
            account.wall_ns += row.wall_ns + recorded.quiet_ns;
            for (std::size_t i = 0; i < kStateCount; ++i) {
                account.ns[i] += row.state_ns[i];
            }
            account.state = row.now->state;
            account.last_row_ns = report.now_ns;
            account.ended = row.exit_time_unix_ns != 0;
            if (account.ended) {
                expect_whole(account, *row.now, row.now->since_ns);
                ended += 1;
            }
            moved += row.before != nullptr && row.before->tid != row.now->tid ? 1 : 0;
        }
    }

    /// The rows cover all of the thread's time up to then.
    static void expect_whole(const Account& account, const Thread& thread, std::uint64_t now_ns) {
        EXPECT_EQ(account.wall_ns, closed_at_ns(thread, now_ns) - account.from_ns) << "TID " << thread.tid;
        for (std::size_t i = 0; i < kStateCount; ++i) {
            const std::uint64_t true_ns = state_total_ns(thread, static_cast<ThreadState>(i), now_ns);
            EXPECT_EQ(account.ns[i], true_ns - account.unrecorded_ns[i]) << "TID " << thread.tid << ", state " << i;
        }
    }

    std::map<std::uint32_t, Account> accounts;  ///< by life, which is unique per thread on the simulated machine
    std::uint64_t surprise_ns = 0;              ///< how much longer than the previous one an interval may be
    std::uint64_t quiet_rows = 0, ended = 0, moved = 0;

  private:
    static void begin(Account& account, const ThreadRow& row, std::uint64_t before_ns) {
        if (row.before == nullptr) {
            account.from_ns = row.now->first_seen_ns;
            return;
        }
        account.from_ns = closed_at_ns(*row.before, before_ns);
        for (std::size_t i = 0; i < kStateCount; ++i) {
            account.unrecorded_ns[i] = state_total_ns(*row.before, static_cast<ThreadState>(i), before_ns);
        }
    }
};

/// A part of a machine's life; its last interval has all threads.
void record(Played& machine, RowPicker& picker, Ledger& ledger, int intervals) {
    for (int interval = 1; interval <= intervals; ++interval) {
        const bool all = interval == intervals || interval % 50 == 0;
        ledger.add(machine, picker.pick(machine.report(), all));
        if (interval != intervals) {
            machine.step();
        }
    }
}

TEST(RecordedRows, tile_the_life_of_every_thread_to_the_nanosecond) {
    std::uint64_t quiet_rows = 0;
    std::uint64_t ended = 0;
    std::uint64_t moved = 0;
    for (std::uint32_t seed = 1; seed <= 60; ++seed) {
        SCOPED_TRACE(seed);
        RandomMachineOptions options;
        options.seed = seed;
        options.quiet_pct = 60 + seed % 40;
        options.uneven = seed % 2 == 0;
        options.procfs = seed % 3 == 0;
        Played machine(options);
        RowPicker picker({}, kLimit);
        Ledger ledger;
        ledger.surprise_ns = options.uneven ? 3 * kSecond : 0;
        record(machine, picker, ledger, 120);
        for (const Thread& thread : machine.now().threads) {
            if (thread.life != 0) {
                ASSERT_TRUE(ledger.accounts.contains(thread.life));
                Ledger::expect_whole(ledger.accounts[thread.life], thread, machine.now().now_ns);
            }
        }
        EXPECT_EQ(picker.threads(), ledger.accounts.size());
        EXPECT_LE(picker.remembered(), machine.living());
        quiet_rows += ledger.quiet_rows;
        ended += ledger.ended;
        moved += ledger.moved;
        if (HasFailure()) {
            return;
        }
    }
    // The test covered something.
    EXPECT_GT(quiet_rows, 1000U);
    EXPECT_GT(ended, 300U);
    EXPECT_GT(moved, 100U);
}

TEST(RecordedRows, of_a_filter_tile_what_comes_after_the_first_match_whatever_the_thread_is_called_then) {
    RandomMachineOptions options;
    options.seed = 7;
    Played machine(options);
    ThreadFilter filter;
    filter.comm_pattern = "ba*";
    RowPicker picker(filter, kLimit);
    Ledger ledger;
    record(machine, picker, ledger, 120);
    std::size_t recorded = 0;
    std::size_t called_otherwise = 0;
    for (const Thread& thread : machine.now().threads) {
        const auto found = ledger.accounts.find(thread.life);
        if (thread.life == 0 || found == ledger.accounts.end()) {
            EXPECT_FALSE(thread.life != 0 && filter.matches(thread));
            continue;
        }
        Ledger::expect_whole(found->second, thread, machine.now().now_ns);
        recorded += 1;
        called_otherwise += filter.matches(thread) ? 0 : 1;
    }
    EXPECT_GT(called_otherwise, 0U);
    EXPECT_LT(recorded, machine.living());
}

TEST(RecordedRows, of_quiet_threads_come_in_turns_and_not_all_at_once) {
    constexpr std::uint32_t kThreads = 6000;
    QuietCrowd crowd(kThreads);
    RowPicker picker({}, 60 * kSecond);
    EXPECT_EQ(picker.pick(crowd.step(), false).size(), kThreads) << "each has one to begin with";
    std::size_t most = 0;
    std::size_t sum = 0;
    for (int interval = 0; interval < 240; ++interval) {
        const std::size_t rows = picker.pick(crowd.step(), false).size();
        most = std::max(most, rows);
        sum += rows;
    }
    EXPECT_LT(most, kThreads / 15) << "twice an even share of half a minute";
    EXPECT_GT(sum, std::size_t{3} * kThreads);
    EXPECT_LE(sum, std::size_t{5} * kThreads) << "one a minute, and the first a little earlier";
}

TEST(RecordedRows, keep_no_entries_of_threads_missing_from_reports) {
    QuietCrowd crowd(100);
    RowPicker picker({}, kLimit);
    picker.pick(crowd.step(), false);
    EXPECT_EQ(picker.remembered(), 100U);
    for (std::size_t i = 0; i < 40; ++i) {
        crowd.change(i, Thread{});
    }
    picker.pick(crowd.step(), false);
    EXPECT_EQ(picker.remembered(), 60U);
    EXPECT_EQ(picker.threads(), 100U);
}

TEST(RecordedRows, without_a_limit_of_quiet_time_come_in_every_interval) {
    QuietCrowd crowd(50);
    RowPicker picker({}, 0);
    for (int interval = 0; interval < 3; ++interval) {
        EXPECT_EQ(picker.pick(crowd.step(), false).size(), 50U);
    }
}

TEST(RecordedRows, are_picked_without_an_allocation) {
    QuietCrowd crowd(3000);
    RowPicker picker({}, kLimit);
    for (int interval = 0; interval < 3; ++interval) {
        picker.pick(crowd.step(), true);
    }
    std::size_t rows = 0;
    const AllocationCount count;
    for (int interval = 0; interval < 30; ++interval) {
        rows += picker.pick(crowd.step(), false).size();
    }
    EXPECT_EQ(count.so_far(), 0U);
    EXPECT_GT(rows, 3000U);
}

}  // namespace
}  // namespace tsa
