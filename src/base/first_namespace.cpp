// SPDX-License-Identifier: MIT
// See first_namespace.h.
#include "base/first_namespace.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <string>
#include <string_view>

namespace tsa {

namespace {

// The kernel's PROC_USER_INIT_INO.
constexpr ino_t kFirstUserNamespace = 0xEFFFFFFD;

std::optional<bool> is_namespace(int folder, const char* path, ino_t first) {
    struct stat status {};
    return ::fstatat(folder, path, &status, 0) == 0 ? std::optional(status.st_ino == first) : std::nullopt;
}

}  // namespace

std::optional<bool> in_first_pid_namespace() {
    return is_namespace(AT_FDCWD, "/proc/self/ns/pid", kFirstPidNamespace);
}

std::optional<bool> in_first_pid_namespace(int proc) {
    return is_namespace(proc, "self/ns/pid", kFirstPidNamespace);
}

std::optional<bool> in_first_user_namespace() {
    return is_namespace(AT_FDCWD, "/proc/self/ns/user", kFirstUserNamespace);
}

bool sees_only_container(bool by_proc) {
    return in_first_pid_namespace() == false && (!by_proc || proc_has_own_ids());
}

std::uint32_t own_pid_namespace() {
    static const std::uint32_t kInode = [] {
        struct stat status {};
        return ::stat("/proc/self/ns/pid", &status) == 0 ? static_cast<std::uint32_t>(status.st_ino)
                                                         : kFirstPidNamespace;
    }();
    return kInode;
}

bool proc_has_own_ids() {
    std::array<char, 16> link{};
    const ssize_t size = ::readlink("/proc/self", link.data(), link.size());
    return size > 0 && std::to_string(::getpid()) == std::string_view(link.data(), static_cast<std::size_t>(size));
}

}  // namespace tsa
