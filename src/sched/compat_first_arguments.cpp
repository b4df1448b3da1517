// SPDX-License-Identifier: MIT
// The table of 32-bit programs: of i386 on an x86_64 kernel, of ARM on arm64. A separate file, because
// <asm/unistd_32.h> and the native numbers have the same names. i386's socketcall passes the descriptor through a
// pointer: no entry.
#include "sched/first_arguments.h"

#ifdef __x86_64__
#include <asm/unistd_32.h>
#elif defined(__aarch64__)
#include "sched/arm32_calls.h"
#endif

namespace tsa {

FirstArguments compat_first_arguments() {
    FirstArguments arguments{};
#ifdef __x86_64__
    constexpr int kDescriptor[] = {__NR_read,
                                   __NR_write,
                                   __NR_readv,
                                   __NR_writev,
                                   __NR_pread64,
                                   __NR_pwrite64,
                                   __NR_preadv,
                                   __NR_pwritev,
                                   __NR_preadv2,
                                   __NR_pwritev2,
                                   __NR_accept4,
                                   __NR_connect,
                                   __NR_recvfrom,
                                   __NR_recvmsg,
                                   __NR_recvmmsg,
                                   __NR_recvmmsg_time64,
                                   __NR_sendto,
                                   __NR_sendmsg,
                                   __NR_sendmmsg,
                                   __NR_sendfile,
                                   __NR_sendfile64,
                                   __NR_splice,
                                   __NR_tee,
                                   __NR_vmsplice,
                                   __NR_copy_file_range,
                                   __NR_epoll_wait,
                                   __NR_epoll_pwait,
                                   __NR_epoll_pwait2,
                                   __NR_io_uring_enter,
                                   __NR_fsync,
                                   __NR_fdatasync,
                                   __NR_sync_file_range,
                                   __NR_syncfs,
                                   __NR_fallocate,
                                   __NR_ftruncate,
                                   __NR_ftruncate64,
                                   __NR_flock,
                                   __NR_fcntl,
                                   __NR_fcntl64,
                                   __NR_ioctl,
                                   __NR_getdents,
                                   __NR_getdents64,
                                   __NR_close,
                                   __NR_mq_timedsend,
                                   __NR_mq_timedsend_time64,
                                   __NR_mq_timedreceive,
                                   __NR_mq_timedreceive_time64};
    for (const int number : kDescriptor) {
        arguments[static_cast<std::size_t>(number)] = TSA_ARGUMENT_DESCRIPTOR;
    }
    arguments[__NR_futex] = TSA_ARGUMENT_ADDRESS;
    arguments[__NR_futex_time64] = TSA_ARGUMENT_ADDRESS;
#elif defined(__aarch64__)
    for (const int number : arm32::kDescriptor) {
        arguments[static_cast<std::size_t>(number)] = TSA_ARGUMENT_DESCRIPTOR;
    }
    arguments[arm32::kFutex] = TSA_ARGUMENT_ADDRESS;
    arguments[arm32::kFutexTime64] = TSA_ARGUMENT_ADDRESS;
#endif
    return arguments;
}

}  // namespace tsa
