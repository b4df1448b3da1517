// SPDX-License-Identifier: MIT
// The pure half of src/sched: decodes the bytes of thread slots into the threads of a Sample. Works on any memory with
// the layout of the slot array: tests and benchmarks pass literals, src/sched/probe.cpp passes the kernel's map.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "model/sample.h"
#include "tsa.h"

namespace tsa {

/// Copies a slot that may be changing, with the sequence counts of that copy; false if the writer did not finish: a
/// virtual CPU lost its host CPU while writing.
[[nodiscard]] bool copy_consistent(const tsa_slot& slot, tsa_slot& out, std::uint64_t& version);

/// Converts a consistent copy of a slot to a thread. A slot that was never used, or whose final record was sent, gives
/// life 0. Does not set the lock holder (see holders.h).
[[nodiscard]] Thread decode_thread(const tsa_slot& slot);

/// Sum of all CPUs' totals of untracked threads, with open intervals closed at now_ns.
[[nodiscard]] Untracked decode_untracked(std::span<const tsa_untracked> per_cpu, std::uint64_t now_ns);

/// Reads the slot array while the kernel writes it, without locks or system calls.
class SlotReader {
  public:
    /// From now on read() looks only at slots with a mark: see tsa_changes. The marks, one for each slot, and the round
    /// must stay valid.
    void use_marks(std::span<tsa_changes> marks, tsa_reading& reading);

    /// Updates sample.threads, sample.versions and sample.changed from the first `used` slots: copies only slots whose
    /// sequence changed since this Sample last copied them. Adds to sample.health.torn_reads. sample.now_ns must be a
    /// clock reading from before the call. With marks, all samples must be filled by this reader only.
    void read(std::span<const tsa_slot> slots, std::size_t used, Sample& sample);

    /// User space has changed a slot itself.
    void mark(std::size_t index);

    /// Copies one of those slots again if its thread had an event since. Its open interval is then closed at that
    /// event.
    void read_again(std::span<const tsa_slot> slots, std::size_t index, Sample& sample);

    /// Indices of the threads that were waiting for a lock at the last read(), in order.
    [[nodiscard]] std::span<const std::uint32_t> lock_waiters() const { return lock_waiters_; }

    /// Indices of the threads that the last read() copied in a futex wait that is not known to be a lock.
    [[nodiscard]] std::span<const std::uint32_t> new_sync_waiters() const { return new_sync_waiters_; }

    /// TIDs by index, as the last reading left them; 0: no thread.
    [[nodiscard]] std::span<const std::uint32_t> tids() const { return tids_; }

    /// By index: 1 where the last read() found a thread that is dead, or whose final record was sent.
    [[nodiscard]] std::span<const std::uint8_t> dead() const { return dead_; }

    /// Names kernel addresses; called after the pass over the slots, once per wait with an address.
    void set_namer(std::function<std::string_view(std::uint64_t)> namer) { namer_ = std::move(namer); }

    /// Processes that count as followed in addition to those marked by the probes.
    void set_followed(std::uint32_t tgid) { followed_tgid_ = tgid; }

  private:
    /// Two samples take turns: one was last filled two rounds ago, and what was marked in the round before that reading
    /// may have changed at the very moment of it.
    static constexpr std::size_t kRounds = 3;

    void take_marks(std::size_t used);
    void read_all(std::span<const tsa_slot> slots, std::size_t used, Sample& sample);
    void read_marked(std::span<const tsa_slot> slots, Sample& sample);
    void copy(const tsa_slot& slot, std::size_t index, Sample& sample);
    void list_lock_waiters();
    void resolve_names(Sample& sample);

    std::span<tsa_changes> marks_;  // empty: none are made
    tsa_reading* reading_ = nullptr;
    std::uint64_t round_ = 0;
    std::array<std::vector<std::uint32_t>, kRounds> marked_;  // indices, by round modulo kRounds
    std::vector<std::uint32_t> tids_;
    std::vector<std::uint8_t> dead_;            // by index: 1 or 0
    std::vector<std::uint8_t> waits_for_lock_;  // by index: 1 or 0
    std::vector<std::uint32_t> lock_waiters_;
    std::vector<std::uint32_t> new_sync_waiters_;
    std::vector<std::uint32_t> unnamed_;  // indices whose wait got a new kernel address in this pass
    std::function<std::string_view(std::uint64_t)> namer_;
    std::uint32_t followed_tgid_ = 0;
};

}  // namespace tsa
