// SPDX-License-Identifier: MIT
// Sockets by inode, over netlink's sock_diag: addresses and peers of TCP, UDP and unix sockets of this network
// namespace. Messages are made and decoded by pure functions; SockDiag sends and receives them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/fd.h"

namespace tsa {

struct SocketAddress {
    bool is_v6 = false;  ///< an IPv4 address that is mapped into IPv6 counts as IPv4
    std::array<std::uint8_t, 16> bytes{};
    std::uint16_t port = 0;

    bool operator==(const SocketAddress&) const = default;
};
/// "127.0.0.1:5432", "[::1]:80".
[[nodiscard]] std::string address_text(const SocketAddress& address);

struct InetSocket {
    std::uint64_t inode = 0;
    std::uint8_t state = 0;  ///< TCP_ESTABLISHED ...
    SocketAddress local, remote;
    std::uint32_t unread_bytes = 0;  ///< received, and not read yet
};

struct UnixSocket {
    std::uint64_t inode = 0;
    std::uint64_t peer_inode = 0;  ///< 0: not connected
    bool listens = false;
    std::string name;  ///< a path, or "@name"; empty: none. Raw bytes
};

/// What one datagram of a reply ends with.
enum class Reply : std::uint8_t { more, done, error };
/// Adds the sockets of one datagram.
[[nodiscard]] Reply decode_inet(std::span<const std::byte> datagram, std::vector<InetSocket>& out);
/// The reply to a query for one socket. Absent: there is none with that inode, or no permission.
[[nodiscard]] std::optional<UnixSocket> decode_unix(std::span<const std::byte> datagram);

enum class InetProtocol : std::uint8_t { tcp, tcp6, udp, udp6 };
inline constexpr std::size_t kInetProtocols = 4;

class SockDiag {
  public:
    /// All sockets of a protocol but those that no process has any more. False: not supported. At most kMaxSockets.
    bool list(InetProtocol protocol, std::vector<InetSocket>& out);
    [[nodiscard]] std::optional<UnixSocket> find_unix(std::uint64_t inode);

    static constexpr std::size_t kMaxSockets = 65536;

  private:
    bool open();
    bool send(std::span<const std::byte> request);
    [[nodiscard]] std::span<const std::byte> receive();

    Fd socket_;
    bool tried_ = false;
    std::vector<std::byte> buffer_;
};

}  // namespace tsa
