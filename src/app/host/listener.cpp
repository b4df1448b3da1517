// SPDX-License-Identifier: MIT
// See listener.h.
#include "app/host/listener.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace tsa {

namespace {

/// Scrapes are rare and short.
constexpr int kBacklog = 16;
/// The owner and its group may connect: a reverse proxy, for example.
constexpr mode_t kSocketMode = 0660;

std::string hint_for(int error, const ListenAddress& address) {
    switch (error) {
        case EADDRINUSE:
            return address.is_unix() ? "another process listens there: --listen unix:PATH with another path"
                                     : fmt::format(
                                           "another process has the port: ss -ltnp 'sport = :{}' shows which; "
                                           "or --listen with another port",
                                           address.port);
        case EADDRNOTAVAIL:
            return "an address of this machine: ip -brief address lists them";
        case EACCES:
            return address.is_unix() ? "a directory that this user may write to"
                                     : "a port from 1024 on, or run as root";
        case ENOENT:
            return "the directory must exist";
        default:
            return {};
    }
}

Error failure(const ListenAddress& address, int error) {
    return system_error("listen on " + to_text(address), error, hint_for(error, address));
}

Result<Fd> make_socket(int family) {
    Fd fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd.valid()) {
        return system_error("make a socket", errno);
    }
    return fd;
}

/// Whether the path is a socket on which no process listens any longer.
bool is_left_over(const sockaddr_un& name) {
    struct stat found {};
    if (::lstat(name.sun_path, &found) != 0 || !S_ISSOCK(found.st_mode)) {
        return false;
    }
    const Fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    return probe.valid() && ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name)) != 0 &&
           errno == ECONNREFUSED;
}

Result<Fd> listen_unix(const ListenAddress& address) {
    Fd fd = TRY(make_socket(AF_UNIX));
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    address.path.copy(name.sun_path, sizeof(name.sun_path) - 1);
    if (is_left_over(name)) {
        ::unlink(name.sun_path);
    }
    // The mode as of its creation: there is no moment at which others may connect.
    const mode_t before = ::umask(static_cast<mode_t>(~kSocketMode) & 0777);
    const int bound = ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name));
    const int error = errno;
    ::umask(before);
    if (bound != 0) {
        return failure(address, error);
    }
    if (::listen(fd.get(), kBacklog) != 0) {
        return failure(address, errno);
    }
    return fd;
}

/// The name of a TCP address, and its length.
socklen_t fill(sockaddr_storage& name, const ListenAddress& address) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(name);
    auto& v6 = reinterpret_cast<sockaddr_in6&>(name);
    if (!address.host.empty() && ::inet_pton(AF_INET, address.host.c_str(), &v4.sin_addr) == 1) {
        v4.sin_family = AF_INET;
        v4.sin_port = htons(address.port);
        return sizeof(v4);
    }
    v6.sin6_addr = in6addr_any;
    if (!address.host.empty()) {
        ::inet_pton(AF_INET6, address.host.c_str(), &v6.sin6_addr);
    }
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(address.port);
    return sizeof(v6);
}

Result<Fd> listen_at(const ListenAddress& address, const sockaddr_storage& name, socklen_t size) {
    Fd fd = TRY(make_socket(name.ss_family));
    constexpr int kOn = 1;
    constexpr int kOff = 0;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &kOn, sizeof(kOn));
    if (name.ss_family == AF_INET6) {  // on every interface: of IPv4 as well
        const int only_v6 = address.host.empty() ? kOff : kOn;
        ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &only_v6, sizeof(only_v6));
    }
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&name), size) != 0 || ::listen(fd.get(), kBacklog) != 0) {
        return failure(address, errno);
    }
    return fd;
}

Result<Fd> listen_tcp(const ListenAddress& address) {
    sockaddr_storage name{};
    const socklen_t size = fill(name, address);
    auto listening = listen_at(address, name, size);
    const bool no_v6 =
        !listening.ok() && address.host.empty() &&
        (listening.error().error_number == EAFNOSUPPORT || listening.error().error_number == EADDRNOTAVAIL);
    if (no_v6) {
        ListenAddress v4 = address;
        v4.host = "0.0.0.0";
        sockaddr_storage all{};
        const socklen_t v4_size = fill(all, v4);
        return listen_at(v4, all, v4_size);
    }
    return listening;
}

std::uint16_t port_of(int fd) {
    sockaddr_storage name{};
    socklen_t size = sizeof(name);
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size) != 0) {
        return 0;
    }
    return ntohs(name.ss_family == AF_INET ? reinterpret_cast<sockaddr_in&>(name).sin_port
                                           : reinterpret_cast<sockaddr_in6&>(name).sin6_port);
}

}  // namespace

Result<Listener> Listener::open(const ListenAddress& address) {
    ListenAddress actual = address;
    Fd fd = address.is_unix() ? TRY(listen_unix(address)) : TRY(listen_tcp(address));
    if (!address.is_unix()) {
        actual.port = port_of(fd.get());
    }
    return Listener(std::move(fd), std::move(actual));
}

Listener::Listener(Listener&& other) noexcept
    : fd_(std::move(other.fd_)), address_(std::exchange(other.address_, {})) {}

Listener::~Listener() {
    if (address_.is_unix()) {
        ::unlink(address_.path.c_str());
    }
}

}  // namespace tsa
