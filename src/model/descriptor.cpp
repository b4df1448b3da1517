// SPDX-License-Identifier: MIT
// See descriptor.h. By name, because numbers differ between architectures and not every architecture has every call.
#include "model/descriptor.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "model/columns.h"

namespace tsa {
namespace {

/// Calls that can block and whose first argument is the descriptor that they wait for.
constexpr std::array kCalls = std::to_array<std::string_view>({
    "read",    "write",     "readv",           "writev",     "pread64",      "pwrite64",        "preadv",
    "pwritev", "preadv2",   "pwritev2",        "accept",     "accept4",      "connect",         "recvfrom",
    "recvmsg", "recvmmsg",  "sendto",          "sendmsg",    "sendmmsg",     "sendfile",        "splice",
    "tee",     "vmsplice",  "copy_file_range", "epoll_wait", "epoll_pwait",  "epoll_pwait2",    "io_uring_enter",
    "fsync",   "fdatasync", "sync_file_range", "syncfs",     "fallocate",    "ftruncate",       "flock",
    "fcntl",   "ioctl",     "getdents64",      "close",      "mq_timedsend", "mq_timedreceive",
});

}  // namespace

std::optional<std::int32_t> descriptor_of(const Wait& wait) {
    if (wait.syscall < 0 || wait.compat || wait.kernel_lock) {
        return std::nullopt;
    }
    if (std::ranges::find(kCalls, syscall_name(wait.syscall)) == kCalls.end()) {
        return std::nullopt;
    }
    // The kernel reads 32 bits of it: the upper bits are garbage.
    const auto fd = static_cast<std::int32_t>(static_cast<std::uint32_t>(wait.args[0]));
    return fd >= 0 ? std::optional(fd) : std::nullopt;
}

}  // namespace tsa
