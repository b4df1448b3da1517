// SPDX-License-Identifier: MIT
// See owners.h.
#include "peers/owners.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "base/clock.h"
#include "base/fd.h"
#include "base/scan.h"
#include "peers/proc_text.h"

namespace tsa {

namespace {

constexpr std::size_t kLinkBytes = 512;

/// Inodes of sockets and pipes are numbers of two file systems.
std::uint64_t socket_key(std::uint64_t inode) {
    return inode << 1U;
}

std::uint64_t pipe_key(std::uint64_t inode) {
    return inode << 1U | 1U;
}

/// Calls `take(fd, link)` for each descriptor of a process that this user may see.
template <class Take>
void for_each_descriptor(const std::string& proc, std::uint32_t tgid, Take take) {
    const Directory descriptors(::opendir((proc + "/" + std::to_string(tgid) + "/fd").c_str()));
    if (descriptors == nullptr) {
        return;
    }
    const int folder = ::dirfd(descriptors.get());
    std::array<char, kLinkBytes> link{};
    while (const dirent* entry = ::readdir(descriptors.get())) {
        const auto fd = number<std::int32_t>(entry->d_name);
        if (!fd) {
            continue;
        }
        const ssize_t size = ::readlinkat(folder, entry->d_name, link.data(), link.size());
        if (size > 0) {
            take(folder, entry->d_name, *fd, std::string_view(link.data(), static_cast<std::size_t>(size)));
        }
    }
}

}  // namespace

void OwnerIndex::note(std::uint64_t key, std::size_t end, std::uint32_t tgid, std::int32_t fd) {
    if (next_.size() >= kMaxFiles && next_.find(key) == nullptr) {
        return;
    }
    OpenFile& entry = next_.insert(key).entry;
    if (entry.processes[end] == 0) {
        entry.tgid[end] = tgid;
        entry.fd[end] = fd;
    }
    entry.processes[end] += entry.last_tgid[end] != tgid ? 1 : 0;
    entry.last_tgid[end] = tgid;
}

void OwnerIndex::scan_process(std::uint32_t tgid) {
    for_each_descriptor(proc_, tgid, [&](int folder, const char* name, std::int32_t fd, std::string_view text) {
        const FileLink link = parse_link(text);
        if (link.type == FileType::socket) {
            note(socket_key(link.inode), 0, tgid, fd);
        } else if (link.type == FileType::pipe) {
            // The link's permissions are the descriptor's.
            struct stat status {};
            if (::fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
                return;
            }
            if ((status.st_mode & S_IRUSR) != 0) {
                note(pipe_key(link.inode), static_cast<std::size_t>(PipeEnd::read), tgid, fd);
            }
            if ((status.st_mode & S_IWUSR) != 0) {
                note(pipe_key(link.inode), static_cast<std::size_t>(PipeEnd::write), tgid, fd);
            }
        }
    });
}

/// Goes on with the pass until its end (true) or the time's.
bool OwnerIndex::scan(std::uint64_t until_ns) {
    if (processes_ == nullptr) {
        scan_began_ns_ = clock_ns(CLOCK_MONOTONIC);
        next_.clear();
        processes_.reset(::opendir(proc_.c_str()));
        if (processes_ == nullptr) {
            return false;
        }
    }
    while (const dirent* entry = ::readdir(processes_.get())) {
        if (const auto tgid = number<std::uint32_t>(entry->d_name)) {
            scan_process(*tgid);
        }
        if (clock_ns(CLOCK_MONOTONIC) >= until_ns) {
            return false;
        }
    }
    processes_.reset();
    std::swap(files_, next_);
    known_at_ns_ = scan_began_ns_;
    return true;
}

bool OwnerIndex::still_has(const OpenFile& entry, std::size_t end) const {
    const std::string path = proc_ + "/" + std::to_string(entry.tgid[end]) + "/fd/" + std::to_string(entry.fd[end]);
    std::array<char, kLinkBytes> text{};
    const ssize_t size = ::readlink(path.c_str(), text.data(), text.size());
    if (size <= 0) {
        return false;
    }
    const FileLink link = parse_link({text.data(), static_cast<std::size_t>(size)});
    return link.type == FileType::socket ? socket_key(link.inode) == entry.inode
                                         : link.type == FileType::pipe && pipe_key(link.inode) == entry.inode;
}

std::optional<Openers> OwnerIndex::find(std::uint64_t key, std::size_t end, std::uint64_t since_ns,
                                        std::uint64_t until_ns) {
    for (bool scanned = false;; scanned = true) {
        const std::uint64_t now_ns = clock_ns(CLOCK_MONOTONIC);
        const bool known = known_at_ns_ != 0 && now_ns < known_at_ns_ + kOldNs;
        const OpenFile* entry = known ? files_.find(key) : nullptr;
        // An entry that is older than the wait is good if its process still has the file.
        if (entry != nullptr && entry->processes[end] != 0 && (known_at_ns_ >= since_ns || still_has(*entry, end))) {
            return Openers{entry->tgid[end], entry->processes[end]};
        }
        if (known && known_at_ns_ >= since_ns) {
            return Openers{};
        }
        const bool too_soon = processes_ == nullptr && scan_began_ns_ != 0 && now_ns < scan_began_ns_ + kScanEveryNs;
        if (scanned || too_soon || !scan(until_ns)) {
            return std::nullopt;
        }
    }
}

std::optional<Openers> OwnerIndex::of_socket(std::uint64_t inode, std::uint64_t since_ns, std::uint64_t until_ns) {
    return find(socket_key(inode), 0, since_ns, until_ns);
}

std::optional<Openers> OwnerIndex::of_pipe(std::uint64_t inode, PipeEnd end, std::uint64_t since_ns,
                                           std::uint64_t until_ns) {
    return find(pipe_key(inode), static_cast<std::size_t>(end), since_ns, until_ns);
}

std::optional<Openers> OwnerIndex::of_path(std::string_view link, std::uint64_t until_ns,
                                           const IsWanted& is_wanted) const {
    const Directory processes(::opendir(proc_.c_str()));
    Openers found;
    while (processes != nullptr) {
        const dirent* entry = ::readdir(processes.get());
        if (entry == nullptr) {
            return found;
        }
        if (const auto tgid = number<std::uint32_t>(entry->d_name)) {
            bool has = false;
            for_each_descriptor(proc_, *tgid, [&](int, const char*, std::int32_t fd, std::string_view text) {
                has = has || (text == link && is_wanted(*tgid, fd));
            });
            found.tgid = has && found.count == 0 ? *tgid : found.tgid;
            found.count += has ? 1 : 0;
        }
        if (clock_ns(CLOCK_MONOTONIC) >= until_ns) {
            return std::nullopt;
        }
    }
    return std::nullopt;
}

}  // namespace tsa
