// SPDX-License-Identifier: MIT
// Labels of sockets: see label_reader.h.
#include <algorithm>
#include <cctype>

#include "base/clock.h"
#include "peers/label_reader.h"

namespace tsa {

namespace {

/// New connections that are not in the list yet are a reason to list again, but not at every one.
constexpr std::uint64_t kListEveryNs = 200'000'000;
// Of <netinet/tcp.h>.
constexpr std::uint8_t kListening = 10;
constexpr std::uint8_t kClosed = 7;

bool is_peer(const InetSocket& candidate, const InetSocket& socket) {
    return candidate.local == socket.remote && candidate.remote == socket.local;
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

}  // namespace

void LabelReader::describe_socket(std::uint64_t inode, std::int32_t fd, Direction direction, Draft& draft) {
    const std::string protocol = lower(files_.socket_protocol(query_.tid, fd));
    if (protocol == "tcp" || protocol == "tcpv6") {
        describe_inet(inode, true, direction, draft);
    } else if (protocol == "udp" || protocol == "udpv6") {
        describe_inet(inode, false, direction, draft);
    } else if (protocol.starts_with("unix")) {
        describe_unix(inode, direction, draft);
    } else {
        draft.text = protocol.empty() ? "socket" : protocol;
    }
}

const InetSocket* LabelReader::find_inet(std::uint64_t inode, bool tcp, bool& incomplete) {
    Inet& table = inet_[tcp ? 1 : 0];
    const auto find = [&]() -> const InetSocket* {
        const auto at = std::ranges::lower_bound(table.sockets, inode, {}, &InetSocket::inode);
        return at != table.sockets.end() && at->inode == inode ? &*at : nullptr;
    };
    const std::uint64_t now_ns = clock_ns(CLOCK_MONOTONIC);
    const bool current = table.at_ns > query_.since_ns && now_ns < table.at_ns + kListEveryNs;
    if (current) {
        return find();
    }
    if (table.at_ns != 0 && now_ns < table.at_ns + kListEveryNs) {
        incomplete = true;
        return nullptr;
    }
    table.at_ns = now_ns;
    table.sockets.clear();
    diag_.list(tcp ? InetProtocol::tcp : InetProtocol::udp, table.sockets);
    diag_.list(tcp ? InetProtocol::tcp6 : InetProtocol::udp6, table.sockets);
    std::ranges::sort(table.sockets, {}, &InetSocket::inode);
    return find();
}

void LabelReader::describe_inet(std::uint64_t inode, bool tcp, Direction direction, Draft& draft) {
    const InetSocket* socket = find_inet(inode, tcp, draft.incomplete);
    draft.text = tcp ? "tcp" : "udp";
    if (socket == nullptr) {
        return;  // of another network namespace, or not known yet
    }
    if (tcp && socket->state == kListening) {
        draft.text += " listen " + address_text(socket->local);
        return;
    }
    if (socket->remote.port == 0 || (tcp && socket->state == kClosed)) {
        draft.text += socket->local.port != 0 ? " bound to " + address_text(socket->local) : "";
        return;
    }
    draft.text += " " + address_text(socket->remote);
    const std::vector<InetSocket>& sockets = inet_[tcp ? 1 : 0].sockets;
    const auto peer = std::ranges::find_if(sockets, [&](const InetSocket& other) { return is_peer(other, *socket); });
    if (peer == sockets.end()) {
        return;
    }
    // The other side's network may be slow; here it has data that it does not read.
    draft.too_slow = tcp && direction == Direction::writes && peer->unread_bytes != 0;
    draft.add_peers(owners_.of_socket(peer->inode, query_.since_ns, until_ns_), PeerPlace::in_parentheses);
}

void LabelReader::describe_unix(std::uint64_t inode, Direction direction, Draft& draft) {
    const std::optional<UnixSocket> socket = diag_.find_unix(inode);
    draft.text = "unix";
    if (!socket) {
        return;
    }
    if (socket->listens) {
        draft.text += " listen " + (socket->name.empty() ? std::string("unnamed") : socket->name);
        return;
    }
    std::string name = socket->name;
    if (socket->peer_inode != 0) {
        const std::optional<UnixSocket> peer = diag_.find_unix(socket->peer_inode);
        name = peer && !peer->name.empty() ? peer->name : name;
        draft.too_slow = direction == Direction::writes;  // room is what the reader has read
        draft.add_peers(owners_.of_socket(socket->peer_inode, query_.since_ns, until_ns_), PeerPlace::in_parentheses);
    }
    draft.text += name.empty() ? "" : " " + name;
}

}  // namespace tsa
