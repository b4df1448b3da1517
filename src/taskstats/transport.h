// SPDX-License-Identifier: MIT
// The part of a socket that a taskstats client needs, so that tests can answer in place of the kernel.
#pragma once

#include <cstddef>
#include <span>

namespace tsa::taskstats {

class Transport {
  public:
    Transport() = default;
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;
    virtual ~Transport() = default;

    /// Sends one datagram; returns 0 or an errno.
    [[nodiscard]] virtual int send(std::span<const std::byte> datagram) = 0;

    struct Received {
        std::size_t count = 0;  ///< datagrams, in the buffers 0 to count - 1
        int error_number = 0;   ///< if count is 0: EAGAIN if there are none, ENOBUFS if some were dropped
    };
    /// Receives the datagrams that have arrived, without waiting: the kernel answers before send() returns. Buffer i
    /// has `buffer_bytes` bytes at i * buffer_bytes; lengths[i] is the original length of the datagram, even if
    /// truncated.
    [[nodiscard]] virtual Received receive(std::span<std::byte> buffers, std::size_t buffer_bytes,
                                           std::span<std::size_t> lengths) = 0;
};

}  // namespace tsa::taskstats
