// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Which waits are for storage, where the task does not show it: requests that a thread has given to the kernel
 * (io_uring, libaio) and now waits for, and files whose storage is another process (FUSE).
 *
 * io_uring: the requests for files that each ring has in flight are counted at their submission and completion. libaio:
 * the kernel's own counters of the context are read when a thread waits.
 */
#ifndef TSA_STORAGE_H
#define TSA_STORAGE_H

#include "profile.h"
#include "slot.h"

/* Where the kernel's type information has these members; user space fills it in before load, because a kernel without
 * io_uring or libaio lacks the types. Offsets in bytes; all 0: not there. */
const volatile struct tsa_async_layout tsa_async_layout = {};
const volatile __u32 tsa_cpus = 1; /* possible CPUs */

/* The requests of a ring, by the address of its context. The least recently used ones make room for new ones. */
struct tsa_ring {
    __s64 files;   /* requests for files in flight */
    __u8 complete; /* created while the probes ran: `files` is exact, otherwise a lower bound */
    __u8 had_files;
    __u8 had_others;
    __u8 unclear; /* its registered files are not all on storage, so `files` is too high */
    __u8 pad[4];
};

struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, TSA_RINGS);
    __type(key, __u64);
    __type(value, struct tsa_ring);
} tsa_rings SEC(".maps");

#define S_IFMT 0170000
#define S_IFBLK 0060000
#define S_IFREG 0100000
#define FUSE_SUPER_MAGIC 0x65735546
#define MAX_DESCRIPTORS 0x100000u

static __always_inline struct file* file_of(struct task_struct* task, __u64 descriptor) {
    struct fdtable* table = BPF_CORE_READ(task, files, fdt);
    if (!table || descriptor >= BPF_CORE_READ(table, max_fds)) {
        return 0;
    }
    struct file* file = 0;
    bpf_probe_read_kernel(&file, sizeof(file), BPF_CORE_READ(table, fd) + descriptor);
    return file;
}

static __always_inline bool is_fuse(struct file* file) {
    return BPF_CORE_READ(file, f_inode, i_sb, s_magic) == FUSE_SUPER_MAGIC;
}

static __always_inline bool is_on_storage(struct file* file) {
    __u16 type = BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT;
    return type == S_IFBLK || (type == S_IFREG && !is_fuse(file));
}

/* ---- io_uring ---- */

/* Operations: enum io_uring_op of the kernel. The first six exist for pipes and sockets too. */
#define READV 1
#define WRITEV 2
#define READ_FIXED 4
#define WRITE_FIXED 5
#define READ 22
#define WRITE 23
#define FSYNC 3
#define SYNC_FILE_RANGE 8
#define FALLOCATE 17
#define BIT(operation) (1ull << (operation))
#define OPERATIONS_BY_FILE (BIT(READV) | BIT(WRITEV) | BIT(READ_FIXED) | BIT(WRITE_FIXED) | BIT(READ) | BIT(WRITE))
#define OPERATIONS_OF_FILES (BIT(FSYNC) | BIT(SYNC_FILE_RANGE) | BIT(FALLOCATE))

#define REQ_F_FIXED_FILE (1u << 0)
#define REQ_F_CQE_SKIP (1u << 6) /* reports no completion if it succeeds */
#define IORING_ENTER_REGISTERED_RING (1u << 4)
#define TSA_REGISTERED_RINGS 16u

static __always_inline bool has_registered_file(struct io_kiocb* request) {
    return (BPF_CORE_READ(request, flags) & REQ_F_FIXED_FILE) != 0;
}

/* Whether a request is for a file. Both ends of a request must give the same answer: a registered file, whose type is
 * not at hand at submission, is one. */
static __always_inline bool is_for_file(struct io_kiocb* request, struct file* file) {
    __u64 operation = BPF_CORE_READ(request, opcode);
    __u64 bit = operation < 64 ? BIT(operation) : 0;
    if (bit & OPERATIONS_BY_FILE) {
        return has_registered_file(request) || (file && is_on_storage(file));
    }
    return (bit & OPERATIONS_OF_FILES) != 0;
}

