// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Who ends the waits of threads: the thread, or the kind of interrupt, in which sched_waking runs. Attached while
 * something asks for wakers. It does not change the slots; each has an entry of the same number in tsa_wakers.
 *
 * An interrupt wakes as whichever thread it interrupted, so it must be told apart from that thread. Two facts do so:
 * the tracepoints of interrupts, which also tell its kind, and the stack that the event runs on, which is not that of
 * the thread in an interrupt of the kernel. What remains is an interrupt of user mode that has no tracepoint; it looks
 * like an exception of the thread itself, and is called unsure.
 *
 * A thread that sends to a local socket runs the softirq of its packets at the end of that system call. Then the
 * thread is the waker: softirq_raise shows that no interrupt asked for this softirq.
 */
#include "slot_maps.h"
#include "tsa_wakers.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

/* include/linux/interrupt.h */
enum { TIMER_SOFTIRQ = 1, NET_TX_SOFTIRQ = 2, NET_RX_SOFTIRQ = 3, BLOCK_SOFTIRQ = 4, HRTIMER_SOFTIRQ = 8 };

#if defined(__TARGET_ARCH_x86)
#define THREAD_SIZE 0x4000ull
#else
#define HARDIRQ_MASK 0x000f0000u
#define NMI_MASK 0x00f00000u
#define SOFTIRQ_SERVED 0x00000100u
#endif

/* What runs on a CPU besides its thread: interrupts nest at most one hard one in one soft one. */
struct interrupts {
    __u64 stack;         /* an address in the stack of the current event */
    __u64 hard_from_ns;  /* since when it is in a hard interrupt; 0: in none */
    __u64 soft_from_ns;  /* likewise a softirq that interrupted a thread; 0: none did */
    __u64 raised_by;     /* the thread that raised NET_RX_SOFTIRQ outside interrupts; 0: an interrupt did as well */
    __u8 hard;           /* enum tsa_waker_kind of the hard interrupt; 0: none */
    __u8 handler;        /* inside a hard interrupt, of which a timer may be part */
    __u8 soft;           /* of the softirq; 0: none */
    __u8 net_raised;     /* NET_RX_SOFTIRQ is pending or running */
    __u8 softirq_vector; /* number + 1; 0: none */
    __u8 pad[3];
};

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct interrupts);
} tsa_interrupts SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, 1); /* as many as slots; set before load */
    __type(key, __u32);
    __type(value, struct tsa_waker);
} tsa_wakers SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, 1); /* as many as slots; set before load */
    __type(key, __u32);
    __type(value, struct tsa_irq_time);
} tsa_irq_times SEC(".maps");

/* The entry in tsa_woken_by of each waker of the chosen thread. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, TSA_WOKEN_BY - 1);
    __type(key, struct tsa_waker_id);
    __type(value, __u32);
} tsa_woken_index SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(map_flags, BPF_F_MMAPABLE);
    __uint(max_entries, TSA_WOKEN_BY);
    __type(key, __u32);
    __type(value, struct tsa_woken_by);
} tsa_woken_by SEC(".maps");

/* Of all threads, if user space wants them: the waits that ended in this round and in earlier ones, which user space
 * takes out. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 1); /* TSA_WAKEUPS if they are wanted; set before load */
    __type(key, struct tsa_wakeup_key);
    __type(value, struct tsa_wakeups);
} tsa_wakeups SEC(".maps");

const volatile __u8 tsa_wakeups_wanted = 0;
__u32 tsa_wakeups_round = 0;     /* counted by user space */
__u64 tsa_wakeups_missed = 0;    /* waits that found no room in the table */
__u64 tsa_wakeups_missed_ns = 0; /* and their length */

/* User space is in a PID namespace, where the kernel's IDs mean nothing to it. */
const volatile __u8 tsa_wakers_translated = 0;

/* The chosen thread, by its slot; set by user space, which clears the table first. */
__u32 tsa_woken_slot = 0; /* number + 1; 0: none */
__u32 tsa_woken_life = 0;
__u32 tsa_woken_used = 0; /* entries in use after entry 0 */

static __always_inline struct interrupts* interrupts_here(void) {
    __u32 zero = 0;
    return bpf_map_lookup_elem(&tsa_interrupts, &zero);
}

enum context { IN_THREAD, IN_INTERRUPT, IN_EITHER };

