// SPDX-License-Identifier: MIT
// Which programs to load on this kernel: a pure decision from the kernel's features. `kernel_support()` detects them,
// `plan()` decides, Probe loads, doctor and the health line report.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "tsa.h"

namespace tsa {

/// The kernel features that the probes use, from the running kernel's BTF and /proc.
struct KernelSupport {
    bool sched_switch_state_argument = false;  ///< 4th argument of sched_switch: 5.18
    bool direct_reclaim_events = false;        ///< mm_vmscan_direct_reclaim_begin/end
    bool memcg_reclaim_events = false;         ///< mm_vmscan_memcg_reclaim_begin/end
    bool compaction_events = false;            ///< mm_compaction_begin/end
    bool contention_events = false;            ///< contention_begin/end: 5.19
    bool ring_events = false;                  ///< io_uring's, with the request as an argument: 6.0
    bool ring_submit_req = false;              ///< io_uring_submit_req: 6.3, before that io_uring_submit_sqe
    bool kallsyms = false;                     ///< addresses readable: kernel.kptr_restrict and CAP_SYSLOG
    bool interrupt_vectors = false;            ///< x86: local_timer, irq_work, call_function, call_function_single
    bool preemptible_softirqs = false;         ///< PREEMPT_RT: a softirq is the work of the thread that runs it
    bool block_events = false;                 ///< block_bio_queue and block_bio_complete
    bool socket_events = false;                ///< sock_send_length and sock_recv_length: 6.3
    bool socket_functions = false;     ///< inet_sendmsg, inet6_recvmsg ...: what those events call, probed before 6.3
    bool splice_from_sockets = false;  ///< tcp_splice_read
    bool sends_pages = false;          ///< inet_sendpage: before 6.5
    std::uint32_t zram_major = 0;      ///< of zram's block devices; 0: no swap on zram
    tsa_async_layout async_layout{};
};

/// An optional part and why it is on or off, as text for the user.
struct PlannedPart {
    std::string name;  ///< "memcg reclaim"
    bool on = false;
    std::string without;                ///< what does not work without it
    std::vector<std::string> programs;  ///< its share of ProbePlan::programs
};

struct ProbePlan {
    std::vector<std::string> programs;  ///< names of the BPF programs to load
    std::vector<PlannedPart> parts;     ///< the optional ones, for people
    std::vector<std::string> wakers;    ///< programs of bpf/wakers.bpf.c, loaded when wakers are asked for
    std::vector<std::string> network;   ///< likewise of bpf/network.bpf.c; empty: this kernel cannot count
    /// The same of what splice moves beside those: probes of functions, which not every kernel permits.
    std::vector<std::string> network_splice;
};

[[nodiscard]] ProbePlan plan(const KernelSupport& support);

/// Detects the features of the running kernel. Error: no BTF.
[[nodiscard]] Result<KernelSupport> kernel_support();

}  // namespace tsa
