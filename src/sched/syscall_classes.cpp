// The native table. Numbers missing from this build's headers that are the same on every architecture are literals.
#include "sched/syscall_classes.h"

#include <sys/syscall.h>

#include <initializer_list>

namespace tsa {

namespace {

constexpr long kEpollPwait2 = 441;
constexpr long kFutexWaitv = 449;
constexpr long kFutexWait = 455;
constexpr long kIoPgetevents = 333;

void mark(SyscallClasses& classes, std::initializer_list<long> numbers, tsa_syscall_class value) {
    for (const long number : numbers) {
        if (number >= 0 && number < TSA_SYSCALL_TABLE) {
            classes[static_cast<std::size_t>(number)] = static_cast<std::uint8_t>(value);
        }
    }
}

}  // namespace

SyscallClasses native_syscall_classes() {
    SyscallClasses classes{};  // TSA_CLASS_SLEEP
    mark(classes,
         {SYS_epoll_pwait, kEpollPwait2, SYS_ppoll, SYS_pselect6, SYS_accept, SYS_accept4, SYS_nanosleep,
          SYS_clock_nanosleep, SYS_rt_sigtimedwait, SYS_rt_sigsuspend, SYS_io_uring_enter, SYS_io_getevents,
          SYS_restart_syscall},
         TSA_CLASS_IDLE);
    mark(classes, {kFutexWaitv}, TSA_CLASS_SYNC);
#ifdef SYS_epoll_wait  // not on architectures that came after the "p" variants
    mark(classes, {SYS_epoll_wait, SYS_poll, SYS_select, SYS_pause}, TSA_CLASS_IDLE);
#endif
#ifdef SYS_io_pgetevents
    mark(classes, {SYS_io_pgetevents}, TSA_CLASS_IDLE);
#elif defined(__x86_64__)
    mark(classes, {kIoPgetevents}, TSA_CLASS_IDLE);
#endif
    static_cast<void>(kIoPgetevents);
    mark(classes, {SYS_futex}, TSA_CLASS_FUTEX);
    mark(classes, {kFutexWait}, TSA_CLASS_FUTEX2_WAIT);
    mark(classes, {SYS_flock}, TSA_CLASS_FILE_LOCK);
    mark(classes, {SYS_fcntl}, TSA_CLASS_FCNTL);
    mark(classes, {SYS_semop, SYS_semtimedop}, TSA_CLASS_SEMAPHORES);
    return classes;
}

}  // namespace tsa
