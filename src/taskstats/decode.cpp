// SPDX-License-Identifier: MIT
// See decode.h. Every step is the same: read the length in a header, compare it with the remaining bytes, and only then
// take a part of that length.
#include "taskstats/decode.h"

#include <linux/genetlink.h>
#include <linux/netlink.h>

#include <algorithm>
#include <cstring>

#include "taskstats/fields.h"
#include "taskstats/layout.h"

namespace tsa::taskstats {
namespace {

using Bytes = std::span<const std::byte>;

// ABI numbers that never change between versions. The build host's header also defines the struct, so it is not
// included here; tests compare these numbers with it.
constexpr std::uint8_t kCommandGet = 1;
constexpr std::uint8_t kCommandNew = 2;
constexpr std::uint16_t kAttributeOfRequest[] = {1, 2};  // by Target: PID, TGID
constexpr std::uint16_t kTypePid = 1;
constexpr std::uint16_t kTypeTgid = 2;
constexpr std::uint16_t kTypeStats = 3;
constexpr std::uint16_t kTypeAggrPid = 4;
constexpr std::uint16_t kTypeAggrTgid = 5;
constexpr int kMaxErrno = 4095;

static_assert(sizeof(nlmsghdr) == 16 && sizeof(genlmsghdr) == 4 && sizeof(nlattr) == 4);
static_assert(kRequestBytes == sizeof(nlmsghdr) + sizeof(genlmsghdr) + sizeof(nlattr) + sizeof(std::uint32_t));

constexpr std::size_t aligned(std::size_t size) {
    return (size + 3) / 4 * 4;  // NLMSG_ALIGNTO and NLA_ALIGNTO
}

/// Removes and returns a part of `size` bytes from the front, and skips the padding after it, if any.
Bytes cut(Bytes& rest, std::size_t size) {
    const Bytes part = rest.first(size);
    rest = rest.subspan(std::min(aligned(size), rest.size()));
    return part;
}

struct Attribute {
    std::uint16_t type = 0;
    Bytes payload;
};

/// The next attribute of `rest`; absent if the rest is not a valid attribute.
std::optional<Attribute> next_attribute(Bytes& rest) {
    if (rest.size() < sizeof(nlattr)) {
        return std::nullopt;
    }
    const auto header = load<nlattr>(rest, 0);
    if (header.nla_len < sizeof header || header.nla_len > rest.size()) {
        return std::nullopt;
    }
    const Bytes whole = cut(rest, header.nla_len);
    return Attribute{static_cast<std::uint16_t>(header.nla_type & NLA_TYPE_MASK), whole.subspan(sizeof header)};
}

/// {id, stats} in any order, each once, among attributes that a later kernel may add.
struct Aggregate {
    std::optional<std::uint32_t> id;
    std::optional<Bytes> stats;
};

std::optional<Aggregate> parse_aggregate(Bytes nested, Target target) {
    Aggregate aggregate;
    const std::uint16_t id_type = target == Target::thread ? kTypePid : kTypeTgid;
    while (!nested.empty()) {
        const std::optional<Attribute> attribute = next_attribute(nested);
        if (!attribute) {
            return std::nullopt;
        }
        if (attribute->type == id_type) {
            if (aggregate.id || attribute->payload.size() != sizeof(std::uint32_t)) {
                return std::nullopt;
            }
            aggregate.id = load<std::uint32_t>(attribute->payload, 0);
        } else if (attribute->type == kTypeStats) {
            if (aggregate.stats || attribute->payload.size() < sizeof(std::uint16_t)) {
                return std::nullopt;
            }
            aggregate.stats = attribute->payload;
        }
    }
    return aggregate.id && aggregate.stats ? std::optional(aggregate) : std::nullopt;
}

class Decoder {
  public:
    Decoder(std::uint16_t family, std::vector<Reply>& replies, DecodeFaults& faults)
        : family_(family), replies_(replies), faults_(faults), room_(kMaxReplies) {}

    void datagram(Bytes rest) {
        while (!rest.empty()) {
            if (rest.size() < sizeof(nlmsghdr)) {
                ++faults_.malformed;
                return;
            }
            const auto header = load<nlmsghdr>(rest, 0);
            if (header.nlmsg_len < sizeof header || header.nlmsg_len > rest.size()) {
                ++faults_.malformed;  // the start of the next message is unknown too
                return;
            }
            message(header, cut(rest, header.nlmsg_len).subspan(sizeof header));
        }
    }

  private:
    void message(const nlmsghdr& header, Bytes payload) {
        if (header.nlmsg_type == NLMSG_ERROR) {
            error(header, payload);
        } else if (header.nlmsg_type == family_ && header.nlmsg_type >= NLMSG_MIN_TYPE) {
            generic(header, payload);
        } else {
            ++faults_.foreign;
        }
    }

    void add(const nlmsghdr& header, Reply reply) {
        if (room_ == 0) {
            ++faults_.beyond_bound;
            return;
        }
        --room_;
        reply.sequence = header.nlmsg_seq;
        reply.port = header.nlmsg_pid;
        replies_.push_back(reply);
    }

