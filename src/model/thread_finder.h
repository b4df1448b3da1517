// SPDX-License-Identifier: MIT
// Finds the threads of a sample by identity, many at once.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/flat_map.h"
#include "model/sample.h"

namespace tsa {

/// Where a key is in a list.
struct KeyPlace {
    KeyPlace() = default;
    explicit KeyPlace(const ThreadKey& of) : tid(of.tid), start_time_ns(of.start_time_ns) {}

    std::uint32_t mark = 0;
    std::uint32_t tid = 0;
    std::uint64_t start_time_ns = 0;
    std::uint32_t index = 0;

    [[nodiscard]] ThreadKey key() const { return {tid, start_time_ns}; }
    [[nodiscard]] static std::uint64_t hash(const ThreadKey& key) {
        return flat_hash(flat_hash(key.start_time_ns) ^ key.tid);
    }
};

class ThreadFinder {
  public:
    /// The threads with these keys, in the order of the keys; null: the sample does not have it. Valid until the next
    /// call, and as long as the sample is as it is.
    std::span<const Thread* const> find(std::span<const ThreadKey> keys, const Sample& sample) {
        places_.clear();
        places_.reserve(keys.size());
        for (std::uint32_t at = 0; at < keys.size(); ++at) {
            places_.insert(keys[at]).entry.index = at;
        }
        found_.assign(keys.size(), nullptr);
        for (const Thread& thread : sample.threads) {
            const KeyPlace* place = thread.life != 0 ? places_.find(key_of(thread)) : nullptr;
            if (place != nullptr) {
                found_[place->index] = &thread;
            }
        }
        return found_;
    }

  private:
    FlatMap<KeyPlace> places_;
    std::vector<const Thread*> found_;
};

}  // namespace tsa
