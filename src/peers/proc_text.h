// SPDX-License-Identifier: MIT
// Parsers of what /proc says of descriptors and locks: links, fdinfo, locks. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tsa {

/// What a descriptor refers to, by the link /proc/TID/fd/N.
enum class FileType : std::uint8_t { socket, pipe, epoll, eventfd, timerfd, signalfd, inotify, terminal, file, other };

struct FileLink {
    FileType type = FileType::other;
    std::uint64_t inode = 0;  ///< of sockets and pipes
    std::string_view name;    ///< a path; of an anonymous file its kind: "io_uring"
    bool deleted = false;     ///< the path's file has no name any more
};
[[nodiscard]] FileLink parse_link(std::string_view link);

/// One number and name for types that are counted in a set: "3 sockets, 1 timer".
[[nodiscard]] std::string_view type_name(FileType type, bool plural);

/// A member of an epoll set: a "tfd:" line of fdinfo.
struct EpollMember {
    std::int32_t fd = -1;
    std::uint32_t device = 0;  ///< as the kernel has it: major << 20 | minor
    std::uint64_t inode = 0;
};

struct FdInfo {
    std::optional<std::uint64_t> mount_id;
    std::optional<std::uint64_t> inode;  ///< Linux 5.14
    std::optional<std::uint32_t> fuse_connection;
    bool has_lock = false;  ///< the open file description has a lock: "lock:" lines
    std::vector<EpollMember> members;
    std::uint64_t members_left_out = 0;
};
inline constexpr std::size_t kMaxEpollMembers = 512;
/// Fills `out`, whose memory is reused.
void parse_fdinfo(std::string_view text, FdInfo& out);

/// The file of a lock. 0 for both: none.
struct LockedFile {
    std::uint32_t major = 0, minor = 0;
    std::uint64_t inode = 0;

    bool operator==(const LockedFile&) const = default;
    [[nodiscard]] bool valid() const { return inode != 0; }
};

/// A line of /proc/locks, which fdinfo has as well for the locks of an open file. Views into the text.
struct LockLine {
    std::string_view number;  ///< "3:": shared by a lock and those that wait for it
    bool waits = false;
    std::string_view type;  ///< FLOCK, POSIX, OFDLCK, LEASE
    std::string_view mode;  ///< READ, WRITE
    std::int64_t pid = 0;   ///< -1: of an open file description
    LockedFile file;
    std::string_view begin, end;  ///< bytes; the end is included, or EOF
};
/// "3: -> POSIX  ADVISORY  WRITE 4711 08:01:131 0 EOF"
[[nodiscard]] std::optional<LockLine> parse_lock(std::string_view line);
/// The first one of the text, which is taken off with all before it; absent at the end.
[[nodiscard]] std::optional<LockLine> next_lock(std::string_view& locks);

/// Who holds the lock that a process waits for, from /proc/locks.
struct LockHolder {
    bool waits = false;    ///< the process's line with "->" is there
    std::int64_t pid = 0;  ///< of the holder's line; -1: an open file description's lock; 0: none
};
/// `flock`: a lock of flock(2); else one of fcntl(2). `open_file`: of F_OFD_SETLKW, whose waiters have no PID.
[[nodiscard]] LockHolder find_lock_holder(std::string_view locks, const LockedFile& file, bool flock, bool open_file,
                                          std::uint32_t tgid);

/// Of a mount in /proc/TID/mountinfo. Views into the text.
struct MountLine {
    std::uint64_t id = 0;
    std::uint32_t major = 0, minor = 0;
    std::string_view point;
    std::string_view type;
    std::string_view source;
};
/// A line of /proc/PID/mountinfo; absent if it is none.
[[nodiscard]] std::optional<MountLine> parse_mount(std::string_view line);
[[nodiscard]] std::optional<MountLine> find_mount(std::string_view mountinfo, std::uint64_t id);

/// The file system of a line of /proc/PID/maps; 0:0 where no file is mapped.
struct MappedDevice {
    std::uint32_t major = 0, minor = 0;
};
[[nodiscard]] std::optional<MappedDevice> device_in_maps(std::string_view line);

}  // namespace tsa
