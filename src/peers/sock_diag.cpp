// SPDX-License-Identifier: MIT
// See sock_diag.h.
#include "peers/sock_diag.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cstring>

namespace tsa {

namespace {

constexpr std::size_t kBufferBytes = 64 << 10;
// <netinet/tcp.h> has them too, and does not go together with <linux/inet_diag.h>.
constexpr std::uint32_t kListening = 10;
constexpr std::uint32_t kTimeWait = 6;
constexpr std::uint32_t kAllStates = 0xfff;

template <class Body>
struct Request {
    nlmsghdr header{};
    Body body{};

    explicit Request(std::uint16_t flags) {
        header.nlmsg_len = sizeof(*this);
        header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
        header.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
    }
};

template <class T>
std::span<const std::byte> bytes_of(const T& value) {
    return std::as_bytes(std::span(&value, 1));
}

SocketAddress address_of(std::uint8_t family, const __be32* words, std::uint16_t port) {
    constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    SocketAddress address;
    address.port = ntohs(port);
    address.is_v6 = family == AF_INET6;
    std::memcpy(address.bytes.data(), words, address.is_v6 ? 16 : 4);
    if (address.is_v6 && std::equal(kMapped.begin(), kMapped.end(), address.bytes.begin())) {
        address.is_v6 = false;
        std::copy(address.bytes.begin() + kMapped.size(), address.bytes.end(), address.bytes.begin());
        std::fill(address.bytes.begin() + 4, address.bytes.end(), std::uint8_t{0});
    }
    return address;
}

/// Calls `take(type, payload)` for each message of a datagram, until it returns something else than `more`.
template <class Take>
Reply for_each_message(std::span<const std::byte> datagram, Take take) {
    while (datagram.size() >= sizeof(nlmsghdr)) {
        nlmsghdr header;
        std::memcpy(&header, datagram.data(), sizeof(header));
        if (header.nlmsg_len < sizeof(header) || header.nlmsg_len > datagram.size()) {
            return Reply::error;
        }
        if (header.nlmsg_type == NLMSG_DONE) {
            return Reply::done;
        }
        if (header.nlmsg_type == NLMSG_ERROR) {
            return Reply::error;
        }
        take(datagram.subspan(sizeof(header), header.nlmsg_len - sizeof(header)));
        datagram = datagram.subspan(std::min<std::size_t>(NLMSG_ALIGN(header.nlmsg_len), datagram.size()));
    }
    return Reply::more;
}

template <class T>
std::optional<T> value_at(std::span<const std::byte> bytes) {
    T value;
    if (bytes.size() < sizeof(value)) {
        return std::nullopt;
    }
    std::memcpy(&value, bytes.data(), sizeof(value));
    return value;
}

std::string name_of(std::span<const std::byte> bytes) {
    std::string name(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (!name.empty() && name.front() == '\0') {
        name.front() = '@';
    } else {
        name.resize(std::min(name.find('\0'), name.size()));
    }
    return name;
}

}  // namespace

std::string address_text(const SocketAddress& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    ::inet_ntop(address.is_v6 ? AF_INET6 : AF_INET, address.bytes.data(), text.data(), text.size());
    const std::string host = address.is_v6 ? "[" + std::string(text.data()) + "]" : std::string(text.data());
    return host + ":" + std::to_string(address.port);
}

Reply decode_inet(std::span<const std::byte> datagram, std::vector<InetSocket>& out) {
    return for_each_message(datagram, [&](std::span<const std::byte> payload) {
        const auto message = value_at<inet_diag_msg>(payload);
        if (!message || message->idiag_inode == 0) {
            return;
        }
        InetSocket socket;
        socket.inode = message->idiag_inode;
        socket.state = message->idiag_state;
        socket.local = address_of(message->idiag_family, message->id.idiag_src, message->id.idiag_sport);
        socket.remote = address_of(message->idiag_family, message->id.idiag_dst, message->id.idiag_dport);
        socket.unread_bytes = socket.state == kListening ? 0 : message->idiag_rqueue;
        out.push_back(socket);
    });
}

std::optional<UnixSocket> decode_unix(std::span<const std::byte> datagram) {
    std::optional<UnixSocket> found;
    [[maybe_unused]] const Reply reply = for_each_message(datagram, [&](std::span<const std::byte> payload) {
        const auto message = value_at<unix_diag_msg>(payload);
        if (!message) {
            return;
        }
        UnixSocket socket;
        socket.inode = message->udiag_ino;
        socket.listens = message->udiag_state == kListening;
        std::span<const std::byte> rest = payload.subspan(NLMSG_ALIGN(sizeof(unix_diag_msg)));
        while (const auto attribute = value_at<rtattr>(rest)) {
            if (attribute->rta_len < sizeof(rtattr) || attribute->rta_len > rest.size()) {
                break;
            }
            const auto value = rest.subspan(sizeof(rtattr), attribute->rta_len - sizeof(rtattr));
            if (attribute->rta_type == UNIX_DIAG_NAME) {
                socket.name = name_of(value);
            } else if (attribute->rta_type == UNIX_DIAG_PEER) {
                socket.peer_inode = value_at<std::uint32_t>(value).value_or(0);
            }
            rest = rest.subspan(std::min<std::size_t>(RTA_ALIGN(attribute->rta_len), rest.size()));
        }
        found = std::move(socket);
    });
    return found;
}

bool SockDiag::open() {
    if (!tried_) {
        tried_ = true;
        socket_ = Fd(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
        const timeval patience{1, 0};  // the kernel answers within the call
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        buffer_.resize(kBufferBytes);
    }
    return socket_.valid();
}

bool SockDiag::send(std::span<const std::byte> request) {
    sockaddr_nl kernel{};
    kernel.nl_family = AF_NETLINK;
    return ::sendto(socket_.get(), request.data(), request.size(), 0, reinterpret_cast<const sockaddr*>(&kernel),
                    sizeof(kernel)) == static_cast<ssize_t>(request.size());
}

std::span<const std::byte> SockDiag::receive() {
    const ssize_t size = ::recv(socket_.get(), buffer_.data(), buffer_.size(), 0);
    return std::span<const std::byte>(buffer_).first(size > 0 ? static_cast<std::size_t>(size) : 0);
}

bool SockDiag::list(InetProtocol protocol, std::vector<InetSocket>& out) {
    if (!open()) {
        return false;
    }
    const bool is_tcp = protocol == InetProtocol::tcp || protocol == InetProtocol::tcp6;
    Request<inet_diag_req_v2> request(NLM_F_DUMP);
    request.body.sdiag_family = protocol == InetProtocol::tcp6 || protocol == InetProtocol::udp6 ? AF_INET6 : AF_INET;
    request.body.sdiag_protocol = is_tcp ? IPPROTO_TCP : IPPROTO_UDP;
    request.body.idiag_states = kAllStates & ~(1U << kTimeWait);
    if (!send(bytes_of(request))) {
        return false;
    }
    for (;;) {
        const std::span<const std::byte> datagram = receive();
        const Reply reply = datagram.empty() ? Reply::error : decode_inet(datagram, out);
        if (reply != Reply::more) {
            return reply == Reply::done;
        }
        if (out.size() > kMaxSockets) {
            // What is left of the reply must not be taken for the next one.
            socket_.reset();
            tried_ = false;
            return true;
        }
    }
}

std::optional<UnixSocket> SockDiag::find_unix(std::uint64_t inode) {
    if (!open()) {
        return std::nullopt;
    }
    Request<unix_diag_req> request(0);
    request.body.sdiag_family = AF_UNIX;
    request.body.udiag_states = kAllStates;
    request.body.udiag_ino = static_cast<std::uint32_t>(inode);
    request.body.udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_PEER;
    std::ranges::fill(request.body.udiag_cookie, UINT32_MAX);
    if (!send(bytes_of(request))) {
        return std::nullopt;
    }
    return decode_unix(receive());
}

}  // namespace tsa
