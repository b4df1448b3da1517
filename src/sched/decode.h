// The pure half of src/sched: the bytes of thread slots in, a Sample's threads out. Works on any memory that looks like
// the slot array, so tests and benchmarks feed it literals; src/sched/probe.cpp feeds it the kernel's.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "model/sample.h"
#include "tsa.h"

namespace tsa {

/// Copies a slot that its writer may be changing, with the sequence counts of that copy; false when the writer never
/// let go: a virtual CPU that lost its host CPU inside.
[[nodiscard]] bool copy_consistent(const tsa_slot& slot, tsa_slot& out, std::uint64_t& version);

/// One consistent copy of a slot, as a thread. A slot that was never used, or whose final record was sent, gives life
/// 0. Who holds the lock that it waits for is not in it (see holders.h).
[[nodiscard]] Thread decode_thread(const tsa_slot& slot);

/// Sum of all CPUs' accounts of threads without a slot, open intervals closed at now_ns.
[[nodiscard]] Unlisted decode_unlisted(std::span<const tsa_unslotted> per_cpu, std::uint64_t now_ns);

/// Reads the slot array while the kernel writes it, without a lock or a system call.
class SlotReader {
  public:
    /// Brings sample.threads and sample.versions up to date with the first `used` slots: copies only slots whose
    /// sequence moved since this Sample last held them. Adds to sample.health.torn_reads. sample.now_ns must be set
    /// to a clock reading from before the call.
    void read(std::span<const tsa_slot> slots, std::size_t used, Sample& sample);

    /// Copies one of those slots again if its thread had an event since. Its open interval then is closed at that
    /// event.
    void read_again(std::span<const tsa_slot> slots, std::size_t index, Sample& sample);

    /// Indices of the threads that the last read() found waiting for a lock, in order.
    [[nodiscard]] std::span<const std::uint32_t> lock_waiters() const { return lock_waiters_; }

    /// Gives kernel addresses their names; called after the pass over the slots, once per wait that has one.
    void set_namer(std::function<std::string_view(std::uint64_t)> namer) { namer_ = std::move(namer); }

    /// Processes that count as followed beside those that the probes marked.
    void set_followed(std::uint32_t tgid) { followed_tgid_ = tgid; }

  private:
    void copy(const tsa_slot& slot, std::size_t index, Sample& sample);
    void list_lock_waiters();
    void resolve_names(Sample& sample);

    std::vector<std::uint8_t> waits_for_lock_;  // by index: 1 or 0
    std::vector<std::uint32_t> lock_waiters_;
    std::vector<std::uint32_t> unnamed_;  // indices whose wait got a new kernel address in this pass
    std::function<std::string_view(std::uint64_t)> namer_;
    std::uint32_t followed_tgid_ = 0;
};

}  // namespace tsa
