// SPDX-License-Identifier: MIT
// Finds the holder of a lock from its words. Pure: memory contents in, a TID out.
#pragma once

#include <cstdint>

#include "tsa_locks.h"

#include "model/thread.h"

namespace tsa {

/// Whether the lock has memory that can be read: not a file lock, a System V semaphore
/// or CPython's interpreter lock, which says nothing about its holder.
[[nodiscard]] bool has_lock_words(const Wait& wait);

/// How to read the memory of the lock that a thread waits for. `wait` is that of a thread in lock_wait.
[[nodiscard]] tsa_lock_kind lock_kind_of(const Wait& wait);

/// The holder named by the lock's words, in the waiter's PID namespace; for kernel locks in the initial one. 0: none,
/// or the lock stores no owner, or the words do not match a known lock type. `words`: TSA_LOCK_WORDS of them, from the
/// address that the thread waits at.
[[nodiscard]] std::uint32_t holder_in(const Wait& wait, const std::uint32_t* words);

/// Whether threads of other processes may hold the lock: a futex that is not private.
[[nodiscard]] bool is_shared_lock(const Wait& wait);

}  // namespace tsa
