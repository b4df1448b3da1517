// SPDX-License-Identifier: MIT
// The table of 32-bit programs: of i386 on an x86_64 kernel, of ARM on arm64. A separate file, because
// <asm/unistd_32.h> and the native numbers have the same names.
#include "sched/syscall_classes.h"

#ifdef __x86_64__
#include <asm/unistd_32.h>
#elif defined(__aarch64__)
#include "sched/arm32_calls.h"
#endif

namespace tsa {

SyscallClasses compat_syscall_classes() {
    SyscallClasses classes{};
#ifdef __x86_64__
    constexpr int kIdle[] = {__NR_epoll_wait,
                             __NR_epoll_pwait,
                             __NR_poll,
                             __NR_ppoll,
                             __NR_ppoll_time64,
                             __NR__newselect,
                             __NR_select,
                             __NR_pselect6,
                             __NR_pselect6_time64,
                             __NR_accept4,
                             __NR_nanosleep,
                             __NR_clock_nanosleep,
                             __NR_clock_nanosleep_time64,
                             __NR_rt_sigtimedwait,
                             __NR_rt_sigtimedwait_time64,
                             __NR_rt_sigsuspend,
                             __NR_sigsuspend,
                             __NR_pause,
                             __NR_restart_syscall,
                             __NR_epoll_pwait2};
    for (const int number : kIdle) {
        classes[static_cast<std::size_t>(number)] = TSA_CLASS_IDLE;
    }
    classes[__NR_io_uring_enter] = TSA_CLASS_RING;
    classes[__NR_io_getevents] = TSA_CLASS_AIO;
    classes[__NR_io_pgetevents] = TSA_CLASS_AIO;
    classes[__NR_io_pgetevents_time64] = TSA_CLASS_AIO;
    classes[__NR_futex] = TSA_CLASS_FUTEX;
    classes[__NR_futex_time64] = TSA_CLASS_FUTEX;
    classes[__NR_flock] = TSA_CLASS_FILE_LOCK;
    classes[__NR_fcntl] = TSA_CLASS_FCNTL;
    classes[__NR_fcntl64] = TSA_CLASS_FCNTL;
    classes[__NR_ipc] = TSA_CLASS_IPC;
    classes[__NR_semtimedop_time64] = TSA_CLASS_SEMAPHORES;
#elif defined(__aarch64__)
    for (const int number : arm32::kIdle) {
        classes[static_cast<std::size_t>(number)] = TSA_CLASS_IDLE;
    }
    classes[arm32::kIoUringEnter] = TSA_CLASS_RING;
    classes[arm32::kIoGetevents] = TSA_CLASS_AIO;
    classes[arm32::kIoPgetevents] = TSA_CLASS_AIO;
    classes[arm32::kIoPgeteventsTime64] = TSA_CLASS_AIO;
    classes[arm32::kFutex] = TSA_CLASS_FUTEX;
    classes[arm32::kFutexTime64] = TSA_CLASS_FUTEX;
    classes[arm32::kFlock] = TSA_CLASS_FILE_LOCK;
    classes[arm32::kFcntl] = TSA_CLASS_FCNTL;
    classes[arm32::kFcntl64] = TSA_CLASS_FCNTL;
    classes[arm32::kSemop] = TSA_CLASS_SEMAPHORES;
    classes[arm32::kSemtimedop] = TSA_CLASS_SEMAPHORES;
    classes[arm32::kSemtimedopTime64] = TSA_CLASS_SEMAPHORES;
#endif
    return with_files(classes, compat_first_arguments());
}

}  // namespace tsa
