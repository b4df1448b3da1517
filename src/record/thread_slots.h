// SPDX-License-Identifier: MIT
// Which place of a Sample a thread of a recording has: found by its TID. A TID may have several: threads that had it
// one after the other, and a thread that took over its dead leader's TID and start time beside that leader.
#pragma once

#include <cstdint>

#include "base/flat_map.h"
#include "model/thread.h"

namespace tsa {

struct ThreadSlot {
    ThreadSlot() = default;
    explicit ThreadSlot(std::uint32_t of) : tid(of) {}

    std::uint32_t mark = 0;
    std::uint32_t tid = 0;
    std::uint64_t start_time_ns = 0;
    std::uint32_t slot = 0;

    [[nodiscard]] std::uint32_t key() const { return tid; }
    [[nodiscard]] static std::uint64_t hash(std::uint32_t tid) { return flat_hash(tid); }
};

class ThreadSlots {
  public:
    void insert(const ThreadKey& key, std::uint32_t slot) {
        ThreadSlot& entry = entries_.add(key.tid);
        entry.start_time_ns = key.start_time_ns;
        entry.slot = slot;
    }
    void erase(const ThreadKey& key, std::uint32_t slot) {
        const auto is_it = [&](const ThreadSlot& one) {
            return one.start_time_ns == key.start_time_ns && one.slot == slot;
        };
        if (ThreadSlot* entry = entries_.find_if(key.tid, is_it)) {
            entries_.erase(entry);
        }
    }
    void clear() { entries_.clear(); }
    [[nodiscard]] std::size_t size() const { return entries_.size(); }

    /// Calls `take(key, slot)` for each thread of that TID.
    template <class Take>
    void for_each(std::uint32_t tid, Take take) const {
        entries_.for_each(tid, [&](const ThreadSlot& one) { take(ThreadKey{tid, one.start_time_ns}, one.slot); });
    }

  private:
    static constexpr std::size_t kFirstPlaces = 1024;

    FlatMap<ThreadSlot> entries_{kFirstPlaces};
};

}  // namespace tsa
