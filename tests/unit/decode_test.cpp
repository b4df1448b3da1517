// SPDX-License-Identifier: MIT
// Slot bytes to threads: what the reader copies, what it skips, when it retries.
#include "sched/decode.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <thread>
#include <vector>

#include "model/sample.h"

namespace tsa {
namespace {

tsa_slot slot_of(std::uint32_t tid, std::uint32_t tgid, tsa_state state) {
    tsa_slot slot{};
    slot.seq = 2;
    slot.life = 1;
    slot.tid = tid;
    slot.ns_tid = tid;
    slot.pid_namespace = 1;
    slot.tgid = tgid;
    slot.state = static_cast<std::uint8_t>(state);
    slot.since_ns = 1000;
    slot.first_seen_ns = 500;
    slot.wait_syscall = TSA_NO_SYSCALL;
    return slot;
}

Sample read_all(SlotReader& reader, const std::vector<tsa_slot>& slots, std::uint64_t now_ns = 2000) {
    Sample sample;
    sample.now_ns = now_ns;
    reader.read(slots, slots.size(), sample);
    return sample;
}

TEST(DecodeThread, takes_over_each_field) {
    tsa_slot slot = slot_of(7, 5, TSA_CPU_WAIT);
    slot.flags = TSA_F_KTHREAD | TSA_F_PREEMPTED | TSA_F_SEEDED_WAIT | TSA_F_FOLLOWED | TSA_F_COMPAT;
    slot.ns[TSA_LOCK_WAIT] = 77;
    slot.entries[TSA_ZOMBIE] = 3;
    slot.part_ns[TSA_PART_PREEMPTED] = 9;
    slot.start_time_ns = 123456;
    slot.uid = 1000;
    slot.nice = -5;
    slot.rss_bytes = 4096;
    slot.read_bytes = 11;
    slot.write_bytes = 12;
    slot.wait_syscall = 202;
    slot.wait_arg[2] = 2;
    std::memcpy(slot.comm, "fifteen-chars-x", 16);
    const Thread thread = decode_thread(slot);
    EXPECT_EQ(thread.tid, 7U);
    EXPECT_EQ(thread.tgid, 5U);
    EXPECT_EQ(thread.state, ThreadState::cpu_wait);
    EXPECT_TRUE(thread.kernel);
    EXPECT_TRUE(thread.preempted);
    EXPECT_TRUE(thread.since_is_upper_bound);
    EXPECT_TRUE(thread.followed);
    EXPECT_TRUE(thread.wait.compat);
    EXPECT_EQ(thread.ns[index(ThreadState::lock_wait)], 77U);
    EXPECT_EQ(thread.entries[index(ThreadState::zombie)], 3U);
    EXPECT_EQ(thread.part_ns[Part::preempted], 9U);
    EXPECT_EQ(thread.start_time_ns, 123456U);
    EXPECT_EQ(thread.uid, 1000U);
    EXPECT_EQ(thread.nice, -5);
    EXPECT_EQ(thread.rss_bytes, 4096U);
    EXPECT_EQ(thread.read_bytes, 11U);
    EXPECT_EQ(thread.write_bytes, 12U);
    EXPECT_EQ(thread.wait.syscall, 202);
    EXPECT_EQ(thread.wait.args[2], 2U);
    EXPECT_EQ(comm_of(thread), "fifteen-chars-x");
}

TEST(DecodeThread, a_comm_without_its_nul_is_cut_not_overrun) {
    tsa_slot slot = slot_of(7, 5, TSA_EXEC);
    std::memset(slot.comm, 'x', sizeof(slot.comm));
    EXPECT_EQ(comm_of(decode_thread(slot)).size(), 15U);
}

TEST(DecodeThread, unused_gone_and_impossible_slots_are_holes) {
    tsa_slot slot = slot_of(7, 5, TSA_EXEC);
    slot.life = 0;
    EXPECT_EQ(decode_thread(slot).life, 0U);
    slot.life = 1;
    slot.flags = TSA_F_GONE;
    EXPECT_EQ(decode_thread(slot).life, 0U);
    slot.flags = 0;
    slot.state = TSA_STATE_COUNT;
    EXPECT_EQ(decode_thread(slot).life, 0U);
}

TEST(SlotReader, copies_only_what_changed) {
    SlotReader reader;
    std::vector<tsa_slot> slots{slot_of(1, 1, TSA_IDLE), slot_of(2, 2, TSA_IDLE)};
    Sample sample = read_all(reader, slots);
    // Without a new sequence number the old content stays, regardless of the bytes: they cannot have changed.
    slots[0].tid = 99;
    slots[1].tid = 98;
    slots[1].seq += 2;
    reader.read(slots, slots.size(), sample);
    EXPECT_EQ(sample.threads[0].tid, 1U);
    EXPECT_EQ(sample.threads[1].tid, 98U);
}

TEST(SlotReader, a_new_name_alone_is_a_change) {
    SlotReader reader;
    std::vector<tsa_slot> slots{slot_of(1, 1, TSA_IDLE)};
    Sample sample = read_all(reader, slots);
    std::memcpy(slots[0].comm, "renamed", 8);
    slots[0].identity_seq += 2;
    reader.read(slots, slots.size(), sample);
    EXPECT_EQ(comm_of(sample.threads[0]), "renamed");
}

TEST(SlotReader, a_writer_that_never_lets_go_is_counted_and_its_thread_kept_as_it_was) {
    SlotReader reader;
    std::vector<tsa_slot> slots{slot_of(1, 1, TSA_IDLE)};
    Sample sample = read_all(reader, slots);
    slots[0].seq += 1;
    slots[0].tid = 99;
    reader.read(slots, slots.size(), sample);
    EXPECT_EQ(sample.health.torn_reads, 1U);
    EXPECT_EQ(sample.threads[0].tid, 1U);
}

TEST(SlotReader, never_sees_half_of_an_update) {
    // A writer like the probes: both counters are always equal while the sequence is even.
    std::vector<tsa_slot> slots{slot_of(1, 1, TSA_EXEC)};
    std::atomic<bool> stop{false};
    std::thread writer([&] {
        auto* slot = &slots[0];
        for (std::uint64_t i = 0; !stop.load(std::memory_order_relaxed); ++i) {
            __atomic_store_n(&slot->seq, slot->seq + 1, __ATOMIC_RELAXED);
            std::atomic_thread_fence(std::memory_order_seq_cst);
            __atomic_store_n(&slot->ns[TSA_EXEC], i, __ATOMIC_RELAXED);
            __atomic_store_n(&slot->write_bytes, i, __ATOMIC_RELAXED);
            __atomic_store_n(&slot->seq, slot->seq + 1, __ATOMIC_RELEASE);
        }
    });
    SlotReader reader;
    Sample sample;
    sample.now_ns = 2000;
    int torn = 0;
    for (int i = 0; i < 20000; ++i) {
        reader.read(slots, slots.size(), sample);
        torn += sample.threads[0].ns[index(ThreadState::exec)] != sample.threads[0].write_bytes.value_or(0) ? 1 : 0;
    }
    stop = true;
    writer.join();
    EXPECT_EQ(torn, 0);
}

TEST(SlotReader, lists_who_waits_for_a_lock_and_copies_one_of_them_again) {
    SlotReader reader;
    std::vector<tsa_slot> slots{slot_of(1, 1, TSA_LOCK_WAIT), slot_of(2, 2, TSA_IDLE), slot_of(3, 3, TSA_LOCK_WAIT)};
    Sample sample = read_all(reader, slots);
    EXPECT_EQ(std::vector(reader.lock_waiters().begin(), reader.lock_waiters().end()),
              (std::vector<std::uint32_t>{0, 2}));
    slots[0].state = TSA_EXEC;
    reader.read_again(slots, 0, sample);
    EXPECT_EQ(sample.threads[0].state, ThreadState::lock_wait) << "no event, no copy";
    slots[0].seq += 2;
    reader.read_again(slots, 0, sample);
    EXPECT_EQ(sample.threads[0].state, ThreadState::exec);
    slots[2].flags |= TSA_F_GONE;
    slots[2].seq += 2;
    reader.read(slots, slots.size(), sample);
    EXPECT_TRUE(reader.lock_waiters().empty());
}

TEST(DecodeUntracked, closes_open_intervals_over_all_cpus) {
    std::vector<tsa_untracked> cpus(2);
    // Entered idle at 100 on CPU 0, left at 250 on CPU 1; another entered exec at 200 and is still there.
    cpus[0].open_since_sum[TSA_IDLE] += 100;
    cpus[0].open_count[TSA_IDLE] += 1;
    cpus[1].ns[TSA_IDLE] = 150;
    cpus[1].open_since_sum[TSA_IDLE] -= 100;
    cpus[1].open_count[TSA_IDLE] -= 1;
    cpus[1].open_since_sum[TSA_EXEC] += 200;
    cpus[1].open_count[TSA_EXEC] += 1;
    cpus[1].exits = 4;
    const Untracked untracked = decode_untracked(cpus, 1000);
    EXPECT_EQ(untracked.ns[index(ThreadState::idle)], 150U);
    EXPECT_EQ(untracked.ns[index(ThreadState::exec)], 800U);
    EXPECT_EQ(untracked.live_threads, 1U);
    EXPECT_EQ(untracked.exits, 4U);
}

}  // namespace
}  // namespace tsa
