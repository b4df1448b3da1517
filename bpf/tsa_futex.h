/* Interprets the arguments of futex(2), for the classifier in the kernel and for the names of waits in user space. The
 * numbers are the kernel's; <linux/futex.h> of older systems lacks the newest.
 */
#ifndef TSA_FUTEX_H
#define TSA_FUTEX_H

#include "tsa.h"

#define TSA_FUTEX_WAIT 0u
#define TSA_FUTEX_LOCK_PI 6u
#define TSA_FUTEX_WAIT_BITSET 9u
#define TSA_FUTEX_LOCK_PI2 13u /* 5.14 */

#define TSA_FUTEX_PRIVATE 0x80u
#define TSA_FUTEX_REALTIME 0x100u

#define TSA_FUTEX_TID_MASK 0x3fffffffu /* in the word of a lock whose owner the kernel stores */
#define TSA_FUTEX_CONTENDED 2u         /* the value on which glibc, Rust and Go wait for a lock */

/* `operation`: the second argument; the kernel uses its lower 32 bits. */
static inline TSA_U32 tsa_futex_command(TSA_U64 operation) {
    return (TSA_U32)operation & ~(TSA_FUTEX_PRIVATE | TSA_FUTEX_REALTIME);
}

/* The kernel itself stores the owner in the word. */
static inline int tsa_futex_is_pi(TSA_U64 operation) {
    TSA_U32 command = tsa_futex_command(operation);
    return command == TSA_FUTEX_LOCK_PI || command == TSA_FUTEX_LOCK_PI2;
}

/* Used only by threads of one process. */
static inline int tsa_futex_is_private(TSA_U64 operation) {
    return (operation & TSA_FUTEX_PRIVATE) != 0;
}

static inline int tsa_futex_waits(TSA_U64 operation) {
    TSA_U32 command = tsa_futex_command(operation);
    return command == TSA_FUTEX_WAIT || command == TSA_FUTEX_WAIT_BITSET;
}

#endif
