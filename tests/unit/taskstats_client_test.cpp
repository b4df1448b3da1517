// SPDX-License-Identifier: MIT
// The client with a kernel that drops, reorders, duplicates and mixes up its answers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "taskstats/client.h"
#include "unit/allocations.h"

namespace tsa::taskstats {
namespace {

using ::testing::Each;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr std::uint16_t kFamily = 30;
constexpr std::size_t kStatsBytes = 560;  // version 16
constexpr std::size_t kReplyBytes = 36 + kStatsBytes;

struct Request {
    std::uint32_t sequence = 0;
    std::uint16_t attribute = 0;
    std::uint32_t id = 0;
};

struct Datagram {
    std::array<std::byte, 4096> bytes{};
    std::size_t length = 0;
};

template <class T>
void put(Datagram& to, const T& value) {
    std::memcpy(to.bytes.data() + to.length, &value, sizeof value);
    to.length += sizeof value;
}

/// A reply about `id`, whose virtual CPU time is 1,000 times its id.
Datagram stats_reply(const Request& request, std::uint32_t id) {
    const bool thread = request.attribute == 1;
    Datagram reply;
    put(reply, nlmsghdr{kReplyBytes, kFamily, 0, request.sequence, 5});
    put(reply, genlmsghdr{2, 1, 0});
    put(reply, nlattr{static_cast<std::uint16_t>(16 + kStatsBytes), static_cast<std::uint16_t>(thread ? 4 : 5)});
    put(reply, nlattr{8, static_cast<std::uint16_t>(thread ? 1 : 2)});
    put(reply, id);
    put(reply, nlattr{4 + kStatsBytes, 3});
    const std::size_t stats = reply.length;
    reply.length += kStatsBytes;
    const std::uint16_t version = 16;
    const std::uint64_t cpu_ns = 1000ULL * id;
    std::memcpy(reply.bytes.data() + stats, &version, sizeof version);
    std::memcpy(reply.bytes.data() + stats + 72, &cpu_ns, sizeof cpu_ns);
    return reply;
}

Datagram error_reply(const Request& request, int error_number) {
    Datagram reply;
    put(reply, nlmsghdr{48, NLMSG_ERROR, 0, request.sequence, 5});
    put(reply, -error_number);
    put(reply, nlmsghdr{28, kFamily, NLM_F_REQUEST, request.sequence, 0});
    put(reply, genlmsghdr{1, 1, 0});
    put(reply, nlattr{8, request.attribute});
    put(reply, request.id);
    return reply;
}

/// Answers each request datagram immediately, like the kernel, as configured by the test.
class FakeKernel final : public Transport {
  public:
    std::size_t room = 1000;  ///< replies that fit between two receives; the rest is dropped with ENOBUFS
    bool reverse = false;
    bool twice = false;
    std::size_t garble = 0;               ///< that many replies are truncated
    std::uint32_t wrong_id_for = 0;       ///< this id is answered with another thread's reply
    std::uint32_t gone_from = 1'000'000;  ///< ids from here on do not exist
    int error_number = ESRCH;             ///< the error for these
    int send_error = 0;                   ///< of the next send only
    std::vector<std::size_t> batches;     ///< sizes of the sent batches

    int send(std::span<const std::byte> datagram) override {
        if (send_error != 0) {
            return std::exchange(send_error, 0);
        }
        const std::size_t count = datagram.size() / kRequestBytes;
        if (batches.size() < batches.capacity()) {
            batches.push_back(count);
        }
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t at = (reverse ? count - 1 - i : i) * kRequestBytes;
            Request request;
            std::memcpy(&request.sequence, datagram.data() + at + 8, 4);
            std::memcpy(&request.attribute, datagram.data() + at + 22, 2);
            std::memcpy(&request.id, datagram.data() + at + 24, 4);
            answer(request);
        }
        return 0;
    }

    Received receive(std::span<std::byte> buffers, std::size_t buffer_bytes, std::span<std::size_t> lengths) override {
        if (overrun_) {
            overrun_ = false;
            return {0, ENOBUFS};
        }
        std::size_t count = 0;
        while (count < lengths.size() && first_ < queue_.size()) {
            const Datagram& from = queue_[first_++];
            std::memcpy(buffers.data() + count * buffer_bytes, from.bytes.data(), std::min(from.length, buffer_bytes));
            lengths[count++] = from.length;
        }
        if (first_ == queue_.size()) {
            queue_.clear();
            first_ = 0;
        }
        return {count, count == 0 ? EAGAIN : 0};
    }

    void push(const Datagram& datagram) { queue_.push_back(datagram); }
    FakeKernel() {
        queue_.reserve(2000);
        batches.reserve(2000);
    }

  private:
    void answer(const Request& request) {
        for (int i = 0; i < (twice ? 2 : 1); ++i) {
            if (queue_.size() - first_ >= room) {
                overrun_ = true;
                return;
            }
            const bool gone = request.id >= gone_from;
            queue_.push_back(gone ? error_reply(request, error_number)
                                  : stats_reply(request, request.id == wrong_id_for ? request.id + 1 : request.id));
            if (garble > 0) {
                --garble;
                queue_.back().length -= 100;
            }
        }
    }

