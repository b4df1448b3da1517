// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Decides what a thread that waits in futex(2) waits for: from its registers, a few words of memory around the futex,
 * and what the same thread waited for before. No kernel access, so that it is the same on both sides: the classifier
 * runs it when the thread leaves its CPU, user space for waits that began before the probes.
 *
 * The kernel does not know locks: each library builds its own from compare-and-wait. The protocols told apart here are
 * those of glibc, musl, Rust's standard library and the Go runtime. What matches none is a wait for another thread
 * (TSA_SYNC), not a lock. In the comments, w[n] is the word n words after the futex.
 */
#ifndef TSA_FUTEX_VERDICT_H
#define TSA_FUTEX_VERDICT_H

#include "tsa_futex.h"

/* The words read around the futex: TSA_FUTEX_BEFORE in front of it, then itself and those after it. */
#define TSA_FUTEX_BEFORE 4
#define TSA_FUTEX_WORDS 10

/* Whose ID a number in a lock is. */
enum tsa_relation {
    TSA_NO_THREAD,     /* of no tracked thread in the waiter's PID namespace */
    TSA_SAME_PROCESS,  /* of a thread of the waiter's process, perhaps of the waiter itself */
    TSA_OTHER_PROCESS, /* of a thread of another process in the same PID namespace */
};

struct tsa_futex_wait {
    TSA_U64 address;
    TSA_U32 operation; /* the second argument of futex(2) */
    TSA_U32 value;     /* the third: the thread waits while the word is this */
    TSA_U8 timed;      /* has a timeout */
    TSA_U8 in_stack;   /* the futex is in the waiter's own stack, near its stack pointer */
    TSA_U8 has_words;
    TSA_U8 compat;   /* 32-bit program: other layouts */
    TSA_U8 counter;  /* this thread has waited at this address before, for another value */
    TSA_U8 repeated; /* this thread has waited at this address before, for the same value only */
    TSA_U8 pad[2];
    TSA_U32 tgid; /* of the waiter, in the PID namespace of user space */
    TSA_U32 tid;  /* of the waiter, in its own namespace */
    TSA_U32 pid_namespace;
    TSA_U32 words[TSA_FUTEX_WORDS];
    TSA_U32 pad1;
};

struct tsa_futex_verdict {
    TSA_U8 state;    /* TSA_LOCK_WAIT or TSA_SYNC */
    TSA_U8 kind;     /* enum tsa_wait_kind */
    TSA_U8 doubtful; /* the state may be wrong */
    TSA_U8 pad;
    TSA_U32 peer; /* TID in the waiter's namespace: the owner named by the value, or the joined thread; 0: none */
};

/* enum tsa_relation of the thread that has that ID in the waiter's PID namespace. Defined by the includer. */
static int tsa_relation_of(const struct tsa_futex_wait* wait, TSA_U32 tid);

/* Whether `tid` is a thread that can hold the lock: of the same process, or of another if the lock may be shared. */
static inline int tsa_futex_can_hold(const struct tsa_futex_wait* wait, TSA_U32 tid) {
    int relation = tid ? tsa_relation_of(wait, tid) : TSA_NO_THREAD;
    return relation == TSA_SAME_PROCESS || (relation == TSA_OTHER_PROCESS && !tsa_futex_is_private(wait->operation));
}

static inline int tsa_futex_is_realtime(const struct tsa_futex_wait* wait) {
    return (wait->operation & TSA_FUTEX_REALTIME) != 0;
}

static inline TSA_U32 tsa_futex_word(const struct tsa_futex_wait* wait, int at) {
    return wait->words[TSA_FUTEX_BEFORE + at];
}

static inline void tsa_futex_is_lock(struct tsa_futex_verdict* verdict, TSA_U8 kind, TSA_U32 peer) {
    verdict->state = TSA_LOCK_WAIT;
    verdict->kind = kind;
    verdict->peer = peer;
}

static inline void tsa_futex_is_sync(struct tsa_futex_verdict* verdict, TSA_U8 kind, TSA_U32 peer) {
    verdict->state = TSA_SYNC;
    verdict->kind = kind;
    verdict->peer = peer;
}

/* See tsa_futex_mutex_owner. */
static inline TSA_U32 tsa_futex_owner(const struct tsa_futex_wait* wait) {
    return wait->has_words ? tsa_futex_mutex_owner(wait->words + TSA_FUTEX_BEFORE, wait->compat) : 0;
}

/* glibc's barrier: number of arrivals, the word (arrivals before this round), arrivals per round, 0 or 128 if shared.
 */
