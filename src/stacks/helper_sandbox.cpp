// SPDX-License-Identifier: MIT
// See helper_sandbox.h. The filter fails system calls with EPERM, rather than ending the process: what a library tries
// beyond reading is then only an error to it.
#include "stacks/helper_sandbox.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>

#include "base/capabilities.h"
#include "base/sanitizer.h"
#include "base/system_call_filter.h"

namespace tsa {

namespace {

/// Of writable memory; files that are mapped do not count.
constexpr rlim_t kMemoryBytes = rlim_t{256} << 20U;
constexpr unsigned kNobody = 65534;

/// Reading from the socket and from files, memory, clocks, the end.
constexpr auto kAllowed = std::to_array<std::uint32_t>({
    SYS_recvmsg,    SYS_sendto,       SYS_sendmsg,        SYS_read,      SYS_pread64,
    SYS_lseek,      SYS_fstat,        SYS_fcntl,          SYS_close,     SYS_mmap,
    SYS_munmap,     SYS_mremap,       SYS_mprotect,       SYS_madvise,   SYS_brk,
    SYS_futex,      SYS_exit_group,   SYS_clock_gettime,  SYS_getrandom, SYS_getpid,
    SYS_gettid,     SYS_rt_sigreturn, SYS_rt_sigprocmask, SYS_tgkill,    SYS_restart_syscall,
#ifdef SYS_newfstatat
    SYS_newfstatat,
#endif
});

bool limit_system_calls() {
    SystemCallFilter filter;
    filter.allow(kAllowed);
    return filter.install(EPERM, SystemCallFilter::Log::no);
}

void limit(int resource, rlim_t most) {
    const rlimit both{most, most};
    ::setrlimit(static_cast<__rlimit_resource_t>(resource), &both);
}

/// Another user where that is permitted: then no file is its own.
void give_up_user() {
    [[maybe_unused]] long failed = ::syscall(SYS_setgroups, 0, nullptr);
    failed = ::syscall(SYS_setresgid, kNobody, kNobody, kNobody);
    failed = ::syscall(SYS_setresuid, kNobody, kNobody, kNobody);
}

}  // namespace

int enter_sandbox(int socket) {
    constexpr int kSocket = STDIN_FILENO;
    if (::dup2(socket, kSocket) != kSocket) {
        ::_exit(1);
    }
    if (::syscall(SYS_close_range, kSocket + 1, ~0U, 0) != 0) {
        ::_exit(1);
    }
    ::prctl(PR_SET_NAME, "rstat-unwind");
    give_up_user();
    keep_only_capabilities(0);
    // The address sanitizer maps terabytes, and makes further calls.
    if (!kAddressSanitizer) {
        limit(RLIMIT_DATA, kMemoryBytes);
    }
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_NPROC, 0);
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !(kAddressSanitizer || limit_system_calls())) {
        ::_exit(1);
    }
    return kSocket;
}

}  // namespace tsa