static __always_inline int ring_submit(struct io_kiocb* request) {
    struct file* file = file_of(bpf_get_current_task_btf(), (__u64)BPF_CORE_READ(request, cqe.fd));
    bool for_file = is_for_file(request, file);
    __u64 ring = (__u64)BPF_CORE_READ(request, ctx);
    struct tsa_ring* known = bpf_map_lookup_elem(&tsa_rings, &ring);
    if (!known) {
        struct tsa_ring fresh = {};
        bpf_map_update_elem(&tsa_rings, &ring, &fresh, BPF_NOEXIST);
        known = bpf_map_lookup_elem(&tsa_rings, &ring);
    }
    if (!known) {
        return 0;
    }
    if (!for_file) {
        known->had_others = 1;
    } else if (!(BPF_CORE_READ(request, flags) & REQ_F_CQE_SKIP)) {
        known->had_files = 1;
        __sync_fetch_and_add(&known->files, 1);
    }
    return 0;
}

SEC("tp_btf/io_uring_create")
int TIMED_PROG(tsa_ring_create, int descriptor, void* context) {
    __u64 ring = (__u64)context;
    struct tsa_ring fresh = {.complete = 1};
    bpf_map_update_elem(&tsa_rings, &ring, &fresh, BPF_ANY); /* the address may have been another ring's */
    return 0;
}

SEC("tp_btf/io_uring_submit_req")
int TIMED_PROG(tsa_ring_submit, struct io_kiocb* request) {
    return ring_submit(request);
}

/* before 6.3 */
SEC("tp_btf/io_uring_submit_sqe")
int TIMED_PROG(tsa_ring_submit_old, struct io_kiocb* request) {
    return ring_submit(request);
}

SEC("tp_btf/io_uring_complete")
int TIMED_PROG(tsa_ring_complete, void* context, void* completed) {
    struct io_kiocb* request = completed;
    __u64 ring = (__u64)context;
    struct tsa_ring* known = request ? bpf_map_lookup_elem(&tsa_rings, &ring) : 0;
    struct file* file = known ? BPF_CORE_READ(request, file) : 0;
    if (!known || !is_for_file(request, file) || (BPF_CORE_READ(request, flags) & REQ_F_CQE_SKIP)) {
        return 0;
    }
    if (file && has_registered_file(request) && !is_on_storage(file)) {
        known->unclear = 1;
    }
    /* Below 0: it was submitted before the probes were attached. */
    if (__sync_fetch_and_add(&known->files, -1) <= 0) {
        __sync_fetch_and_add(&known->files, 1);
    }
    return 0;
}

static __always_inline __u64 ring_of(struct task_struct* task, const struct syscall_registers* call) {
    struct file* file = 0;
    if (!(call->arg[3] & IORING_ENTER_REGISTERED_RING)) {
        file = file_of(task, (__u32)call->arg[0]);
    } else if (tsa_async_layout.registered_rings && (__u32)call->arg[0] < TSA_REGISTERED_RINGS) {
        void* own = 0;
        bpf_probe_read_kernel(&own, sizeof(own), (void*)task + tsa_async_layout.task_io_uring);
        bpf_probe_read_kernel(&file, sizeof(file),
                              own + tsa_async_layout.registered_rings + (__u32)call->arg[0] * sizeof(file));
    }
    return file ? (__u64)BPF_CORE_READ(file, private_data) : 0;
}

/* Whether a thread in io_uring_enter waits for requests for files. */
static __noinline int ring_waits_for_files(struct task_struct* task, const struct syscall_registers* call) {
    if (!task || !call) {
        return 0;
    }
    __u64 ring = ring_of(task, call);
    struct tsa_ring* known = bpf_map_lookup_elem(&tsa_rings, &ring);
    if (!known || known->unclear) {
        return 0;
    }
    if (known->files > 0) {
        return 1;
    }
    /* Requests that are older than the probes are not counted, but the kernel says that there are some. */
    return !known->complete && known->had_files && !known->had_others && in_iowait(task);
}

/* ---- libaio ---- */

/* Leads from the kernel's per-CPU pointers to addresses: the offset of a CPU is that of this map's value. (The kernel's
 * own array of offsets is not always in its symbol table.) */
struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, __u64);
} tsa_per_cpu SEC(".maps");

/* 5.19 */
static __always_inline bool has_per_cpu_lookup(void) {
    return bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_map_lookup_percpu_elem);
}