    std::vector<Datagram> queue_;
    std::size_t first_ = 0;
    bool overrun_ = false;
};

struct FakeMachine {
    FakeKernel* kernel = nullptr;
    Client client;
    std::vector<Fetched> out;
};

FakeMachine fake_machine(std::size_t batch = Client::kDefaultBatch) {
    auto kernel = std::make_unique<FakeKernel>();
    FakeKernel* raw = kernel.get();
    return {raw, Client(std::move(kernel), kFamily, batch), {}};
}

std::vector<std::uint32_t> ids(std::uint32_t count) {
    std::vector<std::uint32_t> all(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        all[i] = i + 1;
    }
    return all;
}

/// Each of ids(n) was found, with its own reply.
void expect_all_found(const std::vector<Fetched>& out, std::size_t count) {
    ASSERT_THAT(out, SizeIs(count));
    for (std::size_t i = 0; i < count; ++i) {
        ASSERT_EQ(out[i].id, i + 1);
        ASSERT_EQ(out[i].outcome, Fetched::Outcome::found) << out[i].id;
        ASSERT_EQ(out[i].stats.cpu_run_virtual_ns, 1000 * (i + 1));
    }
}

TEST(TaskstatsClient, many_threads_go_out_in_full_batches) {
    FakeMachine it = fake_machine(32);
    ASSERT_TRUE(it.client.fetch(ids(100), it.out).ok());
    expect_all_found(it.out, 100);
    EXPECT_EQ(it.kernel->batches, (std::vector<std::size_t>{32, 32, 32, 4}));
    EXPECT_EQ(it.client.health().round_trips, 4U);
    EXPECT_EQ(it.client.health().requested, 100U);
    EXPECT_EQ(it.client.health().retried, 0U);
    EXPECT_EQ(it.client.version(), 16);
}

TEST(TaskstatsClient, replies_in_another_order_find_their_threads) {
    FakeMachine it = fake_machine();
    it.kernel->reverse = true;
    ASSERT_TRUE(it.client.fetch(ids(100), it.out).ok());
    expect_all_found(it.out, 100);
    EXPECT_EQ(it.client.health().mismatched, 0U);
}

TEST(TaskstatsClient, a_batch_that_overran_the_socket_is_asked_again_in_smaller_parts) {
    for (const std::size_t room : {1U, 3U, 5U, 31U}) {
        FakeMachine it = fake_machine(32);
        it.kernel->room = room;
        ASSERT_TRUE(it.client.fetch(ids(64), it.out).ok());
        expect_all_found(it.out, 64);
        EXPECT_GE(it.client.health().overruns, 2U);
        EXPECT_GE(it.client.health().retried, 2U);
        EXPECT_EQ(it.client.health().unanswered, 0U);
    }
}

TEST(TaskstatsClient, replies_that_always_get_lost_are_unanswered_and_end) {
    FakeMachine it = fake_machine(32);
    it.kernel->room = 0;
    ASSERT_TRUE(it.client.fetch(ids(40), it.out).ok());
    EXPECT_THAT(it.out, Each(Field(&Fetched::outcome, Fetched::Outcome::unanswered)));
    EXPECT_EQ(it.client.health().unanswered, 40U);
    EXPECT_EQ(it.client.health().retried, 80U);
}

TEST(TaskstatsClient, vanished_threads_are_counted_and_the_others_found) {
    FakeMachine it = fake_machine();
    it.kernel->gone_from = 51;
    ASSERT_TRUE(it.client.fetch(ids(80), it.out).ok());
    EXPECT_EQ(std::count_if(it.out.begin(), it.out.end(),
                            [](const Fetched& entry) { return entry.outcome == Fetched::Outcome::found; }),
              50);
    EXPECT_EQ(it.client.health().vanished, 30U);
    EXPECT_EQ(it.out[50].outcome, Fetched::Outcome::vanished);
    EXPECT_EQ(it.client.health().retried, 0U);
}

TEST(TaskstatsClient, another_error_is_told_of_its_thread) {
    FakeMachine it = fake_machine();
    it.kernel->gone_from = 2;
    it.kernel->error_number = EINVAL;
    ASSERT_TRUE(it.client.fetch(ids(2), it.out).ok());
    EXPECT_EQ(it.out[0].outcome, Fetched::Outcome::found);
    EXPECT_EQ(it.out[1].outcome, Fetched::Outcome::failed);
    EXPECT_EQ(it.out[1].error_number, EINVAL);
    EXPECT_EQ(it.client.health().failed, 1U);
}

TEST(TaskstatsClient, rights_that_were_lost_end_the_fetch_with_a_hint) {
    FakeMachine it = fake_machine();
    it.kernel->gone_from = 3;
    it.kernel->error_number = EPERM;
    const Result<void> result = it.client.fetch(ids(10), it.out);
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().error_number, EPERM);
    EXPECT_THAT(result.error().text(), HasSubstr("CAP_NET_ADMIN"));
    EXPECT_EQ(it.out[1].outcome, Fetched::Outcome::found);
}

