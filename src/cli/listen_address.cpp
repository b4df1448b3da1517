// SPDX-License-Identifier: MIT
// See listen_address.h.
#include "cli/listen_address.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/un.h>

#include "cli/numbers.h"

namespace tsa {

namespace {

constexpr std::string_view kUnix = "unix:";
constexpr std::string_view kThisMachine = "127.0.0.1";
constexpr std::uint64_t kMaxPort = 65535;
constexpr std::size_t kMaxSocketPath = sizeof(sockaddr_un::sun_path) - 1;

Error no_address(std::string_view text) {
    return {fmt::format("'{}' is not an address", text),
            "127.0.0.1:9787, [::1]:9787, :9787 for every interface, or unix:/run/rstat-tsa.sock", 0};
}

bool is_ipv4(const std::string& host) {
    in_addr out{};
    return ::inet_pton(AF_INET, host.c_str(), &out) == 1;
}

bool is_ipv6(const std::string& host) {
    in6_addr out{};
    return ::inet_pton(AF_INET6, host.c_str(), &out) == 1;
}

Result<ListenAddress> parse_unix(std::string_view path) {
    if (path.empty()) {
        return Error{"unix: has no path", "unix:/run/rstat-tsa.sock", 0};
    }
    if (path.size() > kMaxSocketPath) {
        return Error{
            fmt::format("the path of a unix socket has at most {} bytes; this one has {}", kMaxSocketPath, path.size()),
            "a shorter path, as in unix:/run/rstat-tsa.sock", 0};
    }
    ListenAddress address;
    address.path = path;
    return address;
}

}  // namespace

Result<ListenAddress> parse_listen_address(std::string_view text) {
    if (text.starts_with(kUnix)) {
        return parse_unix(text.substr(kUnix.size()));
    }
    ListenAddress address;
    const std::size_t colon = text.rfind(':');
    const std::string port(colon == std::string_view::npos ? text : text.substr(colon + 1));
    std::string_view host = colon == std::string_view::npos ? kThisMachine : text.substr(0, colon);
    const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
    address.host = host == "localhost" ? kThisMachine : bracketed ? host.substr(1, host.size() - 2) : host;
    if (!is_number(port) || (bracketed ? !is_ipv6(address.host) : !address.host.empty() && !is_ipv4(address.host))) {
        return no_address(text);
    }
    address.port = static_cast<std::uint16_t>(TRY(parse_number(port, "port", 0, kMaxPort)));
    return address;
}

std::string to_text(const ListenAddress& address) {
    if (address.is_unix()) {
        return std::string(kUnix) + address.path;
    }
    const bool is_v6 = address.host.find(':') != std::string::npos;
    return fmt::format("{}{}{}:{}", is_v6 ? "[" : "", address.host, is_v6 ? "]" : "", address.port);
}

}  // namespace tsa
