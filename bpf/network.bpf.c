// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Network bytes of each thread: what it moved through sockets of IPv4 and IPv6, as its calls returned it. Attached
 * while something asks for them. The bytes are counted in the thread's slot.
 *
 * All ways to send end in sock_sendmsg: write, send, sendfile and splice (since 6.5), io_uring. So do all ways to
 * receive in sock_recvmsg, but for splice from a TCP socket. Both have a tracepoint since 6.3; before that, the
 * functions of the two protocol families that they call are probed, like the splice function of TCP on all kernels. Not
 * seen: what kernel threads receive without sock_recvmsg, zero-copy receive (TCP_ZEROCOPY_RECEIVE), splice from sockets
 * with kernel TLS.
 */
#include "slot_maps.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

#define AF_INET 2
#define AF_INET6 10
#define MSG_PEEK 2

struct sock_common {
    __u16 skc_family;
} CO_RE;

struct sock {
    struct sock_common __sk_common;
} CO_RE;

enum direction { RECEIVED, SENT };

/* The thread is the only writer of its counters. A reader that copies the slot meanwhile sees the old or the new value:
 * it copies again, for identity_seq has changed. */
static __always_inline int count_bytes(enum direction direction, long bytes) {
    struct tsa_task* data = bytes > 0 ? task_data(bpf_get_current_task_btf()) : 0;
    struct tsa_slot* slot = data && data->slot ? slot_at(data->slot) : 0;
    if (slot) {
        __u64* counter = direction == SENT ? &slot->net_tx_bytes : &slot->net_rx_bytes;
        *(volatile __u64*)counter = *counter + (__u64)bytes;
        __sync_fetch_and_add(&slot->identity_seq, 2);
        slot_mark(data->slot);
    }
    return 0;
}

static __always_inline bool is_network(const struct sock* sock) {
    __u16 family = BPF_CORE_READ(sock, __sk_common.skc_family);
    return family == AF_INET || family == AF_INET6;
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(tsa_sent, const struct sock* sock, int bytes, int flags) {
    return is_network(sock) ? count_bytes(SENT, bytes) : 0;
}

SEC("tp_btf/sock_recv_length")
int BPF_PROG(tsa_received, const struct sock* sock, int bytes, int flags) {
    return !(flags & MSG_PEEK) && is_network(sock) ? count_bytes(RECEIVED, bytes) : 0;
}

/* Calls no sock_recvmsg. */
SEC("fexit/tcp_splice_read")
int BPF_PROG(tsa_spliced, void* socket, void* position, void* pipe, unsigned long size, unsigned int flags,
             long bytes) {
    return count_bytes(RECEIVED, bytes);
}

/* ---- before 6.3 ---- */

SEC("fexit/inet_sendmsg")
int BPF_PROG(tsa_sent_inet, void* socket, void* message, unsigned long size, int bytes) {
    return count_bytes(SENT, bytes);
}

SEC("fexit/inet6_sendmsg")
int BPF_PROG(tsa_sent_inet6, void* socket, void* message, unsigned long size, int bytes) {
    return count_bytes(SENT, bytes);
}

SEC("fexit/inet_recvmsg")
int BPF_PROG(tsa_received_inet, void* socket, void* message, unsigned long size, int flags, int bytes) {
    return flags & MSG_PEEK ? 0 : count_bytes(RECEIVED, bytes);
}

SEC("fexit/inet6_recvmsg")
int BPF_PROG(tsa_received_inet6, void* socket, void* message, unsigned long size, int flags, int bytes) {
    return flags & MSG_PEEK ? 0 : count_bytes(RECEIVED, bytes);
}

/* sendfile and splice before 6.5 */
SEC("fexit/inet_sendpage")
int BPF_PROG(tsa_sent_page, void* socket, void* page, int offset, unsigned long size, int flags, long bytes) {
    return count_bytes(SENT, bytes);
}
