// SPDX-License-Identifier: MIT
// See netlink.h.
#include "taskstats/netlink.h"

#include <netlink/errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

namespace tsa::taskstats {
namespace {

struct FreeSocket {
    void operator()(nl_sock* socket) const { nl_socket_free(socket); }
};
using Socket = std::unique_ptr<nl_sock, FreeSocket>;

// A reply of 724 bytes takes about 2.3 KB of the socket's buffer.
constexpr std::size_t kBufferedReplyBytes = 4096;

class SocketTransport final : public Transport {
  public:
    explicit SocketTransport(Socket socket) : socket_(std::move(socket)) {}

    int send(std::span<const std::byte> datagram) override {
        // Never blocks: the kernel processes the requests within this call.
        while (::send(fd(), datagram.data(), datagram.size(), 0) < 0) {
            if (errno != EINTR) {
                return errno;
            }
        }
        return 0;
    }

    Received receive(std::span<std::byte> buffers, std::size_t buffer_bytes, std::span<std::size_t> lengths) override {
        prepare(buffers, buffer_bytes, lengths.size());
        int count = -1;
        do {
            // MSG_TRUNC: returns the sent lengths, even if truncated.
            count = ::recvmmsg(fd(), messages_.data(), static_cast<unsigned>(lengths.size()), MSG_DONTWAIT | MSG_TRUNC,
                               nullptr);
        } while (count < 0 && errno == EINTR);
        if (count <= 0) {
            return {0, count < 0 ? errno : EAGAIN};
        }
        for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
            // Any process may send to this socket; only the kernel is port 0.
            lengths[i] = senders_[i].nl_pid == 0 ? messages_[i].msg_len : 0;
        }
        return {static_cast<std::size_t>(count), 0};
    }

  private:
    [[nodiscard]] int fd() const { return nl_socket_get_fd(socket_.get()); }

    void prepare(std::span<std::byte> buffers, std::size_t buffer_bytes, std::size_t count) {
        messages_.resize(count);
        parts_.resize(count);
        senders_.resize(count);
        for (std::size_t i = 0; i < count; ++i) {
            parts_[i] = {buffers.data() + i * buffer_bytes, buffer_bytes};
            messages_[i] = {};
            messages_[i].msg_hdr.msg_name = &senders_[i];
            messages_[i].msg_hdr.msg_namelen = sizeof senders_[i];
            messages_[i].msg_hdr.msg_iov = &parts_[i];
            messages_[i].msg_hdr.msg_iovlen = 1;
        }
    }

    Socket socket_;
    std::vector<mmsghdr> messages_;
    std::vector<iovec> parts_;
    std::vector<sockaddr_nl> senders_;
};

// libnl has its own error numbers.
Error nl_error(const char* what, int code, std::string hint) {
    return Error{std::string(what) + ": " + nl_geterror(code), std::move(hint), 0};
}

void set_receive_buffer(int fd, std::size_t bytes) {
    const int size = static_cast<int>(bytes);
    // The first needs CAP_NET_ADMIN, like the requests; the second is limited by net.core.rmem_max. A smaller buffer
    // only costs retries.
    if (::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0) {
        static_cast<void>(::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size));
    }
}

}  // namespace

Result<Netlink> open_netlink(std::size_t batch) {
    Socket socket(nl_socket_alloc());
    if (!socket) {
        return Error{"netlink socket: out of memory", "", ENOMEM};
    }
    // Otherwise libnl requests acknowledgments, which shift the order of replies.
    nl_socket_disable_auto_ack(socket.get());
    if (const int code = genl_connect(socket.get()); code < 0) {
        return nl_error("connect to generic netlink", code,
                        "a sandbox may block AF_NETLINK sockets; run it outside the sandbox");
    }
    const int family = genl_ctrl_resolve(socket.get(), "TASKSTATS");
    if (family < 0) {
        return nl_error("look up the netlink family TASKSTATS", family,
                        "the kernel needs CONFIG_TASKSTATS=y (and CONFIG_TASK_DELAY_ACCT=y for delays)");
    }
    constexpr std::size_t kMinBufferBytes = 212'992;  // the kernel's usual default
    set_receive_buffer(nl_socket_get_fd(socket.get()), std::max(kMinBufferBytes, batch * kBufferedReplyBytes));
    Netlink netlink;
    netlink.transport = std::make_unique<SocketTransport>(std::move(socket));
    netlink.family = static_cast<std::uint16_t>(family);
    return netlink;
}

}  // namespace tsa::taskstats