TEST(TaskstatsClient, a_reply_about_another_thread_is_not_taken) {
    FakeMachine it = fake_machine();
    it.kernel->wrong_id_for = 7;
    ASSERT_TRUE(it.client.fetch(ids(10), it.out).ok());
    EXPECT_EQ(it.out[6].outcome, Fetched::Outcome::unanswered);
    EXPECT_EQ(it.out[7].stats.cpu_run_virtual_ns, 8000U);
    EXPECT_EQ(it.client.health().mismatched, 3U);  // the first try and two more
    EXPECT_EQ(it.client.health().unanswered, 1U);
}

TEST(TaskstatsClient, replies_that_come_twice_or_late_are_dropped) {
    FakeMachine it = fake_machine();
    it.kernel->twice = true;
    ASSERT_TRUE(it.client.fetch(ids(64), it.out).ok());
    expect_all_found(it.out, 64);
    EXPECT_GT(it.client.health().mismatched, 0U);
    it.kernel->twice = false;
    ASSERT_TRUE(it.client.fetch(ids(64), it.out).ok());
    expect_all_found(it.out, 64);
    EXPECT_EQ(it.client.health().mismatched, 64U);
}

TEST(TaskstatsClient, a_reply_to_a_request_that_was_never_sent_is_dropped) {
    FakeMachine it = fake_machine();
    it.kernel->push(stats_reply({4, 1, 1}, 1));  // the requests below have the numbers 1 to 3
    ASSERT_TRUE(it.client.fetch(ids(3), it.out).ok());
    expect_all_found(it.out, 3);
    EXPECT_EQ(it.client.health().mismatched, 1U);
}

TEST(TaskstatsClient, a_garbled_reply_is_asked_for_again) {
    FakeMachine it = fake_machine();
    it.kernel->garble = 5;
    ASSERT_TRUE(it.client.fetch(ids(32), it.out).ok());
    expect_all_found(it.out, 32);
    EXPECT_EQ(it.client.health().decode.malformed, 5U);
    EXPECT_EQ(it.client.health().retried, 5U);
}

TEST(TaskstatsClient, a_datagram_that_does_not_fit_is_counted) {
    FakeMachine it = fake_machine();
    Datagram large;
    large.length = 4000;
    it.kernel->push(large);
    ASSERT_TRUE(it.client.fetch(ids(3), it.out).ok());
    expect_all_found(it.out, 3);
    EXPECT_EQ(it.client.health().oversized, 1U);
}

TEST(TaskstatsClient, a_datagram_of_another_process_is_counted_as_foreign) {
    FakeMachine it = fake_machine();
    it.kernel->push(Datagram{});  // length 0: the transport's mark for a sender other than the kernel
    ASSERT_TRUE(it.client.fetch(ids(3), it.out).ok());
    expect_all_found(it.out, 3);
    EXPECT_EQ(it.client.health().decode.foreign, 1U);
}

TEST(TaskstatsClient, a_send_without_room_is_tried_again_and_a_broken_one_is_not) {
    FakeMachine it = fake_machine();
    it.kernel->send_error = ENOBUFS;
    ASSERT_TRUE(it.client.fetch(ids(10), it.out).ok());
    expect_all_found(it.out, 10);
    it.kernel->send_error = ENOTCONN;
    EXPECT_FALSE(it.client.fetch(ids(10), it.out).ok());
}

TEST(TaskstatsClient, the_same_thread_twice_is_answered_twice) {
    FakeMachine it = fake_machine();
    const std::array<std::uint32_t, 3> same = {4, 4, 4};
    ASSERT_TRUE(it.client.fetch(same, it.out).ok());
    EXPECT_THAT(it.out, Each(Field(&Fetched::outcome, Fetched::Outcome::found)));
}

TEST(TaskstatsClient, nothing_asked_is_nothing_sent) {
    FakeMachine it = fake_machine();
    it.out.resize(3);
    ASSERT_TRUE(it.client.fetch({}, it.out).ok());
    EXPECT_TRUE(it.out.empty());
    EXPECT_TRUE(it.kernel->batches.empty());
}

TEST(TaskstatsClient, a_fetch_allocates_nothing_once_it_has_run) {
    if (!tsa::testing::allocations_are_counted()) {
        GTEST_SKIP() << "a sanitizer counts allocations for itself";
    }
    FakeMachine it = fake_machine();
    const std::vector<std::uint32_t> all = ids(500);
    it.kernel->gone_from = 400;
    ASSERT_TRUE(it.client.fetch(all, it.out).ok());
    it.kernel->room = 20;
    const tsa::testing::AllocationCount count;
    const Result<void> result = it.client.fetch(all, it.out);
    EXPECT_EQ(count.so_far(), 0U);
    ASSERT_TRUE(result.ok());
    EXPECT_EQ(it.client.health().unanswered, 0U);
}

}  // namespace
}  // namespace tsa::taskstats
