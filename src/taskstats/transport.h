// How datagrams go to the kernel and come back: what a taskstats client needs of a socket, so that tests can answer in
// the kernel's place.
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

    /// Sends one datagram; 0 or an errno.
    [[nodiscard]] virtual int send(std::span<const std::byte> datagram) = 0;

    struct Received {
        std::size_t count = 0;  ///< datagrams, in the buffers 0 to count - 1
        int error_number = 0;   ///< when count is 0: EAGAIN when there is none, ENOBUFS when some were lost
    };
    /// Takes the datagrams that have arrived, without waiting: the kernel answers before send() returns. Buffer i is
    /// `buffer_bytes` from i * buffer_bytes on; lengths[i] is how long the datagram was, also when it was cut.
    [[nodiscard]] virtual Received receive(std::span<std::byte> buffers, std::size_t buffer_bytes,
                                           std::span<std::size_t> lengths) = 0;
};

}  // namespace tsa::taskstats
