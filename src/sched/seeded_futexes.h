// SPDX-License-Identifier: MIT
// Judges futex waits that began before the probes. The seeding iterator has only their registers: an iterator that
// reads other processes' memory may block on one of them for ever. So the memory is read afterwards, on the side thread
// of the lock reader, and the verdict is the same as the classifier's. Pure except for the injected functions.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>

#include "tsa.h"
#include "tsa_locks.h"

namespace tsa {

/// How long the start of the probes waits for it, on a busy machine or if a process hangs; else it takes 1 ms. What is
/// not read by then keeps the verdict on its registers.
inline constexpr std::chrono::nanoseconds kSeededFutexTime = std::chrono::milliseconds(200);
/// Waits that are judged at most.
inline constexpr std::size_t kMostSeededFutexes = 4096;

/// Access to the system; replaced in tests.
struct SeededFutexAccess {
    /// As LockReader::read; at most TSA_MAX_LOCKS queries.
    std::function<void(std::span<tsa_lock_query> queries, std::chrono::nanoseconds within)> read;
    /// Nanoseconds of CLOCK_MONOTONIC.
    std::function<std::uint64_t()> clock;
    /// Whether system call `number` of a 32-bit (`compat`) or native program is futex(2).
    std::function<bool(std::int32_t number, bool compat)> is_futex;
};

/// Sets seeded_state, seeded_kind and seeded_peer of slots whose verdict differs with the memory read. Safe while the
/// probes write: they read these fields only to end a seeded wait, and write none of them.
void judge_seeded_futexes(std::span<tsa_slot> slots, const SeededFutexAccess& access);

}  // namespace tsa
