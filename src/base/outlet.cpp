// SPDX-License-Identifier: MIT
// See outlet.h.
#include "base/outlet.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>

namespace tsa {

namespace {

/// A reader that takes nothing for this long after a stop request is considered stuck.
constexpr int kLastChanceMs = 1000;

}  // namespace

Outlet::Outlet(int fd) : fd_(fd) {
    struct stat about {};
    if (::fstat(fd, &about) != 0) {
        return;  // put() reports the error
    }
    kind_ = S_ISFIFO(about.st_mode)                       ? Kind::pipe
            : S_ISSOCK(about.st_mode)                     ? Kind::socket
            : S_ISCHR(about.st_mode) && ::isatty(fd) != 0 ? Kind::terminal
                                                          : Kind::file;
    if (kind_ == Kind::pipe || kind_ == Kind::terminal) {
        const std::string path = fmt::format("/proc/self/fd/{}", fd);
        opened_ = Fd(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    }
}

ssize_t Outlet::put(std::string_view bytes) {
    if (kind_ == Kind::socket) {
        return ::send(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    if (kind_ != Kind::file && !opened_.valid()) {
        // Another user's pipe, or no /proc: a pipe that polls writable has room for PIPE_BUF bytes.
        pollfd room{fd_, POLLOUT, 0};
        if (::poll(&room, 1, 0) == 0) {
            errno = EAGAIN;
            return -1;
        }
        bytes = bytes.substr(0, PIPE_BUF);
    }
    return ::write(fd(), bytes.data(), bytes.size());
}

/// False: stop was requested and no one reads.
bool Outlet::wait_for_room() {
    std::array<pollfd, 2> fds{{{fd(), POLLOUT, 0}, {stop_fd_, POLLIN, 0}}};
    if (::poll(fds.data(), fds.size(), -1) < 0 || fds[0].revents != 0) {
        return true;
    }
    return ::poll(fds.data(), 1, kLastChanceMs) != 0;
}

Result<void> Outlet::write(std::string_view bytes, const std::string& name, std::uint64_t& size) {
    while (!bytes.empty()) {
        const ssize_t written = put(bytes);
        if (written < 0 && errno != EAGAIN && errno != EINTR) {
            return system_error("write " + name, errno);
        }
        const std::size_t taken = written > 0 ? static_cast<std::size_t>(written) : 0;
        const bool full = taken != 0 ? taken < bytes.size() : errno == EAGAIN;
        bytes.remove_prefix(taken);
        size += taken;
        if (full && !wait_for_room()) {
            return Error{"write " + name + ": stopped while waiting for a reader", "", ECANCELED};
        }
    }
    return {};
}

bool stopped_waiting(const Error& error) {
    return error.error_number == ECANCELED;
}

}  // namespace tsa
