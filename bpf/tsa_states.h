// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The exclusive states of a thread, in display order. One list for both sides: enum tsa_state here, enum class
 * ThreadState in src/model/state.h, whose table adds names and colors. A new state is one line here, one row there, and
 * a case in classify.h.
 */
#ifndef TSA_STATES_H
#define TSA_STATES_H

#define TSA_STATES(X)                   \
    X(exec, EXEC)                       \
    X(cpu_wait, CPU_WAIT)               \
    X(io_wait, IO_WAIT)                 \
    X(swap_wait, SWAP_WAIT)             \
    X(mem_wait, MEM_WAIT)               \
    X(lock_wait, LOCK_WAIT)             \
    X(uninterruptible, UNINTERRUPTIBLE) \
    X(sync, SYNC)                       \
    X(sleep, SLEEP)                     \
    X(idle, IDLE)                       \
    X(stopped, STOPPED)                 \
    X(zombie, ZOMBIE)

/* Parts of a state's time that are counted as well; no instant is in two parts of one state. One list for both sides:
 * enum tsa_part here, enum class Part in src/model/part.h, whose table adds names.
 */
#define TSA_PARTS(X)        \
    X(preempted, PREEMPTED) \
    X(throttled, THROTTLED) \
    X(reclaim, RECLAIM)

#endif
