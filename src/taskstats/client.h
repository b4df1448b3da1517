// SPDX-License-Identifier: MIT
// The thin half of src/taskstats: a generic netlink socket, requests for many threads in one datagram, replies matched
// to them. decode.h decodes them; model/taskstats.h decides whether a delay was measured. Called only for the threads
// being viewed, never for all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "model/taskstats.h"
#include "taskstats/decode.h"
#include "taskstats/transport.h"

namespace tsa::taskstats {

/// One requested thread or group.
struct Fetched {
    enum class Outcome : std::uint8_t {
        found,
        vanished,    ///< no such thread: it ended, or never existed
        failed,      ///< the kernel returned another error: error_number
        unanswered,  ///< each reply was dropped or could not be decoded
    };
    std::uint32_t id = 0;
    Outcome outcome = Outcome::unanswered;
    int error_number = 0;
    TaskStats stats;  ///< when found
};

/// Cumulative counts of a client. All but vanished, requested and round_trips stay 0 on a healthy machine.
struct ClientHealth {
    std::uint64_t requested = 0;
    std::uint64_t round_trips = 0;  ///< request datagrams sent
    std::uint64_t vanished = 0;
    std::uint64_t failed = 0;
    std::uint64_t unanswered = 0;
    std::uint64_t retried = 0;     ///< requests sent again for lack of a reply
    std::uint64_t overruns = 0;    ///< the kernel reported a full socket buffer (ENOBUFS)
    std::uint64_t mismatched = 0;  ///< replies without an open request: late, duplicate, or for another thread
    std::uint64_t oversized = 0;   ///< datagrams that did not fit
    DecodeFaults decode;
};

class Client {
  public:
    /// Requests per datagram. Measured on Linux 6.18 with 1,024 sleeping threads, µs per thread: 4.5 one by one, 3.0 in
    /// fours, 2.4 in eights, 2.2 in thirty-twos, and no less up to 512, where the kernel's own work per reply
    /// dominates. 32 replies need 74 KB of socket buffer, a third of the default.
    static constexpr std::size_t kDefaultBatch = 32;
    static constexpr std::size_t kMaxBatch = 512;

    /// Resolves the family by name and requests this thread once, so that missing privileges show now and not at the
    /// first request. Errors with a hint: no CONFIG_TASKSTATS, no CAP_NET_ADMIN, not in the host's PID namespace.
    [[nodiscard]] static Result<Client> open(std::size_t batch = kDefaultBatch);

    /// The same over another transport, without the test request.
    Client(std::unique_ptr<Transport> transport, std::uint16_t family, std::size_t batch = kDefaultBatch);

    /// Fills one entry of `out` for each of `tids`, in the same order; duplicates are answered twice. Fails only if no
    /// further requests are possible (privileges revoked, socket broken); `out` keeps the answers so far. Allocates
    /// nothing once `out` has reached that size.
    [[nodiscard]] Result<void> fetch(std::span<const std::uint32_t> tids, std::vector<Fetched>& out);

    /// Version of the kernel's struct; 0 before the first reply.
    [[nodiscard]] std::uint16_t version() const { return version_; }
    [[nodiscard]] const ClientHealth& health() const { return health_; }

  private:
    [[nodiscard]] Result<void> fetch_batch(std::span<Fetched> batch);
    [[nodiscard]] Result<void> round_trip(std::span<Fetched> batch, std::span<const std::uint32_t> asked);
    [[nodiscard]] Result<void> drain(std::span<Fetched> batch, std::span<const std::uint32_t> asked);
    [[nodiscard]] Result<void> take(std::span<Fetched> batch, std::span<const std::uint32_t> asked,
                                    std::span<const std::byte> buffer, std::size_t length);
    [[nodiscard]] Result<void> match(std::span<Fetched> batch, std::span<const std::uint32_t> asked,
                                     const Reply& reply);

    std::unique_ptr<Transport> transport_;
    std::uint16_t family_ = 0;
    std::uint16_t version_ = 0;
    std::size_t batch_;
    std::uint32_t next_sequence_ = 1;
    std::uint32_t first_sequence_ = 0;  // of the current round trip: its i-th request has this + i

    std::vector<std::byte> requests_;
    std::vector<std::byte> buffers_;
    std::vector<std::size_t> lengths_;
    std::vector<std::uint32_t> open_;  // indices in the batch of unanswered requests
    std::vector<Reply> replies_;
    ClientHealth health_;
};

}  // namespace tsa::taskstats
