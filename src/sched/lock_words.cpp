// SPDX-License-Identifier: MIT
// See lock_words.h.
#include "sched/lock_words.h"

#include "tsa_futex.h"

namespace tsa {

bool has_lock_words(const Wait& wait) {
    const FutexKind kind = wait.kind;
    return wait.kernel_lock ||
           (kind != FutexKind::file_lock && kind != FutexKind::semaphore_set && kind != FutexKind::python_gil);
}

tsa_lock_kind lock_kind_of(const Wait& wait) {
    if (!wait.kernel_lock) {
        return TSA_LOCK_USER;
    }
    const std::uint64_t kind = wait.args[1];
    return kind == TSA_LOCK_KERNEL_MUTEX || kind == TSA_LOCK_KERNEL_RWSEM ? static_cast<tsa_lock_kind>(kind)
                                                                          : TSA_LOCK_KERNEL_OTHER;
}

std::uint32_t holder_in(const Wait& wait, const std::uint32_t* words) {
    if (wait.kernel_lock) {
        return words[0];
    }
    switch (wait.kind) {
        case FutexKind::owner_in_word:
            return words[0] & TSA_FUTEX_TID_MASK;
        case FutexKind::rwlock_reader:
            return tsa_futex_rwlock_writer(words, 1, wait.compat ? 1 : 0);
        case FutexKind::rwlock_writer:
            return tsa_futex_rwlock_writer(words, 0, wait.compat ? 1 : 0);
        case FutexKind::mutex:
        case FutexKind::mutex_with_owner:
            return words[0] != 0 ? tsa_futex_mutex_owner(words, wait.compat ? 1 : 0) : 0;
        default:
            return 0;
    }
}

bool is_shared_lock(const Wait& wait) {
    return tsa_futex_is_private(wait.args[1]) == 0;
}

}  // namespace tsa
