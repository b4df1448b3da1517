// SPDX-License-Identifier: MIT
// See proc_text.h.
#include "peers/proc_text.h"

#include <algorithm>
#include <array>

#include "base/scan.h"

namespace tsa {

namespace {

void skip_field(std::string_view& line) {
    [[maybe_unused]] const std::string_view skipped = next_field(line);
}

struct TypeNames {
    FileType type;
    std::string_view one, several;
};

/// In the order in which a set's members are counted.
constexpr std::array kTypeNames = std::to_array<TypeNames>({
    {FileType::socket, "socket", "sockets"},
    {FileType::pipe, "pipe", "pipes"},
    {FileType::epoll, "epoll", "epolls"},
    {FileType::eventfd, "eventfd", "eventfds"},
    {FileType::timerfd, "timer", "timers"},
    {FileType::signalfd, "signalfd", "signalfds"},
    {FileType::inotify, "inotify", "inotifies"},
    {FileType::terminal, "tty", "ttys"},
    {FileType::file, "file", "files"},
    {FileType::other, "other", "others"},
});

struct Anonymous {
    std::string_view name;
    FileType type;
};
constexpr std::array kAnonymous = std::to_array<Anonymous>({
    {"eventpoll", FileType::epoll},
    {"eventfd", FileType::eventfd},
    {"timerfd", FileType::timerfd},
    {"signalfd", FileType::signalfd},
    {"inotify", FileType::inotify},
});

/// The number in "socket:[4711]", after the type.
std::optional<std::uint64_t> inode_in(std::string_view link, std::string_view type) {
    if (!link.starts_with(type) || !link.ends_with(']')) {
        return std::nullopt;
    }
    return number<std::uint64_t>(link.substr(type.size(), link.size() - type.size() - 1));
}

bool is_terminal(std::string_view path) {
    for (const std::string_view start : {"/dev/pts/", "/dev/tty", "/dev/console"}) {
        if (path.starts_with(start)) {
            return true;
        }
    }
    return false;
}

/// "tfd:        5 events:       19 data:                5  pos:0 ino:8f5 sdev:9"
std::optional<EpollMember> member_of(std::string_view rest) {
    EpollMember member;
    const auto fd = number<std::int32_t>(next_field(rest));
    if (!fd) {
        return std::nullopt;
    }
    member.fd = *fd;
    for (std::string_view field = next_field(rest); !field.empty(); field = next_field(rest)) {
        if (field.starts_with("ino:")) {
            member.inode = hexadecimal<std::uint64_t>(field.substr(4)).value_or(0);
        } else if (field.starts_with("sdev:")) {
            member.device = hexadecimal<std::uint32_t>(field.substr(5)).value_or(0);
        }
    }
    return member;
}

/// "08:01:131"
std::optional<LockedFile> file_in(std::string_view field) {
    const std::size_t first = field.find(':');
    const std::size_t second = first == std::string_view::npos ? first : field.find(':', first + 1);
    if (second == std::string_view::npos) {
        return std::nullopt;
    }
    const auto major = hexadecimal<std::uint32_t>(field.substr(0, first));
    const auto minor = hexadecimal<std::uint32_t>(field.substr(first + 1, second - first - 1));
    const auto inode = number<std::uint64_t>(field.substr(second + 1));
    return major && minor && inode ? std::optional(LockedFile{*major, *minor, *inode}) : std::nullopt;
}

}  // namespace

std::optional<LockLine> parse_lock(std::string_view line) {
    LockLine lock;
    lock.number = next_field(line);
    lock.type = next_field(line);
    if (lock.type == "->") {
        lock.waits = true;
        lock.type = next_field(line);
    }
    skip_field(line);  // ADVISORY
    lock.mode = next_field(line);
    const auto pid = number<std::int64_t>(next_field(line));
    const auto file = file_in(next_field(line));
    if (!pid || !file) {
        return std::nullopt;
    }
    lock.pid = *pid;
    lock.file = *file;
    lock.begin = next_field(line);
    lock.end = next_field(line);
    return lock;
}

std::optional<LockLine> next_lock(std::string_view& locks) {
    while (const auto line = next_line(locks)) {
        if (auto lock = parse_lock(*line)) {
            return lock;
        }
    }
    return std::nullopt;
}

FileLink parse_link(std::string_view link) {
    constexpr std::string_view kAnonymousPrefix = "anon_inode:";
    constexpr std::string_view kDeleted = " (deleted)";
    FileLink out;
    if (const auto inode = inode_in(link, "socket:[")) {
        out.type = FileType::socket;
        out.inode = *inode;
    } else if (const auto pipe = inode_in(link, "pipe:[")) {
        out.type = FileType::pipe;
        out.inode = *pipe;
    } else if (link.starts_with(kAnonymousPrefix)) {
        out.name = link.substr(kAnonymousPrefix.size());
        if (out.name.starts_with('[') && out.name.ends_with(']')) {
            out.name = out.name.substr(1, out.name.size() - 2);
        }
        for (const Anonymous& kind : kAnonymous) {
            out.type = kind.name == out.name ? kind.type : out.type;
        }
    } else if (link.starts_with('/')) {
        out.deleted = link.ends_with(kDeleted);
        out.name = out.deleted ? link.substr(0, link.size() - kDeleted.size()) : link;
        out.type = is_terminal(out.name) ? FileType::terminal : FileType::file;
    }
    return out;
}

std::string_view type_name(FileType type, bool plural) {
    for (const TypeNames& names : kTypeNames) {
        if (names.type == type) {
            return plural ? names.several : names.one;
        }
    }
    return {};
}

void parse_fdinfo(std::string_view text, FdInfo& out) {
    out.mount_id.reset();
    out.inode.reset();
    out.fuse_connection.reset();
    out.has_lock = false;
    out.members.clear();
    out.members_left_out = 0;
    while (const auto line = next_line(text)) {
        std::string_view rest = *line;
        const std::string_view key = next_field(rest);
        if (key == "mnt_id:") {
            out.mount_id = number<std::uint64_t>(next_field(rest));
        } else if (key == "ino:") {
            out.inode = number<std::uint64_t>(next_field(rest));
        } else if (key == "fuse_connection:") {
            out.fuse_connection = number<std::uint32_t>(next_field(rest));
        } else if (key == "lock:") {
            out.has_lock = true;
        } else if (key == "tfd:") {
            const auto member = member_of(rest);
            if (member && out.members.size() < kMaxEpollMembers) {
                out.members.push_back(*member);
            } else if (member) {
                ++out.members_left_out;
            }
        }
    }
}

LockHolder find_lock_holder(std::string_view locks, const LockedFile& file, bool flock, bool open_file,
                            std::uint32_t tgid) {
    LockHolder found;
    // A lock comes before those that wait for it, and has the same number.
    LockLine holder;
    while (const auto lock = next_lock(locks)) {
        if (!lock->waits) {
            holder = *lock;
            continue;
        }
        const bool same_kind = flock ? lock->type == "FLOCK" : lock->type == (open_file ? "OFDLCK" : "POSIX");
        const bool own = open_file ? lock->pid == -1 : lock->pid == std::int64_t{tgid};
        if (same_kind && own && lock->file == file && holder.number == lock->number && holder.file == file) {
            found.waits = true;
            found.pid = holder.pid;
            return found;
        }
    }
    return found;
}

std::optional<MountLine> parse_mount(std::string_view line) {
    MountLine mount;
    const auto id = number<std::uint64_t>(next_field(line));
    skip_field(line);  // the parent
    const std::string_view device = next_field(line);
    const std::size_t colon = std::min(device.find(':'), device.size());
    const auto major = number<std::uint32_t>(device.substr(0, colon));
    const auto minor = number<std::uint32_t>(device.substr(std::min(colon + 1, device.size())));
    skip_field(line);  // the root
    mount.point = next_field(line);
    // The mount's own options and any number of tags come before the dash.
    std::string_view field = next_field(line);
    while (!field.empty() && field != "-") {
        field = next_field(line);
    }
    mount.type = next_field(line);
    mount.source = next_field(line);
    if (!id || !major || !minor || mount.type.empty()) {
        return std::nullopt;
    }
    mount.id = *id;
    mount.major = *major;
    mount.minor = *minor;
    return mount;
}

std::optional<MountLine> find_mount(std::string_view mountinfo, std::uint64_t id) {
    while (const auto line = next_line(mountinfo)) {
        const auto mount = parse_mount(*line);
        if (mount && mount->id == id) {
            return mount;
        }
    }
    return std::nullopt;
}

std::optional<MappedDevice> device_in_maps(std::string_view line) {
    skip_field(line);  // addresses
    skip_field(line);  // permissions
    skip_field(line);  // offset
    const std::string_view device = next_field(line);
    const std::size_t colon = std::min(device.find(':'), device.size());
    const auto major = hexadecimal<std::uint32_t>(device.substr(0, colon));
    const auto minor = hexadecimal<std::uint32_t>(device.substr(std::min(colon + 1, device.size())));
    return major && minor ? std::optional(MappedDevice{*major, *minor}) : std::nullopt;
}

}  // namespace tsa