static inline int tsa_futex_is_barrier(const struct tsa_futex_wait* wait) {
    TSA_U32 arrivals = tsa_futex_word(wait, -1) - wait->value;
    TSA_U32 parties = tsa_futex_word(wait, 1);
    TSA_U32 shared = tsa_futex_word(wait, 2);
    return wait->has_words && parties >= 2 && parties < 65536 && (shared & ~TSA_FUTEX_PRIVATE) == 0 &&
           wait->value % parties == 0 && arrivals >= 1 && arrivals <= 2 * parties;
}

/* glibc's sem_t: the value, number of waiters, 0 or 128 if shared. */
static inline int tsa_futex_is_semaphore(const struct tsa_futex_wait* wait) {
    TSA_U32 waiters = tsa_futex_word(wait, 1);
    return wait->has_words && waiters >= 1 && waiters <= TSA_FUTEX_MOST_USERS &&
           (tsa_futex_word(wait, 2) & ~TSA_FUTEX_PRIVATE) == 0;
}

/* glibc's pthread_rwlock_t: readers << 3 with three bits (1: a writer has it, 2: a writer has or wants it, 4: readers
 * wait), number of waiting writers, futex of the phase, futex of the writers, two unused words, the writer. A writer
 * that waits for readers to leave is in the phase's futex (w[-2] is the first word) or behind such a writer (w[-3]). */
#define TSA_RWLOCK_WRITER 2u
#define TSA_RWLOCK_READERS_WAIT 4u
#define TSA_RWLOCK_READERS_SHIFT 3

static inline int tsa_futex_has_readers(TSA_U32 word) {
    return (word & TSA_RWLOCK_WRITER) != 0 && (word >> TSA_RWLOCK_READERS_SHIFT) != 0;
}

static inline int tsa_futex_is_behind_readers(const struct tsa_futex_wait* wait) {
    int in_phase = tsa_futex_has_readers(tsa_futex_word(wait, -2)) && (tsa_futex_word(wait, 1) & 1u) &&
                   tsa_futex_word(wait, 1) <= 3 && !tsa_futex_word(wait, 2) && !tsa_futex_word(wait, 3);
    int in_writers = tsa_futex_has_readers(tsa_futex_word(wait, -3)) && tsa_futex_word(wait, -1) == 2 &&
                     !tsa_futex_word(wait, 1) && !tsa_futex_word(wait, 2);
    return wait->has_words && (in_phase || in_writers);
}

/* A reader that lets writers pass (PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP) waits at the first word itself. */
static inline int tsa_futex_lets_writers_pass(const struct tsa_futex_wait* wait) {
    TSA_U32 writers_futex = tsa_futex_word(wait, 3);
    return wait->has_words && tsa_futex_has_readers(wait->value) && (wait->value & TSA_RWLOCK_READERS_WAIT) &&
           (writers_futex == 1 || writers_futex == 3) && !tsa_futex_word(wait, 4) && !tsa_futex_word(wait, 5);
}

/* The writer that holds the rwlock: for a reader, and for another writer. */
static inline TSA_U32 tsa_futex_writer(const struct tsa_futex_wait* wait, int of_reader) {
    return wait->has_words ? tsa_futex_rwlock_writer(wait->words + TSA_FUTEX_BEFORE, of_reader, wait->compat) : 0;
}

/* musl's struct pthread, seen from its detach_state (2: joinable), at which a join waits: the TID and errno before it,
 * then cancel and flag bytes. */
static inline TSA_U32 tsa_futex_joined(const struct tsa_futex_wait* wait) {
    if (!wait->has_words || tsa_futex_word(wait, -1) >= 4096 || tsa_futex_word(wait, 1) > 1 ||
        (tsa_futex_word(wait, 2) & ~0x00030103u) != 0) {
        return 0;
    }
    return tsa_futex_word(wait, -2) & TSA_FUTEX_TID_MASK;
}

/* musl's pthread_mutex_t of a type other than normal: the type, the word with its owner, number of waiters. */
static inline int tsa_futex_is_typed(const struct tsa_futex_wait* wait) {
    TSA_U32 type = tsa_futex_word(wait, -1);
    return wait->has_words && (type & 15u) != 0 && (type & ~0x8fu) == 0;
}

