// SPDX-License-Identifier: MIT
// Copies an entry of a table that the drill-down's programs write, while they may be writing it. Pure.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace tsa {

/// `seq` of both is odd during a write and changes with each. `out` is the previous copy, or zero; an unchanged entry
/// is not read again. False: its writer does not finish, and `out` is as before.
template <class Entry>
bool copy_consistent(const Entry& live, Entry& out) {
    static_assert(std::is_trivially_copyable_v<Entry>);
    // A writer holds an entry for some 50 ns with interrupts off.
    constexpr int kMaxTries = 100'000;
    for (int attempt = 0; attempt < kMaxTries; ++attempt) {
        const std::uint32_t seq = __atomic_load_n(&live.seq, __ATOMIC_ACQUIRE);
        if (seq == out.seq) {
            return true;
        }
        if (seq % 2 != 0) {
            continue;
        }
        Entry copy;
        std::memcpy(&copy, &live, sizeof(copy));
        std::atomic_thread_fence(std::memory_order_acquire);
        if (__atomic_load_n(&live.seq, __ATOMIC_RELAXED) == seq) {
            out = copy;
            return true;
        }
    }
    return false;
}

}  // namespace tsa
