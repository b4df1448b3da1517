// SPDX-License-Identifier: MIT
// The native table: system calls that can block and take a descriptor first, and those of futexes. Numbers missing from
// this build's headers that are the same on every architecture are literals.
#include "sched/first_arguments.h"

#include <sys/syscall.h>

#include <initializer_list>

namespace tsa {

namespace {

constexpr long kIoUringEnter = 426;
constexpr long kEpollPwait2 = 441;
constexpr long kFutexWait = 455;

void mark(FirstArguments& arguments, std::initializer_list<long> numbers, tsa_first_argument value) {
    for (const long number : numbers) {
        arguments[static_cast<std::size_t>(number)] = static_cast<std::uint8_t>(value);
    }
}

}  // namespace

FirstArguments native_first_arguments() {
    FirstArguments arguments{};  // TSA_ARGUMENT_NONE
    mark(arguments, {SYS_read,     SYS_write,      SYS_readv,     SYS_writev,          SYS_pread64,
                     SYS_pwrite64, SYS_preadv,     SYS_pwritev,   SYS_preadv2,         SYS_pwritev2,
                     SYS_accept,   SYS_accept4,    SYS_connect,   SYS_recvfrom,        SYS_recvmsg,
                     SYS_recvmmsg, SYS_sendto,     SYS_sendmsg,   SYS_sendmmsg,        SYS_sendfile,
                     SYS_splice,   SYS_tee,        SYS_vmsplice,  SYS_copy_file_range, SYS_epoll_pwait,
                     kEpollPwait2, kIoUringEnter,  SYS_fsync,     SYS_fdatasync,       SYS_sync_file_range,
                     SYS_syncfs,   SYS_fallocate,  SYS_ftruncate, SYS_flock,           SYS_fcntl,
                     SYS_ioctl,    SYS_getdents64, SYS_close,     SYS_mq_timedsend,    SYS_mq_timedreceive},
         TSA_ARGUMENT_DESCRIPTOR);
#ifdef SYS_epoll_wait  // not on architectures that came after the "p" variant
    mark(arguments, {SYS_epoll_wait}, TSA_ARGUMENT_DESCRIPTOR);
#endif
    mark(arguments, {SYS_futex, kFutexWait}, TSA_ARGUMENT_ADDRESS);
    return arguments;
}

}  // namespace tsa