/* Without the tracepoints of interrupts. `event`: the arguments of the event, which are on the current stack. */
static __always_inline enum context context_of(struct task_struct* task, struct interrupts* here, void* event) {
#if defined(__TARGET_ARCH_x86)
    /* As a number: the verifier allows no arithmetic on this pointer. */
    *(volatile __u64*)&here->stack = (__u64)event;
    __u64 address = *(volatile __u64*)&here->stack;
    if (address - (__u64)task->stack >= THREAD_SIZE) {
        return IN_INTERRUPT;
    }
    if (task->flags & PF_KTHREAD) {
        return IN_THREAD;
    }
    /* An interrupt of user mode stays on the thread's stack. Its registers there are those of no system call. */
    struct pt_regs* regs = (struct pt_regs*)bpf_task_pt_regs(task);
    return (__s64)regs->orig_ax < 0 ? IN_EITHER : IN_THREAD;
#else
    __u32 count = task->thread_info.preempt.count;
    return count & (HARDIRQ_MASK | NMI_MASK | SOFTIRQ_SERVED) ? IN_INTERRUPT : IN_THREAD;
#endif
}

static __always_inline bool is_own_softirq(const struct interrupts* here, struct task_struct* task) {
    return here->net_raised && here->raised_by == (__u64)task && here->softirq_vector == NET_RX_SOFTIRQ + 1;
}

static __always_inline __u32 waker_kind(struct task_struct* task, struct interrupts* here, void* event,
                                        __u32 woken_state) {
    __u32 kind = here->hard ? here->hard : here->soft;
    if (!here->hard && is_own_softirq(here, task)) {
        return TSA_WAKER_THREAD;
    }
    if (!kind) {
        if (!task->pid) {
            kind = TSA_WAKER_OTHER; /* the idle task wakes for other CPUs only */
        } else {
            enum context context = context_of(task, here, event);
            if (context != IN_INTERRUPT) {
                return context == IN_THREAD ? TSA_WAKER_THREAD : TSA_WAKER_UNSURE;
            }
            kind = TSA_WAKER_OTHER;
        }
    }
    bool waits_for_disk = woken_state == TSA_IO_WAIT || woken_state == TSA_SWAP_WAIT;
    return kind == TSA_WAKER_OTHER && waits_for_disk ? TSA_WAKER_BLOCK : kind;
}

/* Where a waker is among all, as in tsa_wakeup_key. */
struct waker_place {
    __u32 waker;
    __u32 life;
};

static __always_inline struct waker_place identify(struct task_struct* task, struct tsa_waker_id* who, char* comm) {
    struct tsa_task* data = task_data(task);
    struct tsa_slot* slot = data && data->slot ? slot_at(data->slot) : 0;
    struct waker_place place = {(__u32)task->pid | TSA_WAKER_UNTRACKED, 0};
    if (slot) {
        place.waker = data->slot;
        place.life = slot->life;
        who->start_time_ns = slot->start_time_ns;
        who->tid = slot->tid;
        who->tgid = slot->tgid;
        __builtin_memcpy(comm, slot->comm, TSA_COMM_LEN);
        return place;
    }
    who->start_time_ns = task->start_boottime;
    who->tid = tsa_wakers_translated ? 0 : (__u32)task->pid;
    who->tgid = tsa_wakers_translated ? 0 : (__u32)task->tgid;
    bpf_probe_read_kernel(comm, TSA_COMM_LEN, task->comm);
    return place;
}

static __always_inline struct tsa_woken_by* woken_at(__u32 index) {
    return bpf_map_lookup_elem(&tsa_woken_by, &index);
}

static __always_inline struct tsa_woken_by* woken_by(const struct tsa_waker* waker) {
    __u32* known = bpf_map_lookup_elem(&tsa_woken_index, &waker->who);
    if (known) {
        return woken_at(*known);
    }
    __u32 index = tsa_woken_used + 1;
    struct tsa_woken_by* entry = index < TSA_WOKEN_BY ? woken_at(index) : 0;
    if (!entry || bpf_map_update_elem(&tsa_woken_index, &waker->who, &index, BPF_NOEXIST) != 0) {
        return woken_at(0);
    }
    entry->who = waker->who;
    write_barrier();
    *(volatile __u32*)&tsa_woken_used = index;
    return entry;
}

/* Wakeups of one thread are serialized by its pi_lock. */
static __noinline int add_woken(const struct tsa_waker* waker, __u64 waited_ns, __u32 state) {
    if (!waker) {
        return 0;
    }
    struct tsa_woken_by* entry = woken_by(waker);
    if (!entry) {
        return 0;
    }
    *(volatile __u32*)&entry->seq = entry->seq + 1;
    write_barrier();
    __builtin_memcpy(entry->comm, waker->comm, TSA_COMM_LEN);
    entry->count++;
    entry->total_ns += waited_ns;
    entry->last_ns = waker->at_ns;
    if (waited_ns > entry->longest_ns) {
        entry->longest_ns = waited_ns;
    }
    if (state == TSA_SYNC) {
        entry->sync_count++;
        entry->sync_ns += waited_ns;
    }
    write_barrier();
    *(volatile __u32*)&entry->seq = entry->seq + 1;
    return 0;
}

