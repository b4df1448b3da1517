// Which place of a Sample a thread of a recording has: found by TID and start time, or by the TID alone. Open
// addressing; no allocation once it has had its largest size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/sample.h"

namespace tsa {

class ThreadSlots {
  public:
    ThreadSlots() : entries_(kSmallest) {}

    /// The same key may stand there with several slots: a thread that took over its dead leader's, and that leader.
    void insert(const ThreadKey& key, std::uint32_t slot);
    /// Of an entry that is there.
    void erase(const ThreadKey& key, std::uint32_t slot);
    void clear();
    [[nodiscard]] std::size_t size() const { return size_; }

    /// Calls `take(key, slot)` for each thread of that TID.
    template <class Take>
    void for_each(std::uint32_t tid, Take take) const {
        for (std::size_t at = home(tid); entries_[at].used; at = next(at)) {
            if (entries_[at].key.tid == tid) {
                take(entries_[at].key, entries_[at].slot);
            }
        }
    }

  private:
    struct Entry {
        ThreadKey key;
        std::uint32_t slot = 0;
        bool used = false;
    };
    static constexpr std::size_t kSmallest = 1024;  // powers of two

    [[nodiscard]] std::size_t home(std::uint32_t tid) const {
        constexpr std::uint32_t kHashFactor = 2654435769U;  // 2^32 / golden ratio
        const std::uint32_t hash = tid * kHashFactor;
        return (hash ^ hash >> 15U) & (entries_.size() - 1);
    }
    [[nodiscard]] std::size_t next(std::size_t at) const { return (at + 1) & (entries_.size() - 1); }
    void grow();

    std::vector<Entry> entries_;
    std::size_t size_ = 0;
};

}  // namespace tsa
