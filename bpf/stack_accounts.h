// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Accounts the waits of the targets by stack. A separate program, attached after that of target.bpf.c and only while
 * something shows or records stacks, which gets the lengths of waits from the latter.
 *
 *   switch-out:  the fingerprint: stack pointer, system call, instruction pointer, and the code addresses among the
 *                first words of the stack. If the stack of that fingerprint is not known, it is copied to `pending`.
 *   switch-in:   the wait's length is added to the account of its fingerprint. If it was long, `pending` is passed on.
 *
 * At a switch-out the thread is the current one, so its memory can be read as long as that needs no page fault.
 */
#ifndef TSA_STACK_ACCOUNTS_BPF_H
#define TSA_STACK_ACCOUNTS_BPF_H

#include "slot_maps.h"
#include "tsa_targets.h"

/* Set before load: stacks of shorter waits are not copied. */
const volatile __u64 tsa_long_wait_ns = 1000000;

/* Read by user space. */
__u32 tsa_stack_accounts_used = 0; /* after account 0 */
/* Accounts in tsa_stack_accounts_free; also written by user space. */
__u32 tsa_stack_accounts_unused = 0;

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, 1); /* set before load */
    __type(key, __u32);
    __type(value, struct tsa_target);
} tsa_targets SEC(".maps");

/* The stack at the last switch-out of each target. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1); /* as many as targets */
    __type(key, __u32);
    __type(value, struct tsa_stack_copy);
} tsa_pending_stacks SEC(".maps");

/* Of those that user space has cleared. */
struct {
    __uint(type, BPF_MAP_TYPE_STACK);
    __uint(max_entries, TSA_STACK_ACCOUNTS);
    __uint(value_size, sizeof(__u32));
} tsa_stack_accounts_free SEC(".maps");

/* The account of each fingerprint, state and target. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, TSA_STACK_ACCOUNTS - 1);
    __type(key, struct tsa_stack_key);
    __type(value, __u32);
} tsa_stack_index SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, TSA_STACK_ACCOUNTS);
    __type(key, __u32);
    __type(value, struct tsa_stack_account);
} tsa_stack_accounts SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, TSA_STACK_RING_BYTES);
} tsa_stack_copies SEC(".maps");

/* Other CPUs may write at the same time: then one more copy is made. */
static __u64 last_copy_ns[2] = {}; /* by whether the fingerprint has had a long wait */

static __always_inline struct tsa_target* target_at(__u32 index) {
    return bpf_map_lookup_elem(&tsa_targets, &index);
}

static __always_inline struct tsa_stack_copy* pending_at(__u32 index) {
    return bpf_map_lookup_elem(&tsa_pending_stacks, &index);
}

static __always_inline __u64 mixed(__u64 hash, __u64 value) {
    hash = (hash ^ value) * 0x9e3779b97f4a7c15ull;
    return hash ^ (hash >> 32);
}

/* The word if it is an address in one of the ranges, otherwise 0. Branch-free: each branch would double the verifier's
 * paths. */
static __always_inline __u64 code_word(const struct tsa_target* target, __u64 word) {
    __u64 found = 0; /* in the top bit */
    word &= TSA_ADDRESS_MASK;
    for (int nth = 0; nth < TSA_CODE_RANGES; ++nth) {
        __u64 from_begin = word - target->code[nth].begin;
        found |= (word - target->code[nth].end) & ~from_begin;
    }
    found >>= 63;
    one_register(found);
    return word & -found;
}

/* Into the copy at `have`, which is at most TSA_STACK_BYTES - TSA_STACK_CHUNK: up to the next multiple of `chunk`, a
 * power of two. Returns the number of bytes; 0: that memory is not there, or not resident. */
static __always_inline __u64 copy_piece(struct tsa_stack_copy* copy, __u64 have, __u64 from, __u64 chunk) {
    __u64 want = chunk - ((from + have) & (chunk - 1));
    one_register(want);
    one_register(have);
    if (have > TSA_STACK_BYTES - TSA_STACK_CHUNK || want > TSA_STACK_CHUNK ||
        bpf_probe_read_user(copy->query.stack + have, want, (void*)(from + have)) != 0) {
        return 0;
    }
    return want;
}

/* The first words of the stack. Returns the number of bytes. */
static __always_inline __u64 copy_top(struct tsa_stack_copy* copy, __u64 from) {
    __u64 have = copy_piece(copy, 0, from, TSA_FINGERPRINT_BYTES);
    return have ? have + copy_piece(copy, have, from, TSA_FINGERPRINT_BYTES) : 0;
}

/* Of the first `bytes` of the stack. Not static, so that the verifier walks it only once, as those below. */
__noinline __u64 tsa_code_hash(__u64 hash, __u64 bytes, __u32 index) {
    const struct tsa_target* target = target_at(index);
    const struct tsa_stack_copy* copy = pending_at(index);
    if (!target || !copy) {
        return hash;
    }
    const __u64* words = (const __u64*)copy->query.stack;
    for (__u64 nth = 0; nth < TSA_FINGERPRINT_BYTES / 8 && nth < bytes / 8; ++nth) {
        hash = mixed(hash, code_word(target, words[nth]));
    }
    return hash;
}

