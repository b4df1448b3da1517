// SPDX-License-Identifier: MIT
// System calls of 32-bit ARM (EABI), which arm64 headers lack: the ones in the tables for 32-bit programs on an arm64
// kernel. From 403 on, all architectures share the numbers.
#pragma once

namespace tsa::arm32 {

constexpr int kIdle[] = {
    0,    // restart_syscall
    29,   // pause
    72,   // sigsuspend
    142,  // _newselect
    162,  // nanosleep
    168,  // poll
    177,  // rt_sigtimedwait
    179,  // rt_sigsuspend
    252,  // epoll_wait
    265,  // clock_nanosleep
    285,  // accept
    335,  // pselect6
    336,  // ppoll
    346,  // epoll_pwait
    366,  // accept4
    407,  // clock_nanosleep_time64
    413,  // pselect6_time64
    414,  // ppoll_time64
    421,  // rt_sigtimedwait_time64
    441,  // epoll_pwait2
    449,  // futex_waitv
};

constexpr int kIoUringEnter = 426;
constexpr int kIoGetevents = 245;
constexpr int kIoPgetevents = 399;
constexpr int kIoPgeteventsTime64 = 416;
constexpr int kFutex = 240;
constexpr int kFutexTime64 = 422;
constexpr int kFlock = 143;
constexpr int kFcntl = 55;
constexpr int kFcntl64 = 221;
constexpr int kSemop = 298;
constexpr int kSemtimedop = 312;
constexpr int kSemtimedopTime64 = 420;

/// Their first argument is a file descriptor.
constexpr int kDescriptor[] = {
    3,    // read
    4,    // write
    6,    // close
    54,   // ioctl
    55,   // fcntl
    93,   // ftruncate
    118,  // fsync
    141,  // getdents
    143,  // flock
    145,  // readv
    146,  // writev
    148,  // fdatasync
    180,  // pread64
    181,  // pwrite64
    187,  // sendfile
    194,  // ftruncate64
    217,  // getdents64
    221,  // fcntl64
    239,  // sendfile64
    252,  // epoll_wait
    276,  // mq_timedsend
    277,  // mq_timedreceive
    283,  // connect
    285,  // accept
    289,  // send
    290,  // sendto
    291,  // recv
    292,  // recvfrom
    296,  // sendmsg
    297,  // recvmsg
    340,  // splice
    341,  // arm_sync_file_range
    342,  // tee
    343,  // vmsplice
    346,  // epoll_pwait
    352,  // fallocate
    361,  // preadv
    362,  // pwritev
    365,  // recvmmsg
    366,  // accept4
    373,  // syncfs
    374,  // sendmmsg
    391,  // copy_file_range
    392,  // preadv2
    393,  // pwritev2
    417,  // recvmmsg_time64
    418,  // mq_timedsend_time64
    419,  // mq_timedreceive_time64
    426,  // io_uring_enter
    441,  // epoll_pwait2
};

}  // namespace tsa::arm32
