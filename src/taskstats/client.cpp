// SPDX-License-Identifier: MIT
// See client.h.
#include "taskstats/client.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/first_namespace.h"
#include "taskstats/netlink.h"

namespace tsa::taskstats {
namespace {

// A version 17 reply has 724 bytes.
constexpr std::size_t kBufferBytes = 2048;
// Datagrams per recvmmsg.
constexpr std::size_t kBuffers = Client::kDefaultBatch;
// Requests without an answer are retried in smaller round trips: full size, an eighth, one by one.
constexpr std::array<std::size_t, 3> kBatchDivisors = {1, 8, Client::kMaxBatch};
// ENOBUFS is reported once for any number of dropped replies, and again when more were dropped meanwhile.
constexpr int kMaxOverruns = 16;

constexpr const char* kRightsHint = "run as root or grant the binary CAP_NET_ADMIN, in the host's user namespace";

/// The kernel had no memory for the reply: a retry may succeed.
bool is_passing(int error_number) {
    return error_number == EAGAIN || error_number == ENOBUFS || error_number == ENOMEM;
}

}  // namespace

Result<Client> Client::open(std::size_t batch) {
    if (in_first_pid_namespace() == false) {
        return Error{"taskstats: this process is not in the host's PID namespace, so its TIDs differ",
                     "run it on the host, or start the container with --pid=host", 0};
    }
    Result<Netlink> netlink = open_netlink(std::min(batch, kMaxBatch));
    if (!netlink.ok()) {
        return netlink.error().in("taskstats");
    }
    Client client(std::move(netlink.value().transport), netlink.value().family, batch);
    const std::array<std::uint32_t, 1> self = {static_cast<std::uint32_t>(::gettid())};
    std::vector<Fetched> answer;
    if (Result<void> asked = client.fetch(self, answer); !asked.ok()) {
        return asked.error();
    }
    if (answer[0].outcome == Fetched::Outcome::failed) {
        return system_error("taskstats: query this thread", answer[0].error_number);
    }
    if (answer[0].outcome != Fetched::Outcome::found) {
        return Error{"taskstats: no readable reply from the kernel for this thread",
                     client.health().decode.unknown_version != 0 ? "needs Linux 2.6.33 or newer" : "", 0};
    }
    client.health_ = {};
    return client;
}

Client::Client(std::unique_ptr<Transport> transport, std::uint16_t family, std::size_t batch)
    : transport_(std::move(transport)),
      family_(family),
      batch_(std::clamp<std::size_t>(batch, 1, kMaxBatch)),
      requests_(batch_ * kRequestBytes),
      buffers_(kBuffers * kBufferBytes),
      lengths_(kBuffers) {
    open_.reserve(batch_);
    replies_.reserve(kMaxReplies);
}

Result<void> Client::fetch(std::span<const std::uint32_t> tids, std::vector<Fetched>& out) {
    out.resize(tids.size());
    for (std::size_t i = 0; i < tids.size(); ++i) {
        out[i].id = tids[i];
        out[i].outcome = Fetched::Outcome::unanswered;
        out[i].error_number = 0;
    }
    health_.requested += tids.size();
    std::span<Fetched> rest(out);
    while (!rest.empty()) {
        const std::size_t count = std::min(rest.size(), batch_);
        if (Result<void> done = fetch_batch(rest.first(count)); !done.ok()) {
            return done.error().in("taskstats");
        }
        rest = rest.subspan(count);
    }
    return {};
}

Result<void> Client::fetch_batch(std::span<Fetched> batch) {
    for (const std::size_t divisor : kBatchDivisors) {
        open_.clear();
        for (std::size_t i = 0; i < batch.size(); ++i) {
            if (batch[i].outcome == Fetched::Outcome::unanswered) {
                open_.push_back(static_cast<std::uint32_t>(i));
            }
        }
        if (open_.empty()) {
            return {};
        }
        health_.retried += divisor == kBatchDivisors.front() ? 0 : open_.size();
        const std::size_t step = std::max<std::size_t>(1, batch_ / divisor);
        for (std::size_t at = 0; at < open_.size(); at += step) {
            const auto asked = std::span<const std::uint32_t>(open_).subspan(at, std::min(step, open_.size() - at));
            if (Result<void> done = round_trip(batch, asked); !done.ok()) {
                return done;
            }
        }
    }
    for (const std::uint32_t i : open_) {
        health_.unanswered += batch[i].outcome == Fetched::Outcome::unanswered ? 1 : 0;
    }
    return {};
}

Result<void> Client::round_trip(std::span<Fetched> batch, std::span<const std::uint32_t> asked) {
    // Never reuse a sequence number of an earlier round trip, so that late replies are recognized.
    first_sequence_ = next_sequence_;
    next_sequence_ += static_cast<std::uint32_t>(asked.size());
    const std::span<std::byte> bytes(requests_);
    for (std::size_t i = 0; i < asked.size(); ++i) {
        encode_request(bytes.subspan(i * kRequestBytes).first<kRequestBytes>(), family_,
                       first_sequence_ + static_cast<std::uint32_t>(i), Target::thread, batch[asked[i]].id);
    }
    ++health_.round_trips;
    const int error_number = transport_->send(bytes.first(asked.size() * kRequestBytes));
    if (error_number == EPERM) {
        return system_error("send requests", error_number, kRightsHint);
    }
    if (error_number != 0 && !is_passing(error_number)) {
        return system_error("send requests", error_number);
    }
    return drain(batch, asked);
}

Result<void> Client::drain(std::span<Fetched> batch, std::span<const std::uint32_t> asked) {
    int overruns = 0;
    // Stop a peer that sends endlessly after four times the requested number of replies.
    const std::size_t enough = 4 * (asked.size() + kBuffers);
    for (std::size_t taken = 0; taken < enough;) {
        const Transport::Received received = transport_->receive(buffers_, kBufferBytes, lengths_);
        if (received.count == 0) {
            if (received.error_number == ENOBUFS && ++overruns <= kMaxOverruns) {
                ++health_.overruns;
                continue;
            }
            if (received.error_number == EAGAIN || received.error_number == ENOBUFS) {
                return {};  // the kernel answers before send() returns: missing replies were dropped
            }
            return system_error("receive replies", received.error_number);
        }
        taken += received.count;
        for (std::size_t i = 0; i < received.count; ++i) {
            const auto buffer = std::span<const std::byte>(buffers_).subspan(i * kBufferBytes, kBufferBytes);
            if (Result<void> done = take(batch, asked, buffer, lengths_[i]); !done.ok()) {
                return done;
            }
        }
        if (std::all_of(asked.begin(), asked.end(),
                        [&](std::uint32_t index) { return batch[index].outcome != Fetched::Outcome::unanswered; })) {
            return {};  // saves a system call; anything still queued is late, and the next round trip drops it
        }
    }
    return {};
}

Result<void> Client::take(std::span<Fetched> batch, std::span<const std::uint32_t> asked,
                          std::span<const std::byte> buffer, std::size_t length) {
    if (length > buffer.size()) {
        ++health_.oversized;
        return {};
    }
    if (length == 0) {
        ++health_.decode.foreign;
        return {};
    }
    replies_.clear();
    decode_datagram(buffer.first(length), family_, replies_, health_.decode);
    for (const Reply& reply : replies_) {
        if (Result<void> done = match(batch, asked, reply); !done.ok()) {
            return done;
        }
    }
    return {};
}

Result<void> Client::match(std::span<Fetched> batch, std::span<const std::uint32_t> asked, const Reply& reply) {
    const std::uint32_t place = reply.sequence - first_sequence_;
    if (place >= asked.size() || batch[asked[place]].outcome != Fetched::Outcome::unanswered) {
        ++health_.mismatched;
        return {};
    }
    Fetched& entry = batch[asked[place]];
    // An error may come without its request; a reply always has its target.
    if (reply.target && (*reply.target != Target::thread || reply.id != entry.id)) {
        ++health_.mismatched;
        return {};
    }
    if (reply.kind == Reply::Kind::stats) {
        entry.outcome = Fetched::Outcome::found;
        entry.stats = reply.stats;
        version_ = reply.stats.version;
        return {};
    }
    if (reply.error_number == EPERM) {
        return system_error(fmt::format("query thread {}", entry.id), EPERM, kRightsHint);
    }
    if (reply.error_number == 0 || is_passing(reply.error_number)) {
        return {};  // an acknowledgment is not an answer; a transient error is retried
    }
    entry.error_number = reply.error_number;
    if (reply.error_number == ESRCH) {
        entry.outcome = Fetched::Outcome::vanished;
        ++health_.vanished;
    } else {
        entry.outcome = Fetched::Outcome::failed;
        ++health_.failed;
    }
    return {};
}

}  // namespace tsa::taskstats
