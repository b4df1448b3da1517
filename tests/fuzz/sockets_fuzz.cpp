// SPDX-License-Identifier: MIT
// libFuzzer target for the decoder of sock_diag's replies. The datagram is at any alignment; nothing is read beyond its
// end, and no more sockets are decoded than messages fit into it. Seeds: tests/data/sockets_fuzz; run by scripts/check
// fuzz.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <vector>

#include "peers/sock_diag.h"

namespace {

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

constexpr std::size_t kHeaderBytes = 16;

void decode(const std::uint8_t* data, std::size_t size, std::size_t shift) {
    std::vector<std::byte> copy(shift + size);
    if (size > 0) {
        std::memcpy(copy.data() + shift, data, size);
    }
    const std::span<const std::byte> datagram = std::span<const std::byte>(copy).subspan(shift);
    std::vector<tsa::InetSocket> sockets;
    (void)tsa::decode_inet(datagram, sockets);
    require(sockets.size() <= size / kHeaderBytes);
    for (const tsa::InetSocket& socket : sockets) {
        require(socket.inode != 0);
        require(!tsa::address_text(socket.local).empty() && !tsa::address_text(socket.remote).empty());
    }
    if (const auto socket = tsa::decode_unix(datagram)) {
        require(socket->name.size() <= size);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT: libFuzzer's name
    decode(data, size, 0);
    decode(data, size, 1 + size % 7);
    return 0;
}