/* Of the first `frames` functions of the kernel stack. */
__noinline __u64 tsa_kernel_hash(__u64 hash, __u64 frames, __u32 index) {
    const struct tsa_stack_copy* copy = pending_at(index);
    for (__u64 nth = 0; copy && nth < TSA_ACCOUNT_KERNEL_FRAMES && nth < frames; ++nth) {
        hash = mixed(hash, copy->query.kernel[nth]);
    }
    return hash;
}

static __always_inline __u64 copy_kernel_stack(void* context, struct tsa_stack_copy* copy) {
    long bytes = bpf_get_stack(context, copy->query.kernel, TSA_ACCOUNT_KERNEL_FRAMES * sizeof(__u64), 0);
    __u64 frames = bytes > 0 ? (__u64)bytes / sizeof(__u64) : 0;
    copy->query.kernel_frames = (__u32)frames;
    return frames;
}

/* Waits that the system call alone does not explain. */
static __always_inline bool is_about_kernel(const struct tsa_slot* slot) {
    return slot->state == TSA_IO_WAIT || slot->state == TSA_SWAP_WAIT || slot->state == TSA_MEM_WAIT ||
           slot->state == TSA_UNINTERRUPTIBLE || (slot->state == TSA_LOCK_WAIT && (slot->flags & TSA_F_KERNEL_LOCK));
}

/* A preemption can hit any instruction of a function: there the code addresses have to suffice. */
static __always_inline bool is_at_known_instruction(const struct tsa_slot* slot, __s32 syscall) {
    return slot->state != TSA_CPU_WAIT || syscall >= 0;
}

/* Fills the beginning of the copy: registers, the first words of the stack, and the kernel stack where it matters.
 * Returns the number of bytes of the user stack. */
static __always_inline __u64 take_fingerprint(void* context, struct task_struct* task, const struct tsa_slot* slot,
                                              __u32 index, struct tsa_stack_copy* copy, __u64* fingerprint) {
    __u64 hash = mixed(slot->state, 1);
    __u64 have = 0;
    bool is_kernel_thread = (task->flags & (PF_KTHREAD | PF_IO_WORKER)) != 0;
    copy->query.flags = is_kernel_thread ? TSA_STACK_NO_USER : 0;
    copy->query.kernel_frames = 0;
    if (!is_kernel_thread) {
        struct syscall_registers call;
        read_syscall(task, &call);
        copy->query.flags = read_registers(task, copy->query.registers) ? TSA_STACK_COMPAT : 0;
        have = copy_top(copy, call.sp);
        hash = mixed(mixed(hash, call.sp), (__u64)call.number);
        if (is_at_known_instruction(slot, call.number)) {
            hash = mixed(hash, copy->query.registers[TSA_INSTRUCTION_POINTER]);
        }
        hash = tsa_code_hash(hash, have, index);
    }
    if (is_kernel_thread || is_about_kernel(slot)) {
        hash = tsa_kernel_hash(hash, copy_kernel_stack(context, copy), index);
    }
    *fingerprint = hash >= TSA_LEAST_FINGERPRINT ? hash : TSA_LEAST_FINGERPRINT;
    return have;
}

static __always_inline struct tsa_stack_account* account_at(__u32 index) {
    return bpf_map_lookup_elem(&tsa_stack_accounts, &index);
}

/* 0: there is none. */
static __always_inline __u32 allocate_account(void) {
    __u32 index = 0;
    if (tsa_stack_accounts_unused > 0 && bpf_map_pop_elem(&tsa_stack_accounts_free, &index) == 0) {
        __sync_fetch_and_add(&tsa_stack_accounts_unused, -1);
        return index;
    }
    if (tsa_stack_accounts_used + 1 >= TSA_STACK_ACCOUNTS) {
        return TSA_STACK_OTHERS;
    }
    index = __sync_fetch_and_add(&tsa_stack_accounts_used, 1) + 1;
    return index < TSA_STACK_ACCOUNTS ? index : TSA_STACK_OTHERS;
}

/* Never fails: what there is no room for is in TSA_STACK_OTHERS. */
static __always_inline __u32 account_of(const struct tsa_stack_key* key) {
    __u32* known = bpf_map_lookup_elem(&tsa_stack_index, key);
    if (known) {
        return *known;
    }
    __u32 index = allocate_account();
    struct tsa_stack_account* account = index ? account_at(index) : 0;
    if (!account || bpf_map_update_elem(&tsa_stack_index, key, &index, BPF_NOEXIST) != 0) {
        return TSA_STACK_OTHERS;
    }
    account->key = *key;
    return index;
}

static __always_inline bool is_copy_due(const struct tsa_stack_account* account, __u64 now) {
    if (account->copies && account->count < account->next_copy) {
        return false;
    }
    __u64 kind = !account->copies && account->max_ns >= tsa_long_wait_ns;
    one_register(kind);
    kind &= 1;
    if (now - last_copy_ns[kind] < TSA_STACK_COPY_EVERY_NS) {
        return false;
    }
    last_copy_ns[kind] = now;
    return true;
}

