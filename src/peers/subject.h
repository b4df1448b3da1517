// SPDX-License-Identifier: MIT
// What a blocked thread's system call is about, by its number and arguments: which descriptor, array or lock must be
// looked up for a label. Pure. The state does not matter: only the call does.
#pragma once

#include <cstdint>

#include "model/thread.h"

namespace tsa {

enum class SubjectKind : std::uint8_t {
    none,  ///< nothing can be said beyond the call
    descriptor,
    epoll,
    poll,
    select,
    flock,
    fcntl_lock,
    semaphore,
    child,
    join,
    path,   ///< a call that has a path: only what serves the file system is of interest
    fault,  ///< a page of a mapped file that a process serves (FUSE)
};

struct Subject {
    SubjectKind kind = SubjectKind::none;
    bool writes = false;         ///< descriptor: it waits for room
    bool open_file = false;      ///< fcntl_lock: of the open file description, F_OFD_SETLKW
    std::int32_t fd = -1;        ///< descriptor, epoll, locks; path: the directory, or AT_FDCWD
    std::uint64_t address = 0;   ///< of the pollfds; of the set of readers; of the sembufs; of the path
    std::uint64_t address2 = 0;  ///< of the set of writers
    std::uint64_t count = 0;     ///< of pollfds, descriptors of a set, or sembufs
    std::int64_t id = 0;         ///< of the semaphores; child: the process, -1 for any

    friend bool operator==(const Subject&, const Subject&) = default;
};

/// Whether an equal subject is the same object: not memory, whose content may be another one by then.
[[nodiscard]] constexpr bool names_an_object(const Subject& subject) {
    using enum SubjectKind;
    return subject.kind == descriptor || subject.kind == epoll || subject.kind == flock || subject.kind == fcntl_lock ||
           subject.kind == semaphore;
}

/// Whether a look at it reads the waiter's memory or its map, which may hang.
[[nodiscard]] constexpr bool reads_memory(const Subject& subject) {
    using enum SubjectKind;
    return subject.kind == poll || subject.kind == select || subject.kind == semaphore || subject.kind == path ||
           subject.kind == fault;
}

[[nodiscard]] Subject subject_of(const Thread& thread);

}  // namespace tsa
