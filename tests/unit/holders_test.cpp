// SPDX-License-Identifier: MIT
// Lock holders: which holder is accepted from the words of a lock, and what happens when threads change between the
// reads. A simulated machine: slots as bytes, locks as words, and a hook that changes threads while locks are read.
#include "sched/holders.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "base/first_namespace.h"
#include "model/sample.h"
#include "sched/lock_words.h"
#include "tsa_futex.h"

namespace tsa {
namespace {

constexpr std::uint64_t kWaitPrivate = 128;
constexpr std::uint64_t kWaitShared = 0;
constexpr std::uint64_t kLockPiShared = 6;
constexpr std::uint64_t kLockPiPrivate = 6 | 128;
constexpr std::uint64_t kMutex = 0x7000;

using Words = std::array<std::uint32_t, TSA_LOCK_WORDS>;

/// A glibc mutex that `owner` holds, with waiters.
Words mutex_of(std::uint32_t owner, std::uint32_t kind = 0) {
    return {2, 0, owner, 1, kind};
}

class Holders : public ::testing::Test {
  protected:
    std::uint32_t add(std::uint32_t tid, std::uint32_t tgid, tsa_state state) {
        tsa_slot& slot = slots_.emplace_back();
        slot.seq = 2;
        slot.life = 1;
        slot.index = static_cast<std::uint32_t>(slots_.size() - 1);
        slot.tid = tid;
        slot.ns_tid = tid;
        slot.pid_namespace = own_pid_namespace();
        slot.tgid = tgid;
        slot.state = static_cast<std::uint8_t>(state);
        slot.since_ns = 1000;
        slot.first_seen_ns = 500;
        slot.wait_syscall = TSA_NO_SYSCALL;
        return slot.index;
    }
    std::uint32_t add_waiter(std::uint32_t tid, std::uint32_t tgid, std::uint64_t address = kMutex,
                             std::uint64_t operation = kWaitPrivate) {
        const std::uint32_t index = add(tid, tgid, TSA_LOCK_WAIT);
        slots_[index].wait_syscall = 202;
        slots_[index].wait_arg[0] = address;
        slots_[index].wait_arg[1] = operation;
        slots_[index].wait_kind = tsa_futex_is_pi(operation) != 0 ? TSA_KIND_OWNER_IN_WORD : TSA_KIND_MUTEX_WITH_OWNER;
        return index;
    }
    void move(std::uint32_t index, tsa_state state) {
        slots_[index].state = static_cast<std::uint8_t>(state);
        slots_[index].since_ns = clock_ns_;
        slots_[index].seq += 2;
    }
    void find() {
        sample_.now_ns = clock_ns_;
        reader_.read(slots_, slots_.size(), sample_);
        finder_.find(slots_, reader_, sample_);
    }
    [[nodiscard]] const Wait& wait(std::uint32_t index) const { return sample_.threads[index].wait; }

    std::vector<tsa_slot> slots_;
    std::map<std::uint64_t, Words> locks_;  // by address; missing ones cannot be read
    std::function<void()> while_reading_;   // runs before the words are read
    std::function<void()> after_reading_;
    std::chrono::nanoseconds cpu_wait_{0};  // of the thread that reads, before each reading
    bool late_ = false;
    std::vector<std::uint32_t> gone_;
    int readings_ = 0;
    std::size_t asked_ = 0;
    std::uint64_t clock_ns_ = 2000;
    SlotReader reader_;
    Sample sample_;
    HolderFinder finder_{HolderQuestions{
        [this](std::span<tsa_lock_query> queries, std::chrono::nanoseconds within) { read(queries, within); },
        [this](std::uint32_t, std::uint32_t tid) { return std::ranges::find(gone_, tid) != gone_.end(); },
        [this] { return clock_ns_; },
    }};

