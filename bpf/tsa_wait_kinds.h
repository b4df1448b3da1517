// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* What a wait is for, beyond its state and its system call. One list for both sides: enum tsa_wait_kind here, enum
 * class FutexKind in src/model/futex_kind.h, whose table adds labels. tsa_futex_verdict.h decides which.
 *
 *   mutex             a lock of unknown layout
 *   mutex_with_owner  glibc's: the word 2 words after the futex is the owner
 *   owner_in_word     the futex contains the owner's TID: PI and robust mutexes of glibc, typed ones of musl
 *   rwlock            no holder is stored, or readers hold it
 *   rwlock_reader     glibc's: behind the writer stored 4 words after the futex (32-bit programs: 5)
 *   rwlock_writer     glibc's: behind the writer stored 3 words after the futex (32-bit programs: 4)
 *   join              tsa_slot.wait_peer is the joined thread
 *   file_lock         flock, or fcntl with F_SETLKW or F_OFD_SETLKW
 *   semaphore_set     System V semaphores
 *   python_gil        CPython's interpreter lock: a condition variable in a range of tsa_named_ranges
 *   mmap_lock         the kernel lock of the thread's own address space
 *   userfault         a page fault that a process serves (userfaultfd)
 *   frozen            stopped by the freezer of its cgroup
 *   traced            stopped by a tracer, such as a debugger
 *   idle_task         TASK_IDLE, which the kernel does not count as load: ps has I
 *   disk_sleep        TASK_UNINTERRUPTIBLE where nothing more is known (/proc): ps has D
 */
#ifndef TSA_WAIT_KINDS_H
#define TSA_WAIT_KINDS_H

#define TSA_WAIT_KIND_LIST(X)             \
    X(none, NONE)                         \
    X(mutex, MUTEX)                       \
    X(mutex_with_owner, MUTEX_WITH_OWNER) \
    X(owner_in_word, OWNER_IN_WORD)       \
    X(rwlock, RWLOCK)                     \
    X(rwlock_reader, RWLOCK_READER)       \
    X(rwlock_writer, RWLOCK_WRITER)       \
    X(condition, CONDITION)               \
    X(semaphore, SEMAPHORE)               \
    X(barrier, BARRIER)                   \
    X(join, JOIN)                         \
    X(file_lock, FILE_LOCK)               \
    X(semaphore_set, SEMAPHORE_SET)       \
    X(python_gil, PYTHON_GIL)             \
    X(mmap_lock, MMAP_LOCK)               \
    X(userfault, USERFAULT)               \
    X(frozen, FROZEN)                     \
    X(traced, TRACED)                     \
    X(idle_task, IDLE_TASK)               \
    X(disk_sleep, DISK_SLEEP)

#endif
