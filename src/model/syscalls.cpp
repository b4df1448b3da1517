// SPDX-License-Identifier: MIT
// Names of what a thread can wait in. The table of this architecture's system calls is made at build time from
// <sys/syscall.h> (cmake/syscall_names.cmake); numbers from 424 on are the same on every architecture, so those
// missing from an old header on the build host are listed here.
#include <sys/syscall.h>

#include <algorithm>
#include <array>

#include "model/columns.h"

namespace tsa {

namespace {

struct Entry {
    std::int32_t number;
    std::string_view name;
};

constexpr Entry kFromHeader[] = {
#include "syscall_names.inc"
};

constexpr Entry kUnified[] = {
    {424, "pidfd_send_signal"},
    {425, "io_uring_setup"},
    {426, "io_uring_enter"},
    {427, "io_uring_register"},
    {428, "open_tree"},
    {429, "move_mount"},
    {430, "fsopen"},
    {431, "fsconfig"},
    {432, "fsmount"},
    {433, "fspick"},
    {434, "pidfd_open"},
    {435, "clone3"},
    {436, "close_range"},
    {437, "openat2"},
    {438, "pidfd_getfd"},
    {439, "faccessat2"},
    {440, "process_madvise"},
    {441, "epoll_pwait2"},
    {442, "mount_setattr"},
    {443, "quotactl_fd"},
    {444, "landlock_create_ruleset"},
    {445, "landlock_add_rule"},
    {446, "landlock_restrict_self"},
    {447, "memfd_secret"},
    {448, "process_mrelease"},
    {449, "futex_waitv"},
    {450, "set_mempolicy_home_node"},
    {451, "cachestat"},
    {452, "fchmodat2"},
    {453, "map_shadow_stack"},
    {454, "futex_wake"},
    {455, "futex_wait"},
    {456, "futex_requeue"},
    {457, "statmount"},
    {458, "listmount"},
    {459, "lsm_get_self_attr"},
    {460, "lsm_set_self_attr"},
    {461, "lsm_list_modules"},
    {462, "mseal"},
    {463, "setxattrat"},
    {464, "getxattrat"},
    {465, "listxattrat"},
    {466, "removexattrat"},
    {467, "open_tree_attr"},
    {468, "file_getattr"},
    {469, "file_setattr"},
};

constexpr std::size_t kNames = 512;

constexpr std::array<std::string_view, kNames> make_table() {
    std::array<std::string_view, kNames> table{};
    for (const Entry& entry : kUnified) {
        table[static_cast<std::size_t>(entry.number)] = entry.name;
    }
    for (const Entry& entry : kFromHeader) {
        // 32-bit-only numbers such as arm's private ones are far higher.
        if (entry.number >= 0 && static_cast<std::size_t>(entry.number) < kNames) {
            table[static_cast<std::size_t>(entry.number)] = entry.name;
        }
    }
    return table;
}

constexpr std::array<std::string_view, kNames> kTable = make_table();

Value text(std::string_view value) {
    return {Value::Kind::text, 0, value};
}

}  // namespace

std::string_view syscall_name(std::int32_t number) {
    return number >= 0 && static_cast<std::size_t>(number) < kNames ? kTable[static_cast<std::size_t>(number)]
                                                                    : std::string_view{};
}

std::optional<std::int32_t> syscall_number(std::string_view name) {
    const auto found = std::ranges::find(kTable, name);
    return !name.empty() && found != kTable.end() ? std::optional(static_cast<std::int32_t>(found - kTable.begin()))
                                                  : std::nullopt;
}

Value wait_on(const Thread& thread) {
    const Wait& wait = thread.wait;
    if (wait.kernel_lock) {
        return text("kernel lock");
    }
    if (wait.syscall >= 0) {
        if (wait.compat) {
            return text("32-bit system call");
        }
        const std::string_view name = syscall_name(wait.syscall);
        return text(name.empty() ? "unknown system call" : name);
    }
    // The kernel function of a D sleep is more specific than "page fault", but less than the state.
    const bool named_by_state = thread.state == ThreadState::swap_wait || thread.state == ThreadState::mem_wait;
    if (!wait.kernel_function.empty() && !named_by_state) {
        return text(wait.kernel_function);
    }
    if (thread.kernel) {
        return {};
    }
    // Without a system call in its registers a user thread blocks uninterruptibly in a page fault.
    switch (thread.state) {
        case ThreadState::io_wait:
        case ThreadState::swap_wait:
        case ThreadState::mem_wait:
        case ThreadState::uninterruptible:
            return text("page fault");
        default:
            return {};
    }
}

}  // namespace tsa
