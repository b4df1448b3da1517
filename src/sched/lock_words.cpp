// See lock_words.h.
#include "sched/lock_words.h"

#include "tsa_futex.h"

namespace tsa {

namespace {

/// glibc's pthread_mutex_t in its layouts for 64-bit and 32-bit programs.
struct MutexLayout {
    std::size_t owner, users, kind;
};
constexpr MutexLayout kMutex64{2, 3, 4};
constexpr MutexLayout kMutex32{2, 4, 3};

/// Other locks sleep on the same value, but have other data where glibc stores the owner.
bool looks_like_a_held_mutex(const MutexLayout& layout, const std::uint32_t* words) {
    const std::uint32_t users = words[layout.users];
    return words[0] != 0 && users >= 1 && users <= TSA_FUTEX_MOST_USERS &&
           (words[layout.kind] & ~TSA_FUTEX_MUTEX_KINDS) == 0;
}

}  // namespace

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
            return words[wait.compat ? 5 : 4] & TSA_FUTEX_TID_MASK;
        case FutexKind::rwlock_writer:
            return words[wait.compat ? 4 : 3] & TSA_FUTEX_TID_MASK;
        case FutexKind::mutex:
        case FutexKind::mutex_with_owner: {
            const MutexLayout& layout = wait.compat ? kMutex32 : kMutex64;
            return looks_like_a_held_mutex(layout, words) ? words[layout.owner] & TSA_FUTEX_TID_MASK : 0;
        }
        default:
            return 0;
    }
}

bool is_shared_lock(const Wait& wait) {
    return tsa_futex_is_private(wait.args[1]) == 0;
}

}  // namespace tsa
