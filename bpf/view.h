// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* IDs as user space knows them: those of the PID namespace of the program that loaded the probes. In the initial
 * namespace they are the kernel's own.
 */
#ifndef TSA_VIEW_H
#define TSA_VIEW_H

#include "kernel_types.h"

__u32 tsa_view_level = 0;     /* of user space's namespace, below the initial one; set by tsa_locate */
__u32 tsa_view_namespace = 0; /* its inode number */

/* The TID by which user space knows a thread; 0: it does not see it, or the thread has been reaped. */
static __noinline __u32 seen_tid(struct task_struct* task) {
    if (!task) {
        return 0;
    }
    if (!tsa_view_level) {
        return (__u32)BPF_CORE_READ(task, pid);
    }
    struct pid* pid = BPF_CORE_READ(task, thread_pid);
    if (!pid || BPF_CORE_READ(pid, level) < tsa_view_level) {
        return 0;
    }
    __u32 tid = 0;
    __u32 namespace_inode = 0;
    pid_at_level(pid, tsa_view_level, &tid, &namespace_inode);
    return namespace_inode == tsa_view_namespace ? tid : 0;
}

/* Run by user space before anything else. */
SEC("syscall")
int tsa_locate(void* context) {
    struct pid* pid = BPF_CORE_READ(bpf_get_current_task_btf(), thread_pid);
    __u32 level = pid ? BPF_CORE_READ(pid, level) : 0;
    __u32 tid = 0;
    pid_at_level(pid, level, &tid, &tsa_view_namespace);
    tsa_view_level = level;
    return 0;
}

#endif