static __always_inline void add_wakeup(const struct tsa_slot* slot, __u32 number, const struct tsa_waker* waker,
                                       struct waker_place place, __u64 waited_ns) {
    __u8 state = counted_state(slot);
    struct tsa_wakeup_key key = {};
    key.round = *(volatile __u32*)&tsa_wakeups_round;
    key.slot = number - 1;
    key.life = slot->life;
    key.what = (__u32)state << 8 | waker->who.kind;
    key.waker = place.waker;
    key.waker_life = place.life;
    struct tsa_wakeups* known = bpf_map_lookup_elem(&tsa_wakeups, &key);
    if (known) {
        known->count++;
        known->total_ns += waited_ns;
        if (waited_ns > known->longest_ns) {
            known->longest_ns = waited_ns;
        }
        known->last_ns = waker->at_ns;
        return;
    }
    struct tsa_wakeups first = {};
    first.start_time_ns = slot->start_time_ns;
    first.tid = slot->tid;
    first.who = waker->who;
    __builtin_memcpy(first.comm, waker->comm, TSA_COMM_LEN);
    first.count = 1;
    first.total_ns = waited_ns;
    first.longest_ns = waited_ns;
    first.last_ns = waker->at_ns;
    if (bpf_map_update_elem(&tsa_wakeups, &key, &first, BPF_NOEXIST) != 0) {
        __sync_fetch_and_add(&tsa_wakeups_missed, 1);
        __sync_fetch_and_add(&tsa_wakeups_missed_ns, waited_ns);
    }
}

SEC("tp_btf/sched_waking")
int BPF_PROG(tsa_waking, struct task_struct* woken) {
    struct tsa_task* data = task_data(woken);
    __u32 number = data ? data->slot : 0;
    struct tsa_slot* slot = number ? slot_at(number) : 0;
    __u32 index = number - 1;
    struct tsa_waker* waker = slot ? bpf_map_lookup_elem(&tsa_wakers, &index) : 0;
    struct interrupts* here = interrupts_here();
    if (!waker || !here) {
        return 0;
    }
    struct task_struct* task = bpf_get_current_task_btf();
    __u64 now = bpf_ktime_get_ns();
    *(volatile __u32*)&waker->seq = waker->seq + 1;
    write_barrier();
    waker->life = slot->life;
    waker->at_ns = now;
    waker->who.kind = waker_kind(task, here, ctx, slot->state);
    struct waker_place place = {};
    if (waker->who.kind == TSA_WAKER_THREAD) {
        place = identify(task, &waker->who, waker->comm);
    } else {
        waker->who.start_time_ns = 0;
        waker->who.tid = 0;
        waker->who.tgid = 0;
        __builtin_memset(waker->comm, 0, TSA_COMM_LEN);
    }
    write_barrier();
    *(volatile __u32*)&waker->seq = waker->seq + 1;
    /* One that is about to sleep, or already awake, has no wait that ends now. */
    if (slot->state <= TSA_CPU_WAIT || slot->state >= TSA_ZOMBIE) {
        return 0;
    }
    __u64 waited_ns = now > slot->since_ns ? now - slot->since_ns : 0;
    if (number == tsa_woken_slot && slot->life == tsa_woken_life) {
        add_woken(waker, waited_ns, counted_state(slot));
    }
    if (tsa_wakeups_wanted) {
        add_wakeup(slot, number, waker, place, waited_ns);
    }
    return 0;
}

/* ---- time of interrupts, which is in `exec` of the thread that they interrupt ---- */

static __noinline int add_irq_time(__u64 from_ns) {
    struct tsa_task* data = task_data(bpf_get_current_task_btf());
    __u32 number = data ? data->slot : 0;
    struct tsa_slot* slot = number ? slot_at(number) : 0;
    __u32 index = number - 1;
    struct tsa_irq_time* time = slot ? bpf_map_lookup_elem(&tsa_irq_times, &index) : 0;
    if (!time) {
        return 0;
    }
    __u64 now = bpf_ktime_get_ns();
    if (time->life != slot->life) {
        time->ns = 0;
        write_barrier();
        time->life = slot->life;
    }
    time->ns += now > from_ns ? now - from_ns : 0;
    return 0;
}

/* Softirqs are the work of these threads. */
static __always_inline bool is_ksoftirqd(struct task_struct* task) {
    static const char name[] = "ksoftirqd";
    if (!(task->flags & PF_KTHREAD)) {
        return false;
    }
    for (__u32 at = 0; at < sizeof(name) - 1; at++) {
        if (task->comm[at] != name[at]) {
            return false;
        }
    }
    return true;
}

