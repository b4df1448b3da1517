// See first_namespace.h.
#include "base/first_namespace.h"

#include <fcntl.h>
#include <sys/stat.h>

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

}  // namespace tsa
