// SPDX-License-Identifier: MIT OR GPL-2.0-only
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

#define TSA_FUTEX_TID_MASK 0x3fffffffu   /* in the word of a lock whose owner the kernel stores */
#define TSA_FUTEX_TOP_BIT 0x80000000u    /* set in such a word while threads wait */
#define TSA_FUTEX_CONTENDED 2u           /* the value on which glibc, Rust and Go wait for a lock */
#define TSA_FUTEX_MUSL_MUTEX 0x80000010u /* the same for musl: EBUSY and the top bit */

/* All bits that glibc uses in a mutex's kind: type (2 bits), robust, PI, priority ceiling, process-shared, elision. */
#define TSA_FUTEX_MUTEX_KINDS 0x3f3u
/* Threads that use one lock: more than exist. */
#define TSA_FUTEX_MOST_USERS (1u << 22)

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

/* glibc's pthread_mutex_t, `words` from its futex on: the futex, recursion count, owner, number of users, kind (32-bit
 * programs: kind, users). Other locks sleep on the same value, but have other data there. Returns the owner's TID; 0:
 * none, or not such a mutex. */
static inline TSA_U32 tsa_futex_mutex_owner(const TSA_U32* words, int compat) {
    TSA_U32 users = words[compat ? 4 : 3];
    TSA_U32 kind = words[compat ? 3 : 4];
    if (users == 0 || users > TSA_FUTEX_MOST_USERS || (kind & ~TSA_FUTEX_MUTEX_KINDS) != 0) {
        return 0;
    }
    return words[2] & TSA_FUTEX_TID_MASK;
}

/* glibc's pthread_rwlock_t, `words` from the futex on at which a reader or a writer waits: the TID of the writer that
 * holds it. */
static inline TSA_U32 tsa_futex_rwlock_writer(const TSA_U32* words, int of_reader, int compat) {
    return words[(of_reader ? 4 : 3) + (compat ? 1 : 0)] & TSA_FUTEX_TID_MASK;
}

static inline int tsa_futex_waits(TSA_U64 operation) {
    TSA_U32 command = tsa_futex_command(operation);
    return command == TSA_FUTEX_WAIT || command == TSA_FUTEX_WAIT_BITSET;
}

#endif
