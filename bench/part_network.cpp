// SPDX-License-Identifier: MIT
// What counting network bytes costs: a thread that sends small datagrams to itself over the loopback device, and
// receives them, without probes, with ours, and with those that count bytes in addition.
#include <arpa/inet.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "contenders.h"
#include "measure.h"
#include "parts.h"

namespace tsa::bench {

namespace {

constexpr int kRounds = 15;
constexpr int kOperations = 20'000;  // a send and a receive each

Result<Fd> self_connected() {
    Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const plain = reinterpret_cast<sockaddr*>(&address);
    if (!socket.valid() || ::bind(socket.get(), plain, size) != 0 || ::getsockname(socket.get(), plain, &size) != 0 ||
        ::connect(socket.get(), plain, size) != 0) {
        return system_error("a socket on the loopback device", errno);
    }
    return socket;
}

/// Nanoseconds for a send and a receive together.
Result<double> run(int socket) {
    std::array<char, 64> data{};
    const std::uint64_t begin_ns = monotonic_ns();
    for (int i = 0; i < kOperations; ++i) {
        if (::send(socket, data.data(), data.size(), 0) < 0 || ::recv(socket, data.data(), data.size(), 0) < 0) {
            return system_error("send and receive", errno);
        }
    }
    return static_cast<double>(monotonic_ns() - begin_ns) / kOperations;
}

Result<void> measure(Table& table) {
    const Fd socket = TRY(self_connected());
    std::vector<double> nothing_ns;
    std::vector<double> ours_ratio;
    std::vector<double> network_ratio;
    std::vector<double> added_ns;
    for (int round = 0; round < kRounds; ++round) {
        TRY(run(socket.get()));  // warm
        const double nothing = TRY(run(socket.get()));
        double ours = 0;
        double network = 0;
        {
            const auto attached = TRY(attach(Contender::ours));
            ours = TRY(run(socket.get()));
        }
        {
            const auto attached = TRY(attach_with_network());
            network = TRY(run(socket.get()));
        }
        nothing_ns.push_back(nothing);
        ours_ratio.push_back(ours / nothing);
        network_ratio.push_back(network / nothing);
        added_ns.push_back(network - ours);
    }
    const auto add = [&](const std::string& name, std::vector<double>& ratios, const std::string& note) {
        const Spread ratio = spread(ratios);
        table.add({"network", fmt::format("send and receive with {} / nothing", name), ratio.median, "x", std::nullopt,
                   fmt::format("{}; {:.0f} ns without{}", spread_text(ratio, 2), spread(nothing_ns).median, note)});
    };
    add("ours", ours_ratio, "");
    add("ours and network bytes", network_ratio,
        fmt::format("; {:.0f} ns more than ours, for both calls", spread(added_ns).median));
    return {};
}

}  // namespace

void part_network(Table& table) {
    if (const auto measured = measure(table); !measured.ok()) {
        table.skip("network", "send and receive", measured.error().text());
    }
}

}  // namespace tsa::bench
