// The pure half of src/taskstats: the bytes of one netlink datagram in, its taskstats replies out; and the other way,
// requests into bytes. Knows the kernel's format only (version by version, see layout.h), trusts no length in it, and
// needs no alignment. The bytes come from src/taskstats/client.cpp, from files of tests, or from a fuzzer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "model/taskstats.h"

namespace tsa::taskstats {

/// What a request asks for, and what a reply is about.
enum class Target : std::uint8_t { thread, group };

/// One message of a datagram, or one of the two parts of a process's exit message.
struct Reply {
    enum class Kind : std::uint8_t {
        stats,
        error,  ///< error_number says which; 0 is an acknowledgement
    };
    Kind kind = Kind::stats;
    int error_number = 0;          ///< errno: ESRCH, EPERM, ...
    std::uint32_t sequence = 0;    ///< of the request that this answers
    std::uint32_t port = 0;        ///< of the requester; 0 in what the kernel sends by itself
    std::optional<Target> target;  ///< always there in stats; in an error, when the request came back in it
    std::uint32_t id = 0;          ///< TID or TGID, when target is there
    TaskStats stats;
};

/// What a datagram held that is no reply. All 0 with a kernel that is sane.
struct DecodeFaults {
    std::uint64_t malformed = 0;        ///< a length or a nesting that cannot be
    std::uint64_t unknown_version = 0;  ///< older than 8, or 0 where nothing says which
    std::uint64_t foreign = 0;          ///< messages of other families or commands
    std::uint64_t beyond_bound = 0;     ///< replies after the first kMaxReplies

    bool operator==(const DecodeFaults&) const = default;
};

/// More than the kernel ever puts into one datagram (two).
inline constexpr std::size_t kMaxReplies = 64;

/// Appends what the datagram holds to `replies`, and counts the rest in `faults`. `family` is the number that the
/// kernel gave to TASKSTATS. Whatever the bytes are, it reads nothing outside of them and ends after one pass. Does
/// not allocate while `replies` has the capacity.
void decode_datagram(std::span<const std::byte> datagram, std::uint16_t family, std::vector<Reply>& replies,
                     DecodeFaults& faults);

/// The struct alone. Absent when it is shorter than its version says, or of an unknown version. `version_if_unset`
/// stands in for a version of 0: before Linux 6.1, and from 6.14 to 6.19, the kernel leaves it so in one message.
[[nodiscard]] std::optional<TaskStats> decode_stats(std::span<const std::byte> bytes, Target target,
                                                    std::uint16_t version_if_unset = 0);

/// Bytes of one request.
inline constexpr std::size_t kRequestBytes = 28;

/// One GET request, as one message; several may stand behind each other in one datagram.
void encode_request(std::span<std::byte, kRequestBytes> bytes, std::uint16_t family, std::uint32_t sequence,
                    Target target, std::uint32_t id);

}  // namespace tsa::taskstats
