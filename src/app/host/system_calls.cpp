// SPDX-License-Identifier: MIT
// See system_calls.h. A list of what is refused, not of what is allowed: libraries (names of users, GPUs, HTTP) make
// calls that this program cannot know, and what they lack would be missing on a screen.
#include "app/host/system_calls.h"

#include <sys/socket.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/sanitizer.h"
#include "base/system_call_filter.h"

namespace tsa {

namespace {

/// Other processes: their memory, descriptors and pages. Namespaces, roots and mounts. The machine: its modules,
/// clocks, names, keys, swap. And what attacks on the kernel often use.
constexpr auto kRefused = std::to_array<std::uint32_t>({
    SYS_ptrace, SYS_process_vm_writev, SYS_move_pages, SYS_migrate_pages, SYS_kcmp, SYS_unshare, SYS_setns, SYS_chroot,
    SYS_pivot_root, SYS_mount, SYS_umount2, SYS_swapon, SYS_swapoff, SYS_quotactl, SYS_acct, SYS_reboot, SYS_kexec_load,
    SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_settimeofday, SYS_clock_settime, SYS_clock_adjtime,
    SYS_adjtimex, SYS_sethostname, SYS_setdomainname, SYS_syslog, SYS_personality, SYS_vhangup, SYS_add_key,
    SYS_request_key, SYS_keyctl, SYS_userfaultfd, SYS_fanotify_init, SYS_open_by_handle_at, SYS_io_setup, SYS_io_submit,
#ifdef SYS_kexec_file_load
    SYS_kexec_file_load,
#endif
#ifdef SYS_iopl
    SYS_iopl, SYS_ioperm, SYS_modify_ldt,
#endif
    // By number, the same on both architectures: the C library's headers may be older.
    425,  // io_uring_setup
    426,  // io_uring_enter
    427,  // io_uring_register
    428,  // open_tree
    429,  // move_mount
    430,  // fsopen
    431,  // fsconfig
    432,  // fsmount
    433,  // fspick
    438,  // pidfd_getfd
    440,  // process_madvise
    442,  // mount_setattr
});

constexpr auto kPrograms = std::to_array<std::uint32_t>({SYS_execve, SYS_execveat});
constexpr auto kPerfEvents = std::to_array<std::uint32_t>({SYS_perf_event_open});

/// Of the kernel (netlink), of names of users and clipboards, and of HTTP.
constexpr auto kFamilies = std::to_array<std::uint32_t>({AF_UNIX, AF_NETLINK, AF_INET, AF_INET6});

bool is_switched_off() {
    const char* const value = std::getenv(kSeccompVariable);
    return value != nullptr && std::string_view(value) == "off";
}

}  // namespace

void limit_system_calls(const SystemCallUse& use) {
    // The sanitizer's search for leaks at the end traces the process, and its reports run a program for names of
    // functions.
    if (kAddressSanitizer || is_switched_off()) {
        return;
    }
    SystemCallFilter filter;
    filter.refuse(kRefused, EPERM);
    if (!use.programs) {
        filter.refuse(kPrograms, EPERM);
    }
    if (!use.more_probes) {
        filter.refuse(kPerfEvents, EPERM);
    }
    filter.refuse_unless(SYS_socket, kFamilies, EAFNOSUPPORT);
    [[maybe_unused]] const bool is_limited = filter.install(0, SystemCallFilter::Log::yes);
}

}  // namespace tsa
