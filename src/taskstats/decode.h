// SPDX-License-Identifier: MIT
// The pure half of src/taskstats: decodes one netlink datagram into taskstats replies, and encodes requests. Depends
// only on the kernel's format (by version, see layout.h), trusts no length in it, and requires no alignment. The bytes
// come from src/taskstats/client.cpp, test files, or a fuzzer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "model/taskstats.h"

namespace tsa::taskstats {

/// The target of a request or a reply.
enum class Target : std::uint8_t { thread, group };

/// One message of a datagram, or one of the two parts of a process's exit message.
struct Reply {
    enum class Kind : std::uint8_t {
        stats,
        error,  ///< see error_number; 0: an acknowledgment
    };
    Kind kind = Kind::stats;
    int error_number = 0;          ///< errno: ESRCH, EPERM, ...
    std::uint32_t sequence = 0;    ///< of the request that this answers
    std::uint32_t port = 0;        ///< of the requester; 0 in messages that the kernel sends unrequested
    std::optional<Target> target;  ///< always set for stats; for an error, if it contains the request
    std::uint32_t id = 0;          ///< TID or TGID, if target is set
    TaskStats stats;
};

/// Parts of a datagram that are not replies. All 0 with a sane kernel.
struct DecodeFaults {
    std::uint64_t malformed = 0;        ///< an impossible length or nesting
    std::uint64_t unknown_version = 0;  ///< older than 8, or 0 where the version is unknown
    std::uint64_t foreign = 0;          ///< messages of other families or commands
    std::uint64_t beyond_bound = 0;     ///< replies after the first kMaxReplies

    bool operator==(const DecodeFaults&) const = default;
};

/// More than the kernel ever puts into one datagram (two).
inline constexpr std::size_t kMaxReplies = 64;

/// Appends the datagram's replies to `replies`, and counts everything else in `faults`. `family` is the number that the
/// kernel assigned to TASKSTATS. For any input, it reads only within the bytes and ends after one pass. Does not
/// allocate while `replies` has the capacity.
void decode_datagram(std::span<const std::byte> datagram, std::uint16_t family, std::vector<Reply>& replies,
                     DecodeFaults& faults);

/// Decodes only the struct. Absent if it is shorter than its version requires, or of an unknown version.
/// `version_if_unset` replaces a version of 0: before Linux 6.1, and from 6.14 to 6.19, the kernel leaves it unset in
/// one message.
[[nodiscard]] std::optional<TaskStats> decode_stats(std::span<const std::byte> bytes, Target target,
                                                    std::uint16_t version_if_unset = 0);

/// Size of one request, in bytes.
inline constexpr std::size_t kRequestBytes = 28;

/// One GET request, as one message; a datagram may contain several.
void encode_request(std::span<std::byte, kRequestBytes> bytes, std::uint16_t family, std::uint32_t sequence,
                    Target target, std::uint32_t id);

}  // namespace tsa::taskstats
