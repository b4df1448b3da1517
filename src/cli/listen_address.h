// SPDX-License-Identifier: MIT
// Where a server listens, as typed on a command line. Pure: nothing is looked up or opened.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tsa {

struct ListenAddress {
    std::string path;        ///< of a unix socket; empty: TCP
    std::string host;        ///< numeric; empty: every interface
    std::uint16_t port = 0;  ///< 0: one that is free

    [[nodiscard]] bool is_unix() const { return !path.empty(); }
    bool operator==(const ListenAddress&) const = default;
};

/// "127.0.0.1:9787", "[::1]:9787", "localhost:9787", ":9787" (every interface), "9787" (this machine only), or
/// "unix:/run/rstat-tsa.sock". Error: anything else; names of hosts, too: looking one up may take long.
[[nodiscard]] Result<ListenAddress> parse_listen_address(std::string_view text);

/// As parse_listen_address() reads it.
[[nodiscard]] std::string to_text(const ListenAddress& address);

}  // namespace tsa
