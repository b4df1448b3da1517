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

/// Slots with marks, as the probes leave them.
class MarkedSlots {
  public:
    explicit MarkedSlots(std::size_t count) : slots_(count), marks_(count / TSA_CHANGES + 1) {
        for (std::size_t i = 0; i < count; ++i) {
            slots_[i] = slot_of(static_cast<std::uint32_t>(i + 1), 1, TSA_IDLE);
        }
        reader_.use_marks(marks_, reading_);
    }
    void change(std::size_t index, std::uint32_t tid, bool marked = true) {
        slots_[index].tid = tid;
        slots_[index].seq += 2;
        marks_[index / TSA_CHANGES].changed[index % TSA_CHANGES] |= marked ? 1 : 0;
    }
    void read(Sample& sample) { reader_.read(slots_, slots_.size(), sample); }
    std::vector<tsa_slot>& slots() { return slots_; }
    [[nodiscard]] const tsa_reading& reading() const { return reading_; }

  private:
    std::vector<tsa_slot> slots_;
    std::vector<tsa_changes> marks_;
    tsa_reading reading_{};
    SlotReader reader_;
};

TEST(SlotReader, looks_at_marked_slots_only) {
    MarkedSlots machine(200);
    Sample samples[2];
    machine.read(samples[0]);
    machine.read(samples[1]);
    machine.read(samples[0]);
    machine.change(7, 1007);
    machine.change(150, 1150);
    machine.change(151, 1151, false);
    machine.read(samples[1]);
    EXPECT_EQ(samples[1].threads[7].tid, 1007U);
    EXPECT_EQ(samples[1].threads[150].tid, 1150U);
    EXPECT_EQ(samples[1].threads[151].tid, 152U) << "it was looked at without a mark";
    EXPECT_EQ(samples[1].changed, (std::vector<std::uint32_t>{7, 150}));
}

TEST(SlotReader, brings_both_samples_up_to_date) {
    MarkedSlots machine(10);
    Sample samples[2];
    for (std::uint32_t i = 0; i < 100; ++i) {
        Sample& sample = samples[i % 2];
        machine.change(i % 10, 2000 + i);
        machine.read(sample);
        for (std::size_t slot = 0; slot < 10; ++slot) {
            EXPECT_EQ(sample.threads[slot].tid, machine.slots()[slot].tid);
        }
        EXPECT_EQ(machine.reading().round, sample.round);
    }
    Sample old;
    machine.read(old);
    EXPECT_EQ(old.threads[3].tid, machine.slots()[3].tid) << "a sample of no round is filled whole";
    for (int i = 0; i < 4; ++i) {
        machine.change(3, 3000 + static_cast<std::uint32_t>(i));
        machine.read(samples[i % 2]);
    }
    machine.read(old);
    EXPECT_EQ(old.threads[3].tid, 3003U) << "so is one of a round long past";
}

/// A probe that read the count of rounds just before a round began does not mark its slot again.
TEST(SlotReader, sees_a_change_that_came_with_the_beginning_of_a_round) {
    MarkedSlots machine(10);
    Sample samples[2];
    machine.read(samples[0]);
    machine.read(samples[1]);
    machine.change(5, 5000);
    machine.read(samples[0]);
    machine.change(5, 5001, false);
    machine.read(samples[1]);
    EXPECT_EQ(samples[1].threads[5].tid, 5001U);
    machine.read(samples[0]);
    EXPECT_EQ(samples[0].threads[5].tid, 5001U);
}

TEST(SlotReader, reads_a_torn_slot_again_without_a_new_mark) {
    MarkedSlots machine(10);
    Sample samples[2];
    machine.read(samples[0]);
    machine.read(samples[1]);
    machine.slots()[4].seq += 1;
    machine.change(4, 4000);
    machine.read(samples[0]);
    EXPECT_EQ(samples[0].health.torn_reads, 1U);
    EXPECT_EQ(samples[0].threads[4].tid, 5U);
    machine.slots()[4].seq += 1;
    for (int i = 1; i < 8; ++i) {
        machine.read(samples[i % 2]);
        EXPECT_EQ(samples[i % 2].threads[4].tid, 4000U);
    }
}

/// Against a writer on another CPU that marks as the probes do: each sample's threads are never older than what was
/// written before the reading before it.
TEST(SlotReader, misses_no_change_of_a_writer_beside_it) {
    std::vector<tsa_slot> slots{slot_of(1, 1, TSA_EXEC)};
    std::vector<tsa_changes> marks(1);
    tsa_reading reading{};
    SlotReader reader;
    reader.use_marks(marks, reading);
    std::atomic<bool> stop{false};
    std::atomic<std::uint64_t> written{0};
    std::thread writer([&] {
        auto* slot = &slots[0];
        TSA_U32 noted = 0;
        for (std::uint64_t i = 1; !stop.load(std::memory_order_relaxed); ++i) {
            __atomic_store_n(&slot->seq, slot->seq + 1, __ATOMIC_RELAXED);
            std::atomic_thread_fence(std::memory_order_seq_cst);
            __atomic_store_n(&slot->ns[TSA_EXEC], i, __ATOMIC_RELAXED);
            __atomic_store_n(&slot->seq, slot->seq + 1, __ATOMIC_RELEASE);
            const TSA_U32 round = __atomic_load_n(&reading.round, __ATOMIC_RELAXED);
            if (noted != round) {
                noted = round;
                __atomic_store_n(&marks[0].changed[0], TSA_U8{1}, __ATOMIC_RELEASE);
            }
            written.store(i, std::memory_order_release);
        }
    });
    Sample samples[2];
    std::uint64_t before = 0;
    int missed = 0;
    for (int i = 0; i < 20000; ++i) {
        Sample& sample = samples[i % 2];
        const std::uint64_t at_least = before;
        before = written.load(std::memory_order_acquire);
        sample.now_ns = 2000;
        reader.read(slots, slots.size(), sample);
        missed += sample.threads[0].ns[index(ThreadState::exec)] < at_least ? 1 : 0;
    }
    stop = true;
    writer.join();
    EXPECT_EQ(missed, 0);
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