/* The value has its top bit: a lock with an owner or a count below it. */
static inline void tsa_futex_judge_owned(const struct tsa_futex_wait* wait, struct tsa_futex_verdict* verdict) {
    TSA_U32 owner = wait->value & TSA_FUTEX_TID_MASK;
    int bitset = tsa_futex_command(wait->operation) == TSA_FUTEX_WAIT_BITSET;
    if (bitset && !tsa_futex_is_private(wait->operation)) { /* glibc's robust mutex with a timeout */
        if (tsa_relation_of(wait, owner) != TSA_NO_THREAD) {
            tsa_futex_is_lock(verdict, TSA_KIND_OWNER_IN_WORD, owner);
        }
        return;
    }
    if (bitset) {
        /* Rust's RwLock: all low bits set is a writer. With both top bits it could also be a thread that is parked. */
        if (owner == TSA_FUTEX_TID_MASK && wait->value != ~0u && !(wait->operation & TSA_FUTEX_REALTIME)) {
            tsa_futex_is_lock(verdict, TSA_KIND_RWLOCK, 0);
        }
        return;
    }
    if (wait->value == ~0u) { /* musl's rwlock behind a writer: 0x7fffffff, and the bit that says that someone waits */
        tsa_futex_is_lock(verdict, TSA_KIND_RWLOCK, 0);
        return;
    }
    int relation = tsa_relation_of(wait, owner);
    if (!tsa_futex_is_private(wait->operation)) { /* glibc's robust mutex */
        tsa_futex_is_lock(verdict, TSA_KIND_OWNER_IN_WORD, owner);
        verdict->doubtful = relation == TSA_NO_THREAD;
        return;
    }
    if (relation == TSA_SAME_PROCESS && tsa_futex_is_typed(wait)) {
        tsa_futex_is_lock(verdict, TSA_KIND_OWNER_IN_WORD, owner);
    } else if (wait->value == TSA_FUTEX_MUSL_MUTEX) {
        tsa_futex_is_lock(verdict, TSA_KIND_MUTEX, 0);
    } else if (relation == TSA_SAME_PROCESS && !wait->has_words) {
        tsa_futex_is_lock(verdict, TSA_KIND_OWNER_IN_WORD, owner);
        verdict->doubtful = 1;
    } else if (owner < TSA_FUTEX_MOST_USERS) { /* musl's rwlock behind that many readers */
        tsa_futex_is_lock(verdict, TSA_KIND_RWLOCK, 0);
        verdict->doubtful = !wait->has_words;
    }
}

/* FUTEX_WAIT for the value 2: glibc's mutexes, and many others. */
static inline void tsa_futex_judge_contended(const struct tsa_futex_wait* wait, struct tsa_futex_verdict* verdict) {
    int is_private = tsa_futex_is_private(wait->operation);
    if (tsa_futex_can_hold(wait, tsa_futex_owner(wait))) {
        tsa_futex_is_lock(verdict, TSA_KIND_MUTEX_WITH_OWNER, 0);
        return;
    }
    if (is_private && wait->in_stack) { /* musl: each waiter of a condition variable has a node in its stack */
        tsa_futex_is_sync(verdict, TSA_KIND_CONDITION, 0);
        return;
    }
    TSA_U32 joined = is_private ? tsa_futex_joined(wait) : 0;
    if (joined && joined != wait->tid && tsa_relation_of(wait, joined) == TSA_SAME_PROCESS) {
        tsa_futex_is_sync(verdict, TSA_KIND_JOIN, joined);
        return;
    }
    if (tsa_futex_is_barrier(wait)) {
        tsa_futex_is_sync(verdict, TSA_KIND_BARRIER, 0);
        return;
    }
    if (wait->counter || wait->timed) {
        return;
    }
    tsa_futex_is_lock(verdict, TSA_KIND_MUTEX, 0);
    verdict->doubtful = !wait->repeated;
}

/* FUTEX_WAIT_BITSET for the value 2: a mutex of glibc with a timeout, a writer behind readers, a mutex of Rust. */
static inline void tsa_futex_judge_bitset_2(const struct tsa_futex_wait* wait, struct tsa_futex_verdict* verdict) {
    if (wait->timed && tsa_futex_can_hold(wait, tsa_futex_owner(wait))) {
        tsa_futex_is_lock(verdict, TSA_KIND_MUTEX_WITH_OWNER, 0);
        return;
    }
    if (wait->operation & TSA_FUTEX_REALTIME) {
        if (tsa_futex_is_behind_readers(wait)) {
            tsa_futex_is_lock(verdict, TSA_KIND_RWLOCK, 0);
        } else {
            verdict->doubtful = !wait->has_words;
        }
        return;
    }
    if (wait->timed || wait->counter) {
        return;
    }
    tsa_futex_is_lock(verdict, TSA_KIND_MUTEX, 0);
    verdict->doubtful = !wait->repeated;
}