/* A hard interrupt inside a softirq is part of its time. An end that was missed is made up for by the next start. */
static __always_inline void time_hard(struct interrupts* here, bool on) {
    if (on) {
        here->hard_from_ns = bpf_ktime_get_ns();
        return;
    }
    if (here->hard_from_ns && !here->soft_from_ns) {
        add_irq_time(here->hard_from_ns);
    }
    here->hard_from_ns = 0;
}

/* ---- which interrupt a CPU is in ---- */

static __always_inline void in_handler(__u8 on) {
    struct interrupts* here = interrupts_here();
    if (here) {
        here->handler = on;
        here->hard = on ? TSA_WAKER_OTHER : 0;
        time_hard(here, on);
    }
}

SEC("tp_btf/irq_handler_entry")
int BPF_PROG(tsa_handler_entry) {
    in_handler(1);
    return 0;
}

SEC("tp_btf/irq_handler_exit")
int BPF_PROG(tsa_handler_exit) {
    in_handler(0);
    return 0;
}

/* Timers expire in hard interrupts, those that ask for it in softirqs. */
static __always_inline void in_hrtimer(bool on) {
    struct interrupts* here = interrupts_here();
    if (!here || here->softirq_vector == HRTIMER_SOFTIRQ + 1) {
        return;
    }
    here->hard = on ? TSA_WAKER_TIMER : here->handler ? TSA_WAKER_OTHER : 0;
}

SEC("tp_btf/hrtimer_expire_entry")
int BPF_PROG(tsa_hrtimer_entry) {
    in_hrtimer(true);
    return 0;
}

SEC("tp_btf/hrtimer_expire_exit")
int BPF_PROG(tsa_hrtimer_exit) {
    in_hrtimer(false);
    return 0;
}

static __always_inline __u8 softirq_kind(__u32 vector) {
    switch (vector) {
        case TIMER_SOFTIRQ:
        case HRTIMER_SOFTIRQ:
            return TSA_WAKER_TIMER;
        case NET_TX_SOFTIRQ:
        case NET_RX_SOFTIRQ:
            return TSA_WAKER_NET;
        case BLOCK_SOFTIRQ:
            return TSA_WAKER_BLOCK;
        default:
            return TSA_WAKER_OTHER;
    }
}

SEC("tp_btf/softirq_raise")
int BPF_PROG(tsa_softirq_raise, unsigned int vector) {
    struct interrupts* here = interrupts_here();
    if (!here || vector != NET_RX_SOFTIRQ) {
        return 0;
    }
    struct task_struct* task = bpf_get_current_task_btf();
    bool by_thread = !here->hard && !here->soft && task->pid && context_of(task, here, ctx) == IN_THREAD;
    if (is_own_softirq(here, task) && !here->hard) {
        return 0; /* its packets raise more of them */
    }
    here->raised_by = by_thread && (!here->net_raised || here->raised_by == (__u64)task) ? (__u64)task : 0;
    here->net_raised = 1;
    return 0;
}

SEC("tp_btf/softirq_entry")
int BPF_PROG(tsa_softirq_entry, unsigned int vector) {
    struct interrupts* here = interrupts_here();
    if (here) {
        here->soft = softirq_kind(vector);
        here->softirq_vector = vector + 1;
        struct task_struct* task = bpf_get_current_task_btf();
        here->soft_from_ns = is_own_softirq(here, task) || is_ksoftirqd(task) ? 0 : bpf_ktime_get_ns();
    }
    return 0;
}

SEC("tp_btf/softirq_exit")
int BPF_PROG(tsa_softirq_exit, unsigned int vector) {
    struct interrupts* here = interrupts_here();
    if (!here) {
        return 0;
    }
    here->soft = 0;
    here->softirq_vector = 0;
    if (here->soft_from_ns) {
        add_irq_time(here->soft_from_ns);
        here->soft_from_ns = 0;
    }
    if (vector == NET_RX_SOFTIRQ) {
        here->net_raised = 0;
    }
    return 0;
}

/* ---- x86: interrupts without a handler ---- */

#define INTERRUPT(name)                \
    SEC("tp_btf/" #name "_entry")      \
    int BPF_PROG(tsa_##name##_entry) { \
        in_handler(1);                 \
        return 0;                      \
    }                                  \
    SEC("tp_btf/" #name "_exit")       \
    int BPF_PROG(tsa_##name##_exit) {  \
        in_handler(0);                 \
        return 0;                      \
    }

INTERRUPT(local_timer)
INTERRUPT(irq_work)
INTERRUPT(call_function)
INTERRUPT(call_function_single)
