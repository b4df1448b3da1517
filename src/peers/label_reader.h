// SPDX-License-Identifier: MIT
// Looks labels up: which socket, pipe, set of descriptors or lock an open wait is about, and which process is at the
// other end. Runs on a separate thread (label_thread.h), because reads of other processes may block. Answers nothing
// rather than guess.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "peers/label_query.h"
#include "peers/owners.h"
#include "peers/proc_files.h"
#include "peers/sock_diag.h"

namespace tsa {

class LabelReader {
  public:
    LabelReader();

    /// Before the answers of one refresh: what they share is read again.
    void begin();
    /// Passes over all processes end soon after `until_ns`; such an answer is incomplete.
    void answer(const LabelQuery& query, std::uint64_t until_ns, LabelAnswer& out);

  private:
    /// A label in the making.
    struct Draft {
        std::string text;
        PeerPlace place = PeerPlace::none;
        Openers peers;
        bool served = false;
        bool too_slow = false;
        bool incomplete = false;

        void add_peers(const std::optional<Openers>& found, PeerPlace where);
    };
    enum class Direction : std::uint8_t { reads, writes, unknown };
    struct Inet {
        std::vector<InetSocket> sockets;  // by inode
        std::uint64_t at_ns = 0;          // when they were listed
    };

    // label_reader.cpp: single descriptors
    void describe(std::int32_t fd, Direction direction, Draft& draft);
    void describe_pipe(const FileLink& link, std::int32_t fd, Direction direction, Draft& draft);
    void describe_file(const FileLink& link, std::int32_t fd, Draft& draft);
    // sockets.cpp
    void describe_socket(std::uint64_t inode, std::int32_t fd, Direction direction, Draft& draft);
    void describe_inet(std::uint64_t inode, bool tcp, Direction direction, Draft& draft);
    void describe_unix(std::uint64_t inode, Direction direction, Draft& draft);
    [[nodiscard]] const InetSocket* find_inet(std::uint64_t inode, bool tcp, bool& incomplete);
    // sets.cpp: epoll, poll, select
    void describe_epoll(std::int32_t fd, Draft& draft);
    void describe_poll(const Subject& subject, Draft& draft);
    void describe_select(const Subject& subject, Draft& draft);
    void describe_set(std::string_view call, std::vector<std::int32_t>& fds, Draft& draft);
    // locks.cpp
    void describe_file_lock(const Subject& subject, Draft& draft, LockReading& lock);
    [[nodiscard]] bool find_file_holder(const Subject& subject, LockReading& lock, bool search);
    void describe_semaphore(const Subject& subject, Draft& draft, LockReading& lock, bool& is_lock);
    [[nodiscard]] LockedFile locked_file(std::int32_t fd);
    [[nodiscard]] bool in_own_ipc_namespace();
    // fuse.cpp
    bool describe_fuse(const MountLine& mount, Draft& draft);
    void describe_path(const Subject& subject, Draft& draft);
    void describe_fault(Draft& draft);

    ProcFiles files_, other_files_;  // two, since a result is valid until the next call
    OwnerIndex owners_;
    SockDiag diag_;
    std::array<Inet, 2> inet_;  // UDP, TCP
    std::string locks_;         // /proc/locks
    bool locks_read_ = false;
    std::string ipc_namespace_;
    std::uint32_t socket_device_ = 0, pipe_device_ = 0;  // of their file systems
    std::vector<std::int32_t> fds_;
    std::vector<std::uint64_t> words_;
    // Of the query that is answered.
    LabelQuery query_;
    std::uint64_t until_ns_ = 0;
};

}  // namespace tsa
