// SPDX-License-Identifier: MIT
// The native table. Numbers missing from this build's headers that are the same on every architecture are literals.
#include "sched/syscall_classes.h"

#include <sys/syscall.h>

#include <initializer_list>

namespace tsa {

namespace {

constexpr long kEpollPwait2 = 441;
constexpr long kFutexWaitv = 449;
constexpr long kFutexWait = 455;
#ifdef __x86_64__
constexpr long kIoPgetevents = 333;
#else
constexpr long kIoPgetevents = 292;
#endif

void mark(SyscallClasses& classes, std::initializer_list<long> numbers, tsa_syscall_class value) {
    for (const long number : numbers) {
        if (number >= 0 && number < TSA_SYSCALL_TABLE) {
            classes[static_cast<std::size_t>(number)] = static_cast<std::uint8_t>(value);
        }
    }
}

}  // namespace

SyscallClasses with_files(SyscallClasses classes, const FirstArguments& arguments) {
    for (std::size_t number = 0; number < classes.size(); ++number) {
        if (arguments[number] == TSA_ARGUMENT_DESCRIPTOR) {
            classes[number] |= TSA_CLASS_OF_FILE;
        }
    }
    return classes;
}

SyscallClasses native_syscall_classes() {
    SyscallClasses classes{};  // TSA_CLASS_SLEEP
    mark(classes,
         {SYS_epoll_pwait, kEpollPwait2, SYS_ppoll, SYS_pselect6, SYS_accept, SYS_accept4, SYS_nanosleep,
          SYS_clock_nanosleep, SYS_rt_sigtimedwait, SYS_rt_sigsuspend, SYS_restart_syscall},
         TSA_CLASS_IDLE);
    mark(classes, {kFutexWaitv}, TSA_CLASS_SYNC);
#ifdef SYS_epoll_wait  // not on architectures that came after the "p" variants
    mark(classes, {SYS_epoll_wait, SYS_poll, SYS_select, SYS_pause}, TSA_CLASS_IDLE);
#endif
    mark(classes, {SYS_io_uring_enter}, TSA_CLASS_RING);
    mark(classes, {SYS_io_getevents, kIoPgetevents}, TSA_CLASS_AIO);
    mark(classes, {SYS_futex}, TSA_CLASS_FUTEX);
    mark(classes, {kFutexWait}, TSA_CLASS_FUTEX2_WAIT);
    mark(classes, {SYS_flock}, TSA_CLASS_FILE_LOCK);
    mark(classes, {SYS_fcntl}, TSA_CLASS_FCNTL);
    mark(classes, {SYS_semop, SYS_semtimedop}, TSA_CLASS_SEMAPHORES);
    return with_files(classes, native_first_arguments());
}

}  // namespace tsa
