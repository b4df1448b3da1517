// What the words of a lock say about its holder. Pure: the bytes that were read in, a TID out.
#pragma once

#include <cstdint>

#include "model/sample.h"
#include "tsa_locks.h"

namespace tsa {

/// How the memory of the lock that a thread waits for is to be read. `wait` is that of a thread in lock_wait.
[[nodiscard]] tsa_lock_kind lock_kind_of(const Wait& wait);

/// The holder as the lock's words name it, in the PID namespace of the waiter; of a lock of the kernel in the first
/// one. 0: none, or the lock keeps no owner, or the words are not those of a lock that is known.
/// `words`: TSA_LOCK_WORDS of them, from the address that the thread waits at.
[[nodiscard]] std::uint32_t holder_in(const Wait& wait, const std::uint32_t* words);

/// Whether threads of other processes may hold the lock: a futex that is not private.
[[nodiscard]] bool is_shared_lock(const Wait& wait);
/// A futex in whose word the kernel itself keeps the owner.
[[nodiscard]] bool is_pi_lock(const Wait& wait);

}  // namespace tsa