static __always_inline void* per_cpu_value(__u32 cpu) {
    __u32 zero = 0;
    return has_per_cpu_lookup() ? bpf_map_lookup_percpu_elem(&tsa_per_cpu, &zero, cpu) : 0;
}

/* Offset of CPU 0 from the per-CPU pointers; 0: unknown. */
__u64 tsa_first_cpu_offset = 0;
__u64 tsa_address = 0;

/* A pointer as a number, which may be followed anywhere: stored and read again. Only for programs that run once. */
#define number_of(pointer) (*(volatile __u64*)& tsa_address = (__u64)(pointer), *(volatile __u64*)&tsa_address)

/* Run once by user space. */
SEC("syscall")
int tsa_find_per_cpu(void* context) {
    void* of_first_cpu = per_cpu_value(0);
    struct bpf_array* map = (void*)number_of(&tsa_per_cpu);
    if (of_first_cpu) {
        tsa_first_cpu_offset = number_of(of_first_cpu) - (__u64)BPF_CORE_READ(map, pptrs[0]);
    }
    return 0;
}

/* The slots of an aio context that are set aside for single CPUs. Not static, so that the verifier walks it only once,
 * separately. */
__noinline __u64 tsa_aio_set_aside(__u64 counters) {
    __u64 sum = 0;
    void* of_first_cpu = per_cpu_value(0);
    if (!of_first_cpu) {
        return 0;
    }
    for (__u32 cpu = 0; cpu < TSA_MAX_CPUS; cpu++) {
        void* of_cpu = cpu < tsa_cpus ? per_cpu_value(cpu) : 0;
        if (!of_cpu) {
            break;
        }
        __u64 offset = (__u64)(of_cpu - of_first_cpu);
        one_register(offset); /* the difference of two pointers is a number, that of a number and a pointer is not */
        __u32 free = 0;
        bpf_probe_read_kernel(&free, sizeof(free), (void*)(counters + tsa_first_cpu_offset + offset));
        sum += free;
    }
    return sum;
}

static __always_inline __u64 word_at(const void* object, __u32 offset) {
    __u64 word = 0;
    bpf_probe_read_kernel(&word, sizeof(word), object + offset);
    return word;
}

static __always_inline __u32 half_word_at(const void* object, __u32 offset) {
    __u32 word = 0;
    bpf_probe_read_kernel(&word, sizeof(word), object + offset);
    return word;
}

/* The kernel's context of the calling thread's io_getevents; null if it is not found. */
static __always_inline void* aio_context(struct task_struct* task, __u64 user_id) {
    __u32 number = 0;
    void* contexts = (void*)word_at(BPF_CORE_READ(task, mm), tsa_async_layout.mm_contexts);
    if (!contexts || bpf_probe_read_user(&number, sizeof(number), (void*)user_id) != 0 ||
        number >= half_word_at(contexts, tsa_async_layout.contexts_count)) {
        return 0;
    }
    void* context = (void*)word_at(contexts, tsa_async_layout.contexts + number * sizeof(void*));
    return context && word_at(context, tsa_async_layout.aio_user_id) == user_id ? context : 0;
}

/* Whether the calling thread, in io_getevents, waits for requests for files: some have neither a free slot nor an
 * event. Where polls are in flight too, the kernel does not tell which they are. */
static __noinline int aio_waits_for_files(struct task_struct* task, const struct syscall_registers* call) {
    if (!task || !call || !tsa_async_layout.aio_total || !tsa_first_cpu_offset || tsa_cpus > TSA_MAX_CPUS) {
        return 0;
    }
    void* context = aio_context(task, call->arg[0]);
    if (!context) {
        return 0;
    }
    __u64 polls = (__u64)context + tsa_async_layout.aio_polls;
    if (word_at(context, tsa_async_layout.aio_polls) != polls) {
        return 0;
    }
    __s64 slots = (__s64)half_word_at(context, tsa_async_layout.aio_total) - 1;
    slots -= half_word_at(context, tsa_async_layout.aio_available);
    slots -= half_word_at(context, tsa_async_layout.aio_completed);
    slots -= (__s64)tsa_aio_set_aside(word_at(context, tsa_async_layout.aio_set_aside));
    return slots > 0;
}

#endif
