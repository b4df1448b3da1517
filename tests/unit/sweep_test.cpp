// SPDX-License-Identifier: MIT
// Slots of threads whose end the probes missed.
#include "sched/sweep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace tsa {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kNow = 1000 * kSecond;

tsa_slot zombie(std::uint32_t tid, std::uint64_t age_ns, std::uint8_t flags = 0) {
    tsa_slot slot{};
    slot.life = 1;
    slot.state = TSA_ZOMBIE;
    slot.tid = tid;
    slot.flags = flags;
    slot.since_ns = kNow - age_ns;
    return slot;
}

bool nobody(std::uint32_t, std::uint64_t) {
    return false;
}
bool everybody(std::uint32_t, std::uint64_t) {
    return true;
}

/// Each may be dead.
std::vector<std::uint8_t> all(const std::vector<tsa_slot>& slots) {
    return std::vector<std::uint8_t>(slots.size(), 1);
}

TEST(Sweeper, finds_a_zombie_that_no_longer_exists) {
    const std::vector<tsa_slot> slots{zombie(10, 1 * kSecond), zombie(11, 6 * kSecond)};
    Sweeper sweeper;
    EXPECT_THAT(sweeper.sweep(slots, all(slots), kNow, nobody).ended, IsEmpty())
        << "reaped just now, perhaps: its free is due";
    EXPECT_THAT(sweeper.sweep(slots, all(slots), kNow + kSweepEveryNs, nobody).ended, ElementsAre(1));
}

TEST(Sweeper, looks_only_at_slots_that_may_be_dead) {
    const std::vector<tsa_slot> slots{zombie(10, 6 * kSecond), zombie(11, 6 * kSecond), zombie(12, 6 * kSecond)};
    const std::vector<std::uint8_t> dead{0, 1};  // the third one is newer than the list
    Sweeper sweeper;
    EXPECT_THAT(sweeper.sweep(slots, dead, kNow, nobody).ended, IsEmpty());
    EXPECT_THAT(sweeper.sweep(slots, dead, kNow + kSweepEveryNs, nobody).ended, ElementsAre(1));
}

TEST(Sweeper, a_suspect_whose_slot_was_freed_or_serves_another_is_none) {
    std::vector<tsa_slot> slots{zombie(10, 6 * kSecond), zombie(11, 6 * kSecond)};
    Sweeper sweeper;
    EXPECT_THAT(sweeper.sweep(slots, all(slots), kNow, nobody).ended, IsEmpty());
    slots[0].flags = TSA_F_GONE;
    slots[1].life = 2;
    EXPECT_THAT(sweeper.sweep(slots, all(slots), kNow + kSweepEveryNs, nobody).ended, IsEmpty());
}

TEST(Sweeper, leaves_a_zombie_that_its_parent_does_not_reap) {
    const std::vector<tsa_slot> slots{zombie(10, 3600 * kSecond)};
    Sweeper sweeper;
    EXPECT_THAT(sweeper.sweep(slots, all(slots), kNow, everybody).ended, IsEmpty());
}

TEST(Sweeper, takes_back_a_slot_only_when_its_task_is_surely_freed) {
    tsa_slot free = zombie(12, 3600 * kSecond, TSA_F_GONE);
    free.state = TSA_STATE_COUNT;
    tsa_slot running = zombie(13, 3600 * kSecond, TSA_F_GONE);
    running.state = TSA_EXEC;
    const std::vector<tsa_slot> slots{zombie(10, 6 * kSecond, TSA_F_GONE), zombie(11, 61 * kSecond, TSA_F_GONE), free,
                                      running};
    Sweeper sweeper;
    const Swept& swept = sweeper.sweep(slots, all(slots), kNow, everybody);
    EXPECT_THAT(swept.abandoned, ElementsAre(1));
    EXPECT_THAT(swept.ended, IsEmpty());
}

TEST(Sweeper, looks_at_a_bounded_number_and_goes_on_there_next_time) {
    const std::vector<tsa_slot> slots(kMaxLooks + 10, zombie(10, 6 * kSecond));
    Sweeper sweeper;
    EXPECT_THAT(sweeper.sweep(slots, all(slots), kNow, nobody).ended, IsEmpty());
    EXPECT_THAT(sweeper.sweep(slots, all(slots), kNow + 1, nobody).ended, IsEmpty());
    EXPECT_THAT(sweeper.sweep(slots, all(slots), kNow + kSweepEveryNs, nobody).ended, SizeIs(kMaxLooks));
    EXPECT_THAT(sweeper.sweep(slots, all(slots), kNow + 2 * kSweepEveryNs, nobody).ended,
                ::testing::Contains(kMaxLooks));
}

}  // namespace
}  // namespace tsa
