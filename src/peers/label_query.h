// SPDX-License-Identifier: MIT
// What is asked about one open wait, and the answer: the text of a label but for the names of processes, which the
// asker knows. Trivially copyable: shared with the thread that looks it up.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "model/wait_labels.h"
#include "peers/proc_text.h"
#include "peers/subject.h"

namespace tsa {

/// Where the process goes in the text of a label.
enum class PeerPlace : std::uint8_t {
    none,
    in_parentheses,  ///< "tcp 127.0.0.1:5432 (postgres 1479)"
    after,           ///< "pipe to 4110 head"
};

/// The holder of a file lock or a semaphore.
struct LockReading {
    LockedFile file;         ///< of file locks
    std::uint32_t tgid = 0;  ///< 0: not known
    std::int32_t fd = -1;    ///< of an open file description's lock: the holder's descriptor
};

struct LabelQuery {
    Subject subject;
    std::uint32_t tid = 0;
    std::uint32_t tgid = 0;
    std::uint64_t since_ns = 0;
    bool holder_only = false;  ///< the label is known: who holds the lock now?
    LockReading lock;          ///< the last answer, with holder_only
};

struct LabelAnswer {
    std::uint32_t done = 0;  ///< set last, so that the answers so far can be used
    std::array<char, kMaxLabelBytes> bytes{};
    std::uint8_t size = 0;
    PeerPlace place = PeerPlace::none;
    bool served = false;          ///< a process serves its file system
    bool too_slow = false;        ///< it waits for room, and the peer is who makes room
    bool is_lock = false;         ///< a wait for a lock
    bool incomplete = false;      ///< the processes are not known yet: ask again
    std::uint32_t peer_tgid = 0;  ///< the only or first process at the other end; 0: not known
    std::uint32_t peers = 0;      ///< how many processes
    LockReading lock;

    [[nodiscard]] std::string_view text() const { return {bytes.data(), size}; }
};

}  // namespace tsa
