// SPDX-License-Identifier: MIT
// libFuzzer target for the decoder of taskstats replies: for any input, it reads nothing out of bounds, respects the
// limits, and gives the same result at another address. Seeds: tests/data/taskstats; run by scripts/check fuzz.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <vector>

#include "taskstats/decode.h"

namespace {

using tsa::taskstats::DecodeFaults;
using tsa::taskstats::Reply;

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

/// Decodes a heap copy of exact size at any alignment, so that the address sanitizer detects any out-of-bounds read.
std::vector<Reply> decode(std::span<const std::uint8_t> bytes, std::size_t shift, std::uint16_t family,
                          DecodeFaults& faults) {
    std::vector<std::byte> copy(shift + bytes.size());
    if (!bytes.empty()) {
        std::memcpy(copy.data() + shift, bytes.data(), bytes.size());
    }
    std::vector<Reply> replies;
    tsa::taskstats::decode_datagram(std::span<const std::byte>(copy).subspan(shift), family, replies, faults);
    return replies;
}

bool same(const Reply& a, const Reply& b) {
    return a.kind == b.kind && a.target == b.target && a.id == b.id && a.sequence == b.sequence &&
           a.error_number == b.error_number && a.stats.version == b.stats.version &&
           a.stats.cpu_run_virtual_ns == b.stats.cpu_run_virtual_ns && a.stats.comm() == b.stats.comm();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT: libFuzzer's name
    const std::span<const std::uint8_t> bytes(data, size);
    // The captured replies have the family numbers of their kernels: the message's own type, or that of the request in
    // an error (type 2).
    const std::size_t type_at = size >= 26 && data[4] == 2 && data[5] == 0 ? 24 : 4;
    std::uint16_t family = 33;
    if (size >= type_at + sizeof family) {
        std::memcpy(&family, data + type_at, sizeof family);
    }
    DecodeFaults faults;
    const std::vector<Reply> replies = decode(bytes, 0, family, faults);
    require(replies.size() <= tsa::taskstats::kMaxReplies);
    // Each reply and each fault takes at least the four bytes of a header.
    require(replies.size() + faults.malformed + faults.foreign + faults.unknown_version + faults.beyond_bound <=
            size / 4 + 1);
    for (const Reply& reply : replies) {
        if (reply.kind == Reply::Kind::stats) {
            require(reply.target.has_value() && reply.stats.version >= 8 && reply.stats.comm().size() <= 32);
        } else {
            require(reply.error_number >= 0 && reply.error_number <= 4095);
        }
    }
    DecodeFaults shifted_faults;
    const std::vector<Reply> shifted = decode(bytes, 1 + size % 7, family, shifted_faults);
    require(shifted_faults == faults && shifted.size() == replies.size());
    for (std::size_t i = 0; i < replies.size(); ++i) {
        require(same(replies[i], shifted[i]));
    }
    static_cast<void>(tsa::taskstats::decode_stats(std::as_bytes(bytes), tsa::taskstats::Target::thread));
    return 0;
}