/* The rest of the stack after the `have` bytes of its fingerprint. */
__noinline int tsa_copy_rest(__u64 from, __u64 have, __u32 index) {
    struct tsa_stack_copy* copy = pending_at(index);
    if (!copy) {
        return 0;
    }
    for (int nth = 0; nth < TSA_STACK_BYTES / TSA_STACK_CHUNK; ++nth) {
        __u64 got = have ? copy_piece(copy, have, from, TSA_STACK_CHUNK) : 0;
        if (!got) {
            break;
        }
        have += got;
    }
    copy->query.stack_bytes = (__u32)have;
    return 0;
}

/* The thread leaves its CPU and waits from now on: `slot` has the new state. */
static __always_inline void begin_stack(void* context, struct task_struct* task, const struct tsa_slot* slot,
                                        __u32 index, struct tsa_target* target) {
    struct tsa_stack_copy* copy = pending_at(index);
    if (!copy) {
        return;
    }
    struct tsa_open_stack* open = &target->stack;
    struct tsa_stack_key key = {.state = slot->state, .target = index};
    __u64 have = take_fingerprint(context, task, slot, index, copy, &key.fingerprint);
    *(volatile __u64*)&open->since_ns = 0;
    write_barrier();
    open->fingerprint = key.fingerprint;
    open->account = account_of(&key);
    open->is_copied = 0;
    struct tsa_stack_account* account = account_at(open->account);
    if (account && open->account != TSA_STACK_OTHERS && is_copy_due(account, slot->since_ns)) {
        tsa_copy_rest(copy->query.registers[TSA_STACK_POINTER], have, index);
        open->is_copied = 1;
    }
    write_barrier();
    *(volatile __u64*)&open->since_ns = slot->since_ns;
}

__noinline int tsa_add_to_account(__u32 index, __u64 length_ns, __u64 end_ns) {
    struct tsa_stack_account* account = account_at(index);
    if (!account) {
        return 0;
    }
    *(volatile __u32*)&account->seq = account->seq + 1;
    write_barrier();
    account->count++;
    account->total_ns += length_ns;
    if (length_ns > account->max_ns) {
        account->max_ns = length_ns;
        account->max_at_ns = end_ns;
    }
    if (length_ns > account->recent_max_ns) {
        account->recent_max_ns = length_ns;
    }
    __u64 bucket = tsa_wait_bucket(length_ns);
    one_register(bucket);
    if (bucket < TSA_WAIT_BUCKETS && account->lengths[bucket] != ~0u) {
        account->lengths[bucket]++;
    }
    write_barrier();
    *(volatile __u32*)&account->seq = account->seq + 1;
    return 0;
}

/* Returns the account. */
static __always_inline __u32 add_by_stack(__u32 target, __u64 fingerprint, __u8 state, __u64 length_ns, __u64 end_ns) {
    struct tsa_stack_key key = {.fingerprint = fingerprint, .state = state, .target = target};
    __u32 index = account_of(&key);
    tsa_add_to_account(index, length_ns, end_ns);
    return index;
}

/* Of a wait that was long, and is part of the account. */
static __always_inline void pass_copy_on(__u32 index, struct tsa_target* target, __u32 account_index, __u64 end_ns) {
    struct tsa_stack_account* account = account_at(account_index);
    struct tsa_stack_copy* copy = pending_at(index);
    if (!account || !copy || target->stack.fingerprint == TSA_NO_FINGERPRINT) {
        return;
    }
    copy->fingerprint = target->stack.fingerprint;
    copy->query.tid = target->tid;
    copy->query.start_time_ns = target->start_ns;
    copy->query.at_ns = end_ns;
    if (target->stack.is_copied && bpf_ringbuf_output(&tsa_stack_copies, copy, sizeof(*copy), BPF_RB_NO_WAKEUP) == 0) {
        account->copies++;
        account->next_copy = 2 * account->count + 8;
    } else if (!account->copies) {
        target->stacks_uncopied++;
    }
}

/* The target is on a CPU. */
__noinline int tsa_end_stack(__u32 index) {
    struct tsa_target* target = target_at(index);
    if (!target) {
        return 0;
    }
    struct tsa_target_event wait = target->event;
    __u64 fingerprint = target->stack.fingerprint;
    __u64 out_ns = wait.in_ns - wait.queued_ns;
    __u32 account = TSA_STACK_OTHERS;
    if (wait.was_queued) {
        account = add_by_stack(index, fingerprint, TSA_CPU_WAIT, wait.queued_ns, wait.in_ns);
    }
    if (wait.state != TSA_CPU_WAIT) {
        account = add_by_stack(index, fingerprint, wait.state, wait.waited_ns, out_ns);
    }
    if (wait.waited_ns >= tsa_long_wait_ns || wait.queued_ns >= tsa_long_wait_ns) {
        pass_copy_on(index, target, account, wait.in_ns);
    }
    target->stack.fingerprint = TSA_NO_FINGERPRINT;
    target->stack.account = TSA_STACK_OTHERS;
    target->stack.is_copied = 0;
    return 0;
}

#endif
