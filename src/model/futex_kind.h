// SPDX-License-Identifier: MIT
// What a wait is for, beyond its state and its system call, and how it is labeled.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tsa_wait_kinds.h"

namespace tsa {

/// With the values of `enum tsa_wait_kind` in bpf/tsa.h: both are made from one list.
enum class FutexKind : std::uint8_t {
#define TSA_WAIT_KIND(name, NAME) name,
    TSA_WAIT_KIND_LIST(TSA_WAIT_KIND)
#undef TSA_WAIT_KIND
};

#define TSA_WAIT_KIND(name, NAME) +1  // NOLINT(bugprone-macro-parentheses): a term of the sum
inline constexpr std::size_t kFutexKinds = 0 TSA_WAIT_KIND_LIST(TSA_WAIT_KIND);
#undef TSA_WAIT_KIND

struct FutexKindInfo {
    FutexKind kind;
    std::string_view label;  ///< empty: nothing to say beyond the system call and the state
};

inline constexpr std::array<FutexKindInfo, kFutexKinds> kFutexKindTable{{
    {FutexKind::none, ""},
    {FutexKind::mutex, ""},
    {FutexKind::mutex_with_owner, ""},
    {FutexKind::owner_in_word, ""},
    {FutexKind::rwlock, "rwlock"},
    {FutexKind::rwlock_reader, "rwlock"},
    {FutexKind::rwlock_writer, "rwlock"},
    {FutexKind::condition, "condition variable"},
    {FutexKind::semaphore, "semaphore"},
    {FutexKind::barrier, "barrier"},
    {FutexKind::join, "join"},
    {FutexKind::file_lock, "file lock"},
    {FutexKind::semaphore_set, "SysV semaphore"},
    {FutexKind::python_gil, "python gil"},
    {FutexKind::mmap_lock, "mmap_lock"},
    {FutexKind::userfault, "userfaultfd"},
    {FutexKind::frozen, "frozen"},
    {FutexKind::traced, "traced"},
    {FutexKind::idle_task, ""},
    {FutexKind::disk_sleep, ""},
}};

static_assert(
    [] {
        for (std::size_t i = 0; i < kFutexKinds; ++i) {
            if (static_cast<std::size_t>(kFutexKindTable[i].kind) != i) {
                return false;
            }
        }
        return true;
    }(),
    "a row for each kind of TSA_WAIT_KIND_LIST, in the same order");

[[nodiscard]] constexpr std::string_view label_of(FutexKind kind) {
    return kFutexKindTable[static_cast<std::size_t>(kind)].label;
}

}  // namespace tsa
