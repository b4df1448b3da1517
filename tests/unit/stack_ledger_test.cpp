// SPDX-License-Identifier: MIT
// How the time of a thread is divided among its stacks, from literal totals: the parts always sum to the state's time.
#include "model/stack_ledger.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <vector>

namespace tsa {
namespace {

constexpr std::uint64_t kMs = 1'000'000;
constexpr std::uint64_t kA = 11, kB = 12;

/// In `state` since `since_ms`, after these closed times.
Thread thread_in(ThreadState state, std::uint64_t since_ms, std::uint64_t lock_ms = 0, std::uint64_t exec_ms = 0) {
    Thread thread;
    thread.life = 1;
    thread.state = state;
    thread.since_ns = since_ms * kMs;
    thread.ns[index(ThreadState::lock_wait)] = lock_ms * kMs;
    thread.ns[index(ThreadState::exec)] = exec_ms * kMs;
    return thread;
}

std::optional<LedgerEntry> find(std::span<const LedgerEntry> entries, ThreadState state,
                                std::optional<std::uint64_t> fingerprint) {
    const auto found = std::ranges::find_if(
        entries, [&](const LedgerEntry& entry) { return entry.state == state && entry.fingerprint == fingerprint; });
    return found != entries.end() ? std::optional(*found) : std::nullopt;
}

LedgerEntry lock(std::uint64_t fingerprint, std::uint64_t count, std::uint64_t ms) {
    return {ThreadState::lock_wait, fingerprint, count, ms * kMs, ms * kMs};
}

TEST(StackLedger, an_open_wait_counts_as_far_as_it_has_got_and_the_rest_when_it_ends) {
    StackLedger ledger(thread_in(ThreadState::exec, 0), 0);
    // It began at 20 ms and is open at 100 and at 200 ms; it ends at 250 ms.
    auto entries = ledger.add(thread_in(ThreadState::lock_wait, 20, 0, 20), 100 * kMs, {}, kA, false);
    EXPECT_EQ(find(entries, ThreadState::lock_wait, kA)->total_ns, 80 * kMs);
    EXPECT_EQ(find(entries, ThreadState::lock_wait, kA)->count, 0U);
    entries = ledger.add(thread_in(ThreadState::lock_wait, 20, 0, 20), 200 * kMs, {}, kA, false);
    EXPECT_EQ(find(entries, ThreadState::lock_wait, kA)->total_ns, 100 * kMs);
    EXPECT_EQ(find(entries, ThreadState::lock_wait, kA)->max_ns, 180 * kMs) << "all of it";
    const std::vector<LedgerEntry> grown{lock(kA, 1, 230)};
    entries = ledger.add(thread_in(ThreadState::exec, 250, 230, 20), 300 * kMs, grown, std::nullopt, false);
    EXPECT_EQ(find(entries, ThreadState::lock_wait, kA)->total_ns, 50 * kMs);
    EXPECT_EQ(find(entries, ThreadState::lock_wait, kA)->count, 1U);
    EXPECT_FALSE(find(entries, ThreadState::lock_wait, std::nullopt)) << "nothing is elsewhere";
}

TEST(StackLedger, time_before_the_first_interval_is_not_counted) {
    // The wait is 500 ms old when counting begins.
    StackLedger ledger(thread_in(ThreadState::lock_wait, 500), 1000 * kMs);
    const std::vector<LedgerEntry> grown{lock(0, 1, 700)};
    const auto entries = ledger.add(thread_in(ThreadState::exec, 1200, 700), 1200 * kMs, grown, std::nullopt, false);
    EXPECT_EQ(find(entries, ThreadState::lock_wait, 0)->total_ns, 200 * kMs);
}

TEST(StackLedger, nor_is_it_when_the_wait_is_known_only_later) {
    // The wait is 500 ms old when counting begins; which one it is is known two intervals later.
    const Thread waiting = thread_in(ThreadState::lock_wait, 500);
    StackLedger ledger(waiting, 1000 * kMs);
    for (const std::uint64_t now_ms : {1000, 1100}) {
        EXPECT_TRUE(ledger.add(waiting, now_ms * kMs, {}, std::nullopt, false).empty()) << now_ms;
    }
    const auto entries = ledger.add(waiting, 1200 * kMs, {}, 0, false);
    ASSERT_EQ(entries.size(), 1U);
    EXPECT_EQ(find(entries, ThreadState::lock_wait, 0)->total_ns, 200 * kMs);
    const std::vector<LedgerEntry> grown{lock(0, 1, 800)};
    const auto rest = ledger.add(thread_in(ThreadState::exec, 1300, 800), 1300 * kMs, grown, std::nullopt, false);
    EXPECT_EQ(find(rest, ThreadState::lock_wait, 0)->total_ns, 100 * kMs);
}

TEST(StackLedger, a_wait_that_was_known_and_is_not_for_an_interval_is_counted_once) {
    StackLedger ledger(thread_in(ThreadState::exec, 0), 0);
    const Thread waiting = thread_in(ThreadState::lock_wait, 20, 0, 20);
    EXPECT_EQ(find(ledger.add(waiting, 100 * kMs, {}, kA, false), ThreadState::lock_wait, kA)->total_ns, 80 * kMs);
    EXPECT_FALSE(find(ledger.add(waiting, 200 * kMs, {}, std::nullopt, false), ThreadState::lock_wait, kA));
    EXPECT_EQ(find(ledger.add(waiting, 300 * kMs, {}, kA, false), ThreadState::lock_wait, kA)->total_ns, 200 * kMs);
}

TEST(StackLedger, what_is_in_no_account_is_elsewhere) {
    StackLedger ledger(thread_in(ThreadState::exec, 0), 0);
    const std::vector<LedgerEntry> grown{lock(kA, 2, 30)};
    const auto entries = ledger.add(thread_in(ThreadState::exec, 100, 50, 50), 100 * kMs, grown, std::nullopt, false);
    EXPECT_EQ(find(entries, ThreadState::lock_wait, kA)->total_ns, 30 * kMs);
    EXPECT_EQ(find(entries, ThreadState::lock_wait, std::nullopt)->total_ns, 20 * kMs);
}

TEST(StackLedger, a_wait_that_is_read_before_its_states_time_is_taken_from_the_next_interval) {
    StackLedger ledger(thread_in(ThreadState::exec, 0), 0);
    // The accounts are read a little later than the state's time: 10 ms are in them already.
    const std::vector<LedgerEntry> early{lock(kA, 1, 10)};
    auto entries = ledger.add(thread_in(ThreadState::exec, 0, 0, 0), 100 * kMs, early, std::nullopt, false);
    EXPECT_EQ(find(entries, ThreadState::lock_wait, kA)->total_ns, 10 * kMs);
    const std::vector<LedgerEntry> next{lock(kA, 1, 5)};
    entries = ledger.add(thread_in(ThreadState::exec, 0, 40, 0), 200 * kMs, next, std::nullopt, false);
    EXPECT_EQ(find(entries, ThreadState::lock_wait, std::nullopt)->total_ns, 25 * kMs) << "40 - 10 - 5";
}

TEST(StackLedger, an_open_wait_whose_stack_is_not_known_yet_is_carried_until_it_ends) {
    StackLedger ledger(thread_in(ThreadState::exec, 0), 0);
    auto entries = ledger.add(thread_in(ThreadState::lock_wait, 20, 0, 20), 100 * kMs, {}, std::nullopt, false);
    EXPECT_FALSE(find(entries, ThreadState::lock_wait, std::nullopt));
    const std::vector<LedgerEntry> grown{lock(kA, 1, 130)};
    entries = ledger.add(thread_in(ThreadState::exec, 150, 130, 20), 200 * kMs, grown, std::nullopt, false);
    EXPECT_EQ(find(entries, ThreadState::lock_wait, kA)->total_ns, 130 * kMs);
    EXPECT_FALSE(find(entries, ThreadState::lock_wait, std::nullopt));
}

TEST(StackLedger, samples_share_the_time_on_the_cpu) {
    StackLedger ledger(thread_in(ThreadState::exec, 0), 0);
    const std::vector<LedgerEntry> grown{{ThreadState::exec, kA, 3, 0, 0}, {ThreadState::exec, kB, 1, 0, 0}};
    auto entries = ledger.add(thread_in(ThreadState::exec, 0), 100 * kMs, grown, std::nullopt, false);
    EXPECT_EQ(find(entries, ThreadState::exec, kA)->total_ns, 75 * kMs);
    EXPECT_EQ(find(entries, ThreadState::exec, kB)->total_ns, 25 * kMs);
    EXPECT_EQ(find(entries, ThreadState::exec, kA)->count, 3U);
    entries = ledger.add(thread_in(ThreadState::exec, 0), 150 * kMs, {}, std::nullopt, false);
    EXPECT_TRUE(entries.empty()) << "it is the next sample's";
    const std::vector<LedgerEntry> next{{ThreadState::exec, kB, 1, 0, 0}};
    entries = ledger.add(thread_in(ThreadState::exec, 0), 180 * kMs, next, std::nullopt, false);
    EXPECT_EQ(find(entries, ThreadState::exec, kB)->total_ns, 80 * kMs);
    entries = ledger.add(thread_in(ThreadState::exec, 0), 500 * kMs, {}, std::nullopt, false);
    EXPECT_EQ(find(entries, ThreadState::exec, std::nullopt)->total_ns, 320 * kMs) << "too long without one";
}

TEST(StackLedger, the_parts_sum_to_the_time_whatever_is_missed_or_read_late) {
    std::mt19937 random(7);
    const auto below = [&random](std::uint64_t most) { return random() % most; };
    for (int run = 0; run < 50; ++run) {
        Thread thread = thread_in(ThreadState::lock_wait, 5);
        StackLedger ledger(thread, 10 * kMs);
        const std::uint64_t before = state_total_ns(thread, ThreadState::lock_wait, 10 * kMs);
        std::uint64_t sum = 0, now_ms = 10;
        std::vector<LedgerEntry> late;
        for (int interval = 0; interval < 20; ++interval) {
            now_ms += 10 + below(50);
            const bool ends = below(2) == 0;
            std::vector<LedgerEntry> grown = std::exchange(late, {});
            std::optional<std::uint64_t> open = thread.since_ns < 10 * kMs ? 0 : kA;
            if (ends) {
                const std::uint64_t length = now_ms * kMs - thread.since_ns;
                thread.ns[index(ThreadState::lock_wait)] += length;
                thread.since_ns = now_ms * kMs;
                // Some accounts are read an interval late, some waits are in none.
                if (const std::uint64_t fate = below(4); fate != 0) {
                    (fate == 1 ? late : grown).push_back({ThreadState::lock_wait, open, 1, length, length});
                }
                open = kA;
            }
            open = below(5) == 0 ? std::nullopt : open;
            for (const LedgerEntry& entry : ledger.add(thread, now_ms * kMs, grown, open, interval == 19)) {
                sum += entry.state == ThreadState::lock_wait ? entry.total_ns : 0;
            }
        }
        const std::uint64_t time = state_total_ns(thread, ThreadState::lock_wait, now_ms * kMs) - before;
        const std::uint64_t unread = late.empty() ? 0 : late.front().total_ns;
        EXPECT_GE(sum + unread, time) << run;
        EXPECT_GE(sum, time) << run << ": nothing is lost";
    }
}

}  // namespace
}  // namespace tsa