  private:
    void read(std::span<tsa_lock_query> queries, std::chrono::nanoseconds within) {
        const std::chrono::nanoseconds waited = std::min(cpu_wait_, within);
        clock_ns_ += static_cast<std::uint64_t>(waited.count());
        late_ = late_ || waited < cpu_wait_;
        ++readings_;
        asked_ += queries.size();
        if (while_reading_) {
            while_reading_();
        }
        for (tsa_lock_query& query : queries) {
            const auto lock = locks_.find(query.address);
            if (late_) {
                continue;
            }
            query.error = lock == locks_.end() ? -14 : 0;
            query.at_ns = ++clock_ns_;
            if (lock != locks_.end()) {
                std::ranges::copy(lock->second, query.words);
            }
        }
        ++clock_ns_;
        if (after_reading_) {
            after_reading_();
        }
    }
};

TEST_F(Holders, one_reading_serves_all_waiters_of_a_lock) {
    const auto first = add_waiter(11, 10);
    const auto second = add_waiter(12, 10);
    add(13, 10, TSA_SLEEP);
    locks_[kMutex] = mutex_of(13);
    find();
    EXPECT_EQ(wait(first).owner_tid, 13U);
    EXPECT_EQ(wait(second).owner_tid, 13U);
    EXPECT_FALSE(wait(first).owner_exited);
    EXPECT_EQ(readings_, 1);
    EXPECT_EQ(asked_, 1U);
}

TEST_F(Holders, the_same_address_in_two_processes_is_two_locks) {
    const auto first = add_waiter(11, 10);
    const auto second = add_waiter(21, 20);
    add(12, 10, TSA_EXEC);
    locks_[kMutex] = mutex_of(12);
    find();
    EXPECT_EQ(asked_, 2U);
    EXPECT_EQ(wait(first).owner_tid, 12U);
    EXPECT_EQ(wait(second).owner_tid, 0U) << "no thread of its process";
}

TEST_F(Holders, a_holder_is_of_this_refresh_although_the_waiter_did_not_move) {
    const auto waiter = add_waiter(11, 10);
    add(12, 10, TSA_SLEEP);
    add(13, 10, TSA_SLEEP);
    locks_[kMutex] = mutex_of(12);
    find();
    ASSERT_EQ(wait(waiter).owner_tid, 12U);
    locks_[kMutex] = mutex_of(13);
    find();
    EXPECT_EQ(wait(waiter).owner_tid, 13U);
    locks_[kMutex] = Words{};
    find();
    EXPECT_EQ(wait(waiter).owner_tid, 0U) << "free: the thread that was woken has not taken it yet";
}

TEST_F(Holders, words_that_are_not_a_mutex_give_no_holder) {
    const auto waiter = add_waiter(11, 10);
    add(12, 10, TSA_EXEC);
    for (const Words& words : {Words{2, 0, 12, 0, 0}, Words{2, 0, 12, 1, 0x4000}, Words{2, 0, 0, 1, 0},
                               Words{2, 0, 12, 0x7fff1234, 0}, Words{0, 0, 12, 1, 0}}) {
        locks_[kMutex] = words;
        find();
        EXPECT_EQ(wait(waiter).owner_tid, 0U) << words[3] << " " << words[4];
    }
}

TEST_F(Holders, a_32_bit_program_keeps_kind_and_users_the_other_way_round) {
    const auto waiter = add_waiter(11, 10);
    slots_[waiter].flags |= TSA_F_COMPAT;
    add(12, 10, TSA_EXEC);
    locks_[kMutex] = {2, 0, 12, 0x80, 1};
    find();
    EXPECT_EQ(wait(waiter).owner_tid, 12U);
}

TEST_F(Holders, another_process_may_hold_only_a_lock_that_is_not_private) {
    const auto plain = add_waiter(11, 10, 0x1000, kWaitShared);
    const auto inheriting = add_waiter(12, 10, 0x2000, kLockPiShared);
    const auto own = add_waiter(13, 10, 0x3000, kLockPiPrivate);
    add(20, 20, TSA_EXEC);
    locks_[0x1000] = mutex_of(20, 0x80);
    locks_[0x2000] = {20U | 0x80000000U};
    locks_[0x3000] = {20U | 0x80000000U};
    find();
    EXPECT_EQ(wait(plain).owner_tid, 20U);
    EXPECT_EQ(wait(inheriting).owner_tid, 20U);
    EXPECT_EQ(wait(own).owner_tid, 0U);
}

TEST_F(Holders, a_tid_of_a_container_becomes_the_machines) {
    const auto decoy = add(2, 2, TSA_IDLE);  // kthreadd is TID 2 in the initial namespace
    const auto waiter = add_waiter(5011, 5010);
    const auto holder = add(5012, 5010, TSA_EXEC);
    for (const auto& [index, ns_tid] : {std::pair{waiter, 3U}, std::pair{holder, 2U}}) {
        slots_[index].ns_tid = ns_tid;
        slots_[index].pid_namespace = 77;
    }
    locks_[kMutex] = mutex_of(2);
    find();
    EXPECT_EQ(wait(waiter).owner_tid, 5012U);
    EXPECT_EQ(wait(decoy).owner_tid, 0U);
}

TEST_F(Holders, a_lock_of_the_kernel_names_a_tid_of_the_machine) {
    const auto waiter = add_waiter(11, 10, 0xffff888000001000, TSA_LOCK_KERNEL_RWSEM);
    slots_[waiter].flags |= TSA_F_KERNEL_LOCK;
    const auto other = add_waiter(12, 10, 0xffff888000002000, TSA_LOCK_KERNEL_OTHER);
    slots_[other].flags |= TSA_F_KERNEL_LOCK;
    add(90, 90, TSA_IO_WAIT);
    locks_[0xffff888000001000] = {90};
    locks_[0xffff888000002000] = {90};
    find();
    EXPECT_EQ(wait(waiter).owner_tid, 90U);
    EXPECT_EQ(wait(other).owner_tid, 0U);
    EXPECT_EQ(asked_, 1U);
}

TEST_F(Holders, a_holder_that_came_to_wait_for_the_lock_meanwhile_is_not_named) {
    const auto waiter = add_waiter(11, 10);
    const auto holder = add(12, 10, TSA_EXEC);
    add(13, 10, TSA_SLEEP);
    locks_[kMutex] = mutex_of(12);
    after_reading_ = [&] {
        if (readings_ == 1) {  // 12 unlocks, 13 locks it, 12 waits for it again
            slots_[holder].wait_arg[0] = kMutex;
            slots_[holder].wait_arg[1] = kWaitPrivate;
            move(holder, TSA_LOCK_WAIT);
            locks_[kMutex] = mutex_of(13);
        }
    };
    find();
    EXPECT_EQ(wait(waiter).owner_tid, 13U);
    EXPECT_EQ(wait(holder).owner_tid, 13U) << "it waits too by now";
    EXPECT_EQ(readings_, 2);
}

TEST_F(Holders, a_waiter_that_got_the_lock_while_it_was_read_is_the_holder_of_the_others) {
    const auto first = add_waiter(11, 10);
    const auto second = add_waiter(12, 10);
    while_reading_ = [&] {
        if (readings_ == 1) {
            move(first, TSA_EXEC);
        }
    };
    locks_[kMutex] = mutex_of(11);
    find();
    EXPECT_EQ(sample_.threads[first].state, ThreadState::exec) << "its row is brought up to date";
    EXPECT_EQ(wait(first).owner_tid, 0U);
    EXPECT_EQ(wait(second).owner_tid, 11U);
}

TEST_F(Holders, a_lock_that_keeps_changing_hands_has_no_holder) {
    const auto waiter = add_waiter(11, 10);
    const auto holder = add_waiter(12, 10);
    locks_[kMutex] = mutex_of(12);
    after_reading_ = [&] { move(holder, TSA_LOCK_WAIT); };
    find();
    EXPECT_EQ(wait(waiter).owner_tid, 0U);
    EXPECT_EQ(readings_, kHolderRounds);
    EXPECT_EQ(finder_.unread(), 0U) << "it was read in time";
}

TEST_F(Holders, a_thread_that_locks_its_own_mutex_again_waits_for_itself) {
    const auto self = add_waiter(11, 10);
    locks_[kMutex] = mutex_of(11);
    find();
    EXPECT_EQ(wait(self).owner_tid, 11U);
}

TEST_F(Holders, a_wait_that_began_after_the_reading_is_not_explained_by_it) {
    const auto waiter = add_waiter(11, 10);
    add(12, 10, TSA_EXEC);
    locks_[kMutex] = mutex_of(12);
    after_reading_ = [&] { move(waiter, TSA_LOCK_WAIT); };
    find();
    EXPECT_EQ(wait(waiter).owner_tid, 0U);
}

TEST_F(Holders, a_holder_has_exited_only_if_the_lock_still_names_it_afterward) {
    const auto waiter = add_waiter(11, 10);
    locks_[kMutex] = mutex_of(2659);
    gone_ = {2659};
    find();
    EXPECT_EQ(wait(waiter).owner_tid, 2659U);
    EXPECT_TRUE(wait(waiter).owner_exited);
    EXPECT_EQ(readings_, 2) << "read again after it was known to be gone";

    readings_ = 0;
    after_reading_ = [&] { locks_[kMutex] = Words{}; };  // it unlocked, and then exited
    find();
    EXPECT_EQ(wait(waiter).owner_tid, 0U);
    EXPECT_FALSE(wait(waiter).owner_exited);
}

TEST_F(Holders, a_holder_that_is_only_not_seen_is_not_exited) {
    const auto waiter = add_waiter(11, 10);
    locks_[kMutex] = mutex_of(2659);
    find();
    EXPECT_EQ(wait(waiter).owner_tid, 0U);
    EXPECT_FALSE(wait(waiter).owner_exited);
}

TEST_F(Holders, a_zombie_has_exited) {
    const auto waiter = add_waiter(11, 10);
    add(10, 10, TSA_ZOMBIE);
    locks_[kMutex] = mutex_of(10);
    find();
    EXPECT_EQ(wait(waiter).owner_tid, 10U);
    EXPECT_TRUE(wait(waiter).owner_exited);
}

TEST_F(Holders, in_a_container_a_holder_is_gone_if_every_thread_is_tracked) {
    const auto waiter = add_waiter(5011, 5010);
    slots_[waiter].ns_tid = 3;
    slots_[waiter].pid_namespace = 77;
    locks_[kMutex] = mutex_of(2);
    find();
    EXPECT_TRUE(wait(waiter).owner_exited);
    EXPECT_EQ(wait(waiter).owner_tid, 0U) << "TID 2 of the container is not TID 2 of the machine";
    sample_.untracked.live_threads = 1;
    find();
    EXPECT_FALSE(wait(waiter).owner_exited);
}

TEST_F(Holders, a_late_read_gives_no_holder_and_is_counted) {
    const auto waiter = add_waiter(11, 10);
    add(12, 10, TSA_EXEC);
    locks_[kMutex] = mutex_of(12);
    find();
    ASSERT_EQ(wait(waiter).owner_tid, 12U);
    late_ = true;
    while_reading_ = [&] { clock_ns_ += static_cast<std::uint64_t>(kHolderTime.count()); };
    find();
    EXPECT_EQ(wait(waiter).owner_tid, 0U);
    EXPECT_EQ(finder_.unread(), 1U);
}

TEST_F(Holders, a_read_that_waits_for_a_tick_of_the_scheduler_is_not_late) {
    const auto waiter = add_waiter(11, 10);
    add(12, 10, TSA_EXEC);
    locks_[kMutex] = mutex_of(12);
    cpu_wait_ = std::chrono::milliseconds(4);  // 250 Hz
    find();
    EXPECT_EQ(wait(waiter).owner_tid, 12U);
    EXPECT_EQ(finder_.unread(), 0U);
    cpu_wait_ = std::chrono::milliseconds(10);
    find();
    EXPECT_EQ(wait(waiter).owner_tid, 0U);
    EXPECT_EQ(finder_.unread(), 1U);
}

TEST_F(Holders, more_locks_than_one_refresh_reads_are_counted) {
    for (std::uint32_t i = 0; i < TSA_MAX_LOCKS + 3; ++i) {
        add_waiter(100 + i, 10, 0x1000 + i * 64);
        locks_[0x1000 + i * 64] = mutex_of(12);
    }
    add(12, 10, TSA_EXEC);
    find();
    EXPECT_EQ(asked_, TSA_MAX_LOCKS + 3U) << "the rest in the next round, within the time";
    EXPECT_EQ(finder_.unread(), 0U);
    while_reading_ = [&] { clock_ns_ += static_cast<std::uint64_t>(kHolderTime.count()); };
    find();
    EXPECT_EQ(finder_.unread(), 3U);
}

TEST_F(Holders, memory_that_is_not_there_is_an_answer) {
    const auto waiter = add_waiter(11, 10);
    find();
    EXPECT_EQ(wait(waiter).owner_tid, 0U);
    EXPECT_EQ(readings_, 1);
    EXPECT_EQ(finder_.unread(), 0U);
}

}  // namespace
}  // namespace tsa