/* A writer of Rust's RwLock waits for a counter, whose value says nothing: w[-1] is the lock, with the bit that writers
 * wait (31) and the bit that readers do (30). All low bits set: another writer has it; else that many readers. */
#define TSA_RUST_WRITERS_WAIT 0x80000000u

static inline int tsa_futex_is_rust_writer(const struct tsa_futex_wait* wait, struct tsa_futex_verdict* verdict) {
    TSA_U32 lock = tsa_futex_word(wait, -1);
    TSA_U32 users = lock & TSA_FUTEX_TID_MASK;
    int by_writer = users == TSA_FUTEX_TID_MASK;
    if (!wait->has_words || wait->timed || !(lock & TSA_RUST_WRITERS_WAIT) || !users ||
        (!by_writer && users >= TSA_FUTEX_MOST_USERS)) {
        return 0;
    }
    tsa_futex_is_lock(verdict, TSA_KIND_RWLOCK, 0);
    /* Other programs have such numbers too. After the counter comes a byte that is 1 once a holder has panicked. */
    verdict->doubtful = !by_writer || (lock == ~0u && (tsa_futex_word(wait, 1) & 0xffu) > 1);
    return 1;
}

/* Other values with FUTEX_WAIT_BITSET. */
static inline void tsa_futex_judge_bitset(const struct tsa_futex_wait* wait, struct tsa_futex_verdict* verdict) {
    if (!tsa_futex_is_realtime(wait)) {
        /* Rust's RwLock: a reader behind a writer waits for the lock itself, all low 30 bits. */
        if ((wait->value & TSA_FUTEX_TID_MASK) == TSA_FUTEX_TID_MASK) {
            tsa_futex_is_lock(verdict, TSA_KIND_RWLOCK, 0);
        } else {
            tsa_futex_is_rust_writer(wait, verdict);
        }
        return;
    }
    if (!tsa_futex_is_private(wait->operation) && tsa_relation_of(wait, wait->value) == TSA_SAME_PROCESS) {
        tsa_futex_is_sync(verdict, TSA_KIND_JOIN, wait->value);
        return;
    }
    if (wait->value == 3) {
        for (int of_reader = 0; of_reader < 2; of_reader++) {
            if (tsa_futex_can_hold(wait, tsa_futex_writer(wait, of_reader))) {
                tsa_futex_is_lock(verdict, of_reader ? TSA_KIND_RWLOCK_READER : TSA_KIND_RWLOCK_WRITER, 0);
                return;
            }
        }
        if (tsa_futex_is_behind_readers(wait)) {
            tsa_futex_is_lock(verdict, TSA_KIND_RWLOCK, 0);
        } else {
            verdict->doubtful = !wait->has_words;
        }
    } else if (tsa_futex_lets_writers_pass(wait)) {
        tsa_futex_is_lock(verdict, TSA_KIND_RWLOCK, 0);
    } else if (wait->value == 0 && tsa_futex_is_semaphore(wait)) {
        tsa_futex_is_sync(verdict, TSA_KIND_SEMAPHORE, 0);
    }
}

/* Fills in the verdict. */
static inline void tsa_futex_judge(const struct tsa_futex_wait* wait, struct tsa_futex_verdict* verdict) {
    TSA_U32 command = tsa_futex_command(wait->operation);
    tsa_futex_is_sync(verdict, TSA_KIND_NONE, 0);
    verdict->doubtful = 0;
    if (tsa_futex_is_pi(wait->operation)) {
        tsa_futex_is_lock(verdict, TSA_KIND_OWNER_IN_WORD, 0);
    } else if (!tsa_futex_waits(wait->operation)) {
        return; /* a condition variable that moves its waiters to a mutex, or unknown */
    } else if (wait->value & TSA_FUTEX_TOP_BIT) {
        tsa_futex_judge_owned(wait, verdict);
    } else if (wait->value == TSA_FUTEX_CONTENDED) {
        if (command == TSA_FUTEX_WAIT) {
            tsa_futex_judge_contended(wait, verdict);
        } else if (!tsa_futex_is_realtime(wait) && tsa_futex_is_rust_writer(wait, verdict)) {
            return;
        } else {
            tsa_futex_judge_bitset_2(wait, verdict);
        }
    } else if (command == TSA_FUTEX_WAIT_BITSET) {
        tsa_futex_judge_bitset(wait, verdict);
    } else if (tsa_futex_is_barrier(wait)) {
        tsa_futex_is_sync(verdict, TSA_KIND_BARRIER, 0);
    }
}

#endif