    void error(const nlmsghdr& header, Bytes payload) {
        if (payload.size() < sizeof(int) + sizeof(nlmsghdr)) {
            ++faults_.malformed;
            return;
        }
        const int code = load<int>(payload, 0);
        if (code > 0 || code < -kMaxErrno) {
            ++faults_.malformed;
            return;
        }
        Reply reply;
        reply.kind = Reply::Kind::error;
        reply.error_number = -code;
        request(payload.subspan(sizeof(int)), reply);
        add(header, reply);
    }

    /// The target of the request that an error contains. An acknowledgment contains only the request's header.
    void request(Bytes rest, Reply& reply) const {
        const auto header = load<nlmsghdr>(rest, 0);
        constexpr std::size_t kHeaders = sizeof(nlmsghdr) + sizeof(genlmsghdr);
        if (header.nlmsg_type != family_ || header.nlmsg_len < kHeaders || header.nlmsg_len > rest.size()) {
            return;
        }
        Bytes attributes = rest.subspan(kHeaders, header.nlmsg_len - kHeaders);
        const std::optional<Attribute> attribute = next_attribute(attributes);
        if (!attribute || attribute->payload.size() != sizeof(std::uint32_t)) {
            return;
        }
        for (const Target target : {Target::thread, Target::group}) {
            if (attribute->type == kAttributeOfRequest[static_cast<std::size_t>(target)]) {
                reply.target = target;
                reply.id = load<std::uint32_t>(attribute->payload, 0);
            }
        }
    }

    void generic(const nlmsghdr& header, Bytes payload) {
        if (payload.size() < sizeof(genlmsghdr)) {
            ++faults_.malformed;
            return;
        }
        if (load<genlmsghdr>(payload, 0).cmd != kCommandNew) {
            ++faults_.foreign;
            return;
        }
        Bytes attributes = payload.subspan(sizeof(genlmsghdr));
        std::uint16_t version = 0;  // from earlier parts: the group part of an exit message may lack it
        while (!attributes.empty()) {
            const std::optional<Attribute> attribute = next_attribute(attributes);
            if (!attribute) {
                ++faults_.malformed;
                return;
            }
            if (attribute->type == kTypeAggrPid) {
                aggregate(header, attribute->payload, Target::thread, version);
            } else if (attribute->type == kTypeAggrTgid) {
                aggregate(header, attribute->payload, Target::group, version);
            }
        }
    }

    void aggregate(const nlmsghdr& header, Bytes nested, Target target, std::uint16_t& version) {
        const std::optional<Aggregate> parts = parse_aggregate(nested, target);
        if (!parts) {
            ++faults_.malformed;
            return;
        }
        const auto own = load<std::uint16_t>(*parts->stats, 0);
        const std::uint16_t effective = own != 0 ? own : version;
        if (layout_of(effective) == nullptr) {
            ++faults_.unknown_version;
            return;
        }
        const std::optional<TaskStats> stats = decode_stats(*parts->stats, target, version);
        if (!stats) {
            ++faults_.malformed;
            return;
        }
        version = effective;
        Reply reply;
        reply.target = target;
        reply.id = *parts->id;
        reply.stats = *stats;
        add(header, reply);
    }

    std::uint16_t family_;
    std::vector<Reply>& replies_;
    DecodeFaults& faults_;
    std::size_t room_;
};

}  // namespace

void decode_datagram(Bytes datagram, std::uint16_t family, std::vector<Reply>& replies, DecodeFaults& faults) {
    Decoder(family, replies, faults).datagram(datagram);
}

std::optional<TaskStats> decode_stats(Bytes bytes, Target target, std::uint16_t version_if_unset) {
    if (bytes.size() < sizeof(std::uint16_t)) {
        return std::nullopt;
    }
    auto version = load<std::uint16_t>(bytes, 0);
    if (version == 0) {
        version = version_if_unset;
    }
    const Layout* layout = layout_of(version);
    if (layout == nullptr || bytes.size() < layout->size) {
        return std::nullopt;
    }
    return read_fields(bytes, *layout, version, target == Target::group);
}

void encode_request(std::span<std::byte, kRequestBytes> bytes, std::uint16_t family, std::uint32_t sequence,
                    Target target, std::uint32_t id) {
    const nlmsghdr message{.nlmsg_len = kRequestBytes,
                           .nlmsg_type = family,
                           .nlmsg_flags = NLM_F_REQUEST,
                           .nlmsg_seq = sequence,
                           .nlmsg_pid = 0};
    const genlmsghdr generic{.cmd = kCommandGet, .version = 1, .reserved = 0};
    const nlattr attribute{.nla_len = sizeof(nlattr) + sizeof id,
                           .nla_type = kAttributeOfRequest[static_cast<std::size_t>(target)]};
    std::byte* to = bytes.data();
    const auto put = [&to](const auto& part) {
        std::memcpy(to, &part, sizeof part);
        to += sizeof part;
    };
    put(message);
    put(generic);
    put(attribute);
    put(id);
}

}  // namespace tsa::taskstats
