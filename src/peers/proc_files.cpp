// SPDX-License-Identifier: MIT
// See proc_files.h.
#include "peers/proc_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/fd.h"

namespace tsa {

namespace {

constexpr std::size_t kLinkBytes = 4096;
constexpr std::size_t kFdInfoBytes = 64 << 10;
constexpr std::size_t kTextBytes = 1 << 20;
constexpr std::size_t kFirstBytes = 16 << 10;

struct Path {
    std::array<char, 64> text{};

    Path(std::uint32_t tid, const char* folder, std::int32_t fd) {
        std::snprintf(text.data(), text.size(), "/proc/%u/%s/%d", tid, folder, fd);
    }
    Path(std::uint32_t tid, const char* name) { std::snprintf(text.data(), text.size(), "/proc/%u/%s", tid, name); }
    explicit Path(const char* name) { std::snprintf(text.data(), text.size(), "/proc/%s", name); }
};

std::string_view read_link(const Path& path, std::string& to) {
    to.resize(kLinkBytes);
    const ssize_t size = ::readlink(path.text.data(), to.data(), to.size());
    to.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return to;
}

}  // namespace

std::string_view ProcFiles::link(std::uint32_t tid, std::int32_t fd) {
    return read_link(Path(tid, "fd", fd), link_);
}

std::string_view ProcFiles::link(std::uint32_t tid, const char* name) {
    return read_link(Path(tid, name), link_);
}

/// Into buffer_. A file of /proc ends at the first read that is not full.
bool ProcFiles::read(const char* path, std::size_t most) {
    const Fd file(::open(path, O_RDONLY | O_CLOEXEC));
    buffer_.clear();
    complete_ = true;
    if (!file.valid()) {
        return false;
    }
    std::size_t used = 0;
    for (;;) {
        buffer_.resize(std::min(std::max(used * 2, kFirstBytes), most));
        const ssize_t got = ::read(file.get(), buffer_.data() + used, buffer_.size() - used);
        used += got > 0 ? static_cast<std::size_t>(got) : 0;
        if (got <= 0 || used == most) {
            complete_ = used < most;
            break;
        }
    }
    buffer_.resize(used);
    return true;
}

const FdInfo& ProcFiles::fdinfo(std::uint32_t tid, std::int32_t fd) {
    read(Path(tid, "fdinfo", fd).text.data(), kFdInfoBytes);
    parse_fdinfo(buffer_, fdinfo_);
    return fdinfo_;
}

std::string_view ProcFiles::text(const char* name) {
    read(Path(name).text.data(), kTextBytes);
    return buffer_;
}

std::string_view ProcFiles::mountinfo(std::uint32_t tid) {
    read(Path(tid, "mountinfo").text.data(), kTextBytes);
    return buffer_;
}

std::string_view ProcFiles::maps(std::uint32_t tid) {
    read(Path(tid, "maps").text.data(), kTextBytes);
    return buffer_;
}

bool ProcFiles::is_readable(std::uint32_t tid, std::int32_t fd) {
    struct stat status {};
    return ::lstat(Path(tid, "fd", fd).text.data(), &status) == 0 && (status.st_mode & S_IRUSR) != 0;
}

std::string_view ProcFiles::socket_protocol(std::uint32_t tid, std::int32_t fd) {
    constexpr std::size_t kBytes = 64;
    protocol_.resize(kBytes);
    const ssize_t size =
        ::getxattr(Path(tid, "fd", fd).text.data(), "system.sockprotoname", protocol_.data(), protocol_.size());
    protocol_.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return std::string_view(protocol_).substr(0, protocol_.find('\0'));
}

std::size_t ProcFiles::memory(std::uint32_t tid, std::uint64_t address, std::span<std::byte> out) {
    const iovec to{out.data(), out.size()};
    const iovec from{reinterpret_cast<void*>(address), out.size()};  // NOLINT(performance-no-int-to-ptr)
    const ssize_t got = ::process_vm_readv(static_cast<pid_t>(tid), &to, 1, &from, 1, 0);
    return got > 0 ? static_cast<std::size_t>(got) : 0;
}

}  // namespace tsa
