// SPDX-License-Identifier: MIT
// See instance_lock.h.
#include "app/host/instance_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <string_view>

namespace tsa {

namespace {

/// The PID that the holder wrote; it may not have written it yet.
std::string holder_of(int fd) {
    std::array<char, 16> text{};
    const ssize_t got = ::pread(fd, text.data(), text.size(), 0);
    const std::string_view written(text.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
    const std::string_view digits = written.substr(0, written.find_first_not_of("0123456789"));
    return digits.empty() ? "of unknown PID" : fmt::format("with PID {}", digits);
}

}  // namespace

std::string waybar_lock_path() {
    const char* directory = std::getenv("XDG_RUNTIME_DIR");
    if (directory != nullptr && directory[0] == '/') {
        return fmt::format("{}/rstat-tsa-waybar.lock", directory);
    }
    return fmt::format("/tmp/rstat-tsa-waybar-{}.lock", ::getuid());
}

Result<InstanceLock> InstanceLock::take(const std::string& path) {
    constexpr mode_t kMode = 0600;
    // In /tmp anyone may have created it: no link is followed, and no other user's file is used.
    Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, kMode));
    if (!file.valid()) {
        return system_error(path, errno, "--single-instance needs this lock file");
    }
    struct stat about {};
    if (fstat(file.get(), &about) != 0) {
        return system_error(path, errno);
    }
    if (!S_ISREG(about.st_mode) || about.st_uid != ::geteuid()) {
        return Error{path + " does not belong to this user", "remove it, or set XDG_RUNTIME_DIR", 0};
    }
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) {
            return system_error(path, errno);
        }
        return Error{fmt::format("another instance {} runs", holder_of(file.get())),
                     "stop it first, or omit --single-instance", 0};
    }
    const std::string pid = fmt::format("{}\n", ::getpid());
    if (::ftruncate(file.get(), 0) != 0 ||
        ::pwrite(file.get(), pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
        return system_error(path, errno);
    }
    return InstanceLock(std::move(file));
}

}  // namespace tsa
