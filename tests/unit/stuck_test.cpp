// SPDX-License-Identifier: MIT
// When the drill-down calls a thread stuck.
#include "model/stuck.h"

#include <gtest/gtest.h>

#include "unit/view_fixture.h"

namespace tsa {
namespace {

using test::kIntervalNs;
using test::kMs;
using test::kNowNs;
using test::World;
using enum ThreadState;

constexpr ThreadKey kKey{10, 1010};

/// A thread that spends that many of each 500 ms in a state, in waits that are never older than 100 ms.
std::optional<ThreadState> after_a_while(ThreadState state, std::uint64_t ms, std::uint64_t intervals = 24) {
    World world;
    world.add({10, 10, "a", state, {{state, ms}, {exec, 500 - ms}}});
    world.history.watch(kKey);
    for (std::uint64_t i = 0; i < intervals; ++i) {
        world.report.now_ns = kNowNs + i * kIntervalNs;
        world.thread(10).since_ns = world.report.now_ns - 100 * kMs;
        world.history.add(world.report);
    }
    return stuck_in(*world.history.find(kKey));
}

TEST(Stuck, almost_all_of_ten_seconds_in_one_delay_state) {
    EXPECT_EQ(after_a_while(lock_wait, 499), std::optional(lock_wait));
    EXPECT_EQ(after_a_while(mem_wait, 490), std::optional(mem_wait));
    EXPECT_EQ(after_a_while(lock_wait, 450), std::nullopt);
    EXPECT_EQ(after_a_while(lock_wait, 499, 12), std::nullopt) << "six seconds are not enough";
    EXPECT_EQ(after_a_while(sync, 499), std::nullopt);
    EXPECT_EQ(after_a_while(io_wait, 499), std::nullopt) << "many waits for I/O are work";
    EXPECT_EQ(after_a_while(cpu_wait, 499), std::nullopt) << "it may be a fair share";
}

std::optional<ThreadState> in_one_wait(ThreadState state, std::uint64_t age_ns, bool kernel = false) {
    World world;
    world.add({10, 10, "a", state, {{state, 500}}});
    Thread& thread = world.thread(10);
    thread.since_ns = kNowNs - age_ns;
    thread.kernel = kernel;
    thread.since_is_upper_bound = true;
    world.history.watch(kKey);
    world.history.add(world.report);
    return stuck_in(*world.history.find(kKey));
}

TEST(Stuck, one_wait_of_ten_seconds_counts_at_once) {
    EXPECT_EQ(in_one_wait(io_wait, kStuckNs), std::optional(io_wait));
    EXPECT_EQ(in_one_wait(cpu_wait, kStuckNs), std::optional(cpu_wait));
    EXPECT_EQ(in_one_wait(io_wait, kStuckNs - 1), std::nullopt);
    EXPECT_EQ(in_one_wait(idle, 100 * kStuckNs), std::nullopt);
    EXPECT_EQ(in_one_wait(uninterruptible, kStuckNs), std::optional(uninterruptible));
    EXPECT_EQ(in_one_wait(uninterruptible, kStuckNs, true), std::nullopt) << "a driver that waits for work";
}

}  // namespace
}  // namespace tsa
