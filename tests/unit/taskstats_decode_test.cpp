// SPDX-License-Identifier: MIT
// The decoder on synthetic replies: intermediate and newer versions, and bytes that a kernel never sends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/taskstats.h>

#include <cerrno>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <random>
#include <span>
#include <string_view>
#include <vector>

#include "taskstats/decode.h"
#include "taskstats/layout.h"

namespace tsa::taskstats {
namespace {

using testing::Eq;
using testing::Optional;
using testing::SizeIs;

constexpr std::uint16_t kFamily = 33;
using Bytes = std::vector<std::byte>;

template <class T>
void append(Bytes& bytes, const T& value) {
    const auto* from = reinterpret_cast<const std::byte*>(&value);
    bytes.insert(bytes.end(), from, from + sizeof value);
}

Bytes joined(std::initializer_list<Bytes> parts) {
    Bytes all;
    for (const Bytes& part : parts) {
        all.insert(all.end(), part.begin(), part.end());
    }
    return all;
}

Bytes attribute(std::uint16_t type, const Bytes& payload) {
    Bytes bytes;
    append(bytes, static_cast<std::uint16_t>(4 + payload.size()));
    append(bytes, type);
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    bytes.resize((bytes.size() + 3) / 4 * 4);
    return bytes;
}

Bytes number(std::uint32_t value) {
    Bytes bytes;
    append(bytes, value);
    return bytes;
}

Bytes message(const Bytes& attributes, std::uint16_t type = kFamily, std::uint8_t command = TASKSTATS_CMD_NEW) {
    Bytes bytes;
    append(bytes, nlmsghdr{static_cast<std::uint32_t>(20 + attributes.size()), type, 0, 7, 99});
    append(bytes, genlmsghdr{command, 1, 0});
    bytes.insert(bytes.end(), attributes.begin(), attributes.end());
    return bytes;
}

/// A struct in which each aligned 8 bytes contain their own offset, so that a value shows where it was read.
Bytes offsets_as_values(std::uint16_t version, std::size_t size) {
    Bytes bytes;
    for (std::uint64_t offset = 0; bytes.size() < size; offset += 8) {
        append(bytes, offset);
    }
    bytes.resize(size);
    std::memcpy(bytes.data(), &version, sizeof version);
    return bytes;
}

Bytes thread_reply(std::uint32_t tid, const Bytes& stats) {
    return message(attribute(TASKSTATS_TYPE_AGGR_PID, joined({attribute(TASKSTATS_TYPE_PID, number(tid)),
                                                              attribute(TASKSTATS_TYPE_STATS, stats)})));
}

struct Decoded {
    std::vector<Reply> replies;
    DecodeFaults faults;
};

Decoded decoded(const Bytes& datagram) {
    Decoded result;
    decode_datagram(datagram, kFamily, result.replies, result.faults);
    return result;
}

TaskStats stats_of(std::uint16_t version, std::size_t size) {
    const auto stats = decode_stats(offsets_as_values(version, size), Target::thread);
    EXPECT_TRUE(stats.has_value()) << version;
    return stats.value_or(TaskStats{});
}

TEST(TaskstatsDecode, version_8_ends_with_reclaim) {
    const TaskStats stats = stats_of(8, 328);
    EXPECT_EQ(stats.version, 8);
    EXPECT_EQ(stats.delay(DelayKind::cpu)->count, 16U);
    EXPECT_EQ(stats.delay(DelayKind::swapin)->total_ns, 56U);
    EXPECT_EQ(stats.cpu_run_virtual_ns, 72U);
    EXPECT_THAT(stats.elapsed_ns, Optional(Eq(144'000U)));
    EXPECT_THAT(stats.max_rss_bytes, Optional(Eq(200U * 1024)));
    EXPECT_THAT(stats.involuntary_switches, Optional(Eq(280U)));
    EXPECT_EQ(stats.delay(DelayKind::freepages)->total_ns, 320U);
    EXPECT_FALSE(stats.delay(DelayKind::thrashing).has_value());
    EXPECT_FALSE(stats.tgid.has_value());
    EXPECT_THAT(stats.begin_unix_s, Optional(Eq(136U)));  // the 32-bit field
}

TEST(TaskstatsDecode, version_9_adds_thrashing) {
    const TaskStats stats = stats_of(9, 344);
    EXPECT_EQ(stats.delay(DelayKind::thrashing)->count, 328U);
    EXPECT_EQ(stats.delay(DelayKind::thrashing)->total_ns, 336U);
    EXPECT_FALSE(stats.delay(DelayKind::compact).has_value());
}

TEST(TaskstatsDecode, version_12_adds_the_group_and_the_program) {
    const TaskStats stats = stats_of(12, 400);
    EXPECT_THAT(stats.begin_unix_s, Optional(Eq(344U)));
    EXPECT_EQ(stats.delay(DelayKind::compact)->total_ns, 360U);
    EXPECT_THAT(stats.tgid, Optional(Eq(368U)));
    EXPECT_THAT(stats.group_age_ns, Optional(Eq(376'000U)));
    EXPECT_THAT(stats.exe_device, Optional(Eq(384U)));
    EXPECT_THAT(stats.exe_inode, Optional(Eq(392U)));
    EXPECT_FALSE(stats.delay(DelayKind::wpcopy).has_value());
}

TEST(TaskstatsDecode, version_15_has_extremes_in_the_middle) {
    const TaskStats stats = stats_of(15, 560);
    EXPECT_EQ(stats.delay(DelayKind::cpu)->total_ns, 24U);
    EXPECT_THAT(stats.delay(DelayKind::cpu)->max_ns, Optional(Eq(32U)));
    EXPECT_EQ(stats.cpu_run_virtual_ns, 120U);
    EXPECT_THAT(stats.elapsed_ns, Optional(Eq(192'000U)));
    EXPECT_EQ(stats.delay(DelayKind::freepages)->count, 360U);
    EXPECT_THAT(stats.delay(DelayKind::irq)->min_ns, Optional(Eq(552U)));
    EXPECT_FALSE(stats.delay(DelayKind::irq)->max_at_unix_ns.has_value());
}

TEST(TaskstatsDecode, version_16_has_14_s_layout_and_extremes_at_the_end) {
    const TaskStats older = stats_of(14, 432);
    const TaskStats newer = stats_of(16, 560);
    EXPECT_EQ(newer.delay(DelayKind::irq)->total_ns, 424U);
    EXPECT_EQ(newer.delay(DelayKind::irq)->total_ns, older.delay(DelayKind::irq)->total_ns);
    EXPECT_FALSE(older.delay(DelayKind::irq)->max_ns.has_value());
    EXPECT_THAT(newer.delay(DelayKind::cpu)->max_ns, Optional(Eq(432U)));
    EXPECT_THAT(newer.delay(DelayKind::irq)->min_ns, Optional(Eq(552U)));
}

TEST(TaskstatsDecode, version_17_says_when_the_longest_delay_was) {
    const TaskStats stats = stats_of(17, 688);
    EXPECT_THAT(stats.delay(DelayKind::cpu)->max_at_unix_ns, Optional(Eq(560'000'000'568U)));
    EXPECT_THAT(stats.delay(DelayKind::irq)->max_at_unix_ns, Optional(Eq(672'000'000'680U)));
}

TEST(TaskstatsDecode, a_time_that_is_none_is_absent) {
    for (const std::int64_t nanoseconds : {std::int64_t{-1}, std::int64_t{1'000'000'000}}) {
        Bytes bytes = offsets_as_values(17, 688);
        std::memcpy(bytes.data() + 568, &nanoseconds, sizeof nanoseconds);
        EXPECT_FALSE(decode_stats(bytes, Target::thread)->delay(DelayKind::cpu)->max_at_unix_ns.has_value());
    }
    Bytes before_the_epoch = offsets_as_values(17, 688);
    const std::int64_t seconds = -5;
    std::memcpy(before_the_epoch.data() + 560, &seconds, sizeof seconds);
    EXPECT_FALSE(decode_stats(before_the_epoch, Target::thread)->delay(DelayKind::cpu)->max_at_unix_ns.has_value());
}

TEST(TaskstatsDecode, a_version_from_the_future_is_its_known_beginning) {
    const TaskStats stats = stats_of(40, 2000);
    EXPECT_EQ(stats.version, 40);
    EXPECT_EQ(stats.cpu_run_virtual_ns, 72U);
    EXPECT_THAT(stats.delay(DelayKind::irq)->max_at_unix_ns, Optional(Eq(672'000'000'680U)));
}

TEST(TaskstatsDecode, extremes_of_a_delay_that_never_happened_are_absent) {
    Bytes bytes = offsets_as_values(16, 560);
    std::memset(bytes.data() + 32, 0, 16);  // blkio_count, blkio_delay_total
    const auto stats = decode_stats(bytes, Target::thread);
    ASSERT_TRUE(stats.has_value());
    EXPECT_EQ(stats->delay(DelayKind::blkio)->total_ns, 0U);
    EXPECT_FALSE(stats->delay(DelayKind::blkio)->max_ns.has_value());
    EXPECT_TRUE(stats->delay(DelayKind::cpu)->max_ns.has_value());
}

TEST(TaskstatsDecode, an_address_space_that_a_kernel_thread_lacks_is_absent) {
    Bytes bytes = offsets_as_values(16, 560);
    std::memset(bytes.data() + 200, 0, 16);  // hiwater_rss, hiwater_vm
    const auto stats = decode_stats(bytes, Target::thread);
    ASSERT_TRUE(stats.has_value());
    EXPECT_FALSE(stats->max_rss_bytes.has_value());
    EXPECT_FALSE(stats->max_vm_bytes.has_value());
}

TEST(TaskstatsDecode, each_version_needs_its_whole_size) {
    for (std::uint16_t version = kOldestVersion; version <= kNewestVersion; ++version) {
        const std::size_t size = layout_of(version)->size;
        EXPECT_TRUE(decode_stats(offsets_as_values(version, size), Target::thread).has_value());
        EXPECT_FALSE(decode_stats(offsets_as_values(version, size - 1), Target::thread).has_value());
        const Decoded shorter = decoded(thread_reply(1, offsets_as_values(version, size - 8)));
        EXPECT_EQ(shorter.faults.malformed, 1U);
        EXPECT_TRUE(shorter.replies.empty());
    }
}

TEST(TaskstatsDecode, the_layout_is_that_of_this_machine_s_header_for_its_version) {
    // A second source, from the kernel developers; its version depends on the build machine.
    const Layout* layout = layout_of(TASKSTATS_VERSION);
    ASSERT_NE(layout, nullptr);
    if (TASKSTATS_VERSION <= kNewestVersion) {
        EXPECT_EQ(layout->size, sizeof(struct taskstats));
    }
    EXPECT_EQ(layout->cpu_run_virtual, offsetof(struct taskstats, cpu_run_virtual_total));
    EXPECT_EQ(layout->comm, offsetof(struct taskstats, ac_comm));
    EXPECT_EQ(layout->policy, offsetof(struct taskstats, ac_sched));
    EXPECT_EQ(layout->parent_tgid, offsetof(struct taskstats, ac_ppid));
    EXPECT_EQ(layout->elapsed_us, offsetof(struct taskstats, ac_etime));
    EXPECT_EQ(layout->major_faults, offsetof(struct taskstats, ac_majflt));
    EXPECT_EQ(layout->max_vm_kb, offsetof(struct taskstats, hiwater_vm));
    EXPECT_EQ(layout->write_syscalls, offsetof(struct taskstats, write_syscalls));
    EXPECT_EQ(layout->cancelled_write_bytes, offsetof(struct taskstats, cancelled_write_bytes));
    EXPECT_EQ(layout->cpu_scaled_run_real, offsetof(struct taskstats, cpu_scaled_run_real_total));
    EXPECT_EQ(layout->delays[index(DelayKind::freepages)].total, offsetof(struct taskstats, freepages_delay_total));
}

TEST(TaskstatsDecode, parts_may_come_in_any_order_among_unknown_ones) {
    const Bytes stats = offsets_as_values(16, 560);
    const Bytes nested = joined({attribute(77, Bytes(5)), attribute(TASKSTATS_TYPE_STATS, stats), attribute(6, {}),
                                 attribute(TASKSTATS_TYPE_PID, number(41))});
    const Decoded result =
        decoded(message(joined({attribute(78, Bytes(3)), attribute(TASKSTATS_TYPE_AGGR_PID | NLA_F_NESTED, nested)})));
    ASSERT_THAT(result.replies, SizeIs(1));
    EXPECT_EQ(result.replies[0].id, 41U);
    EXPECT_EQ(result.replies[0].stats.cpu_run_virtual_ns, 72U);
    EXPECT_EQ(result.faults, DecodeFaults{});
}

TEST(TaskstatsDecode, several_messages_in_one_datagram_each_count) {
    const Bytes stats = offsets_as_values(16, 560);
    const Decoded result = decoded(joined({thread_reply(1, stats), thread_reply(2, stats), thread_reply(3, stats)}));
    ASSERT_THAT(result.replies, SizeIs(3));
    EXPECT_EQ(result.replies[2].id, 3U);
    EXPECT_EQ(result.replies[2].sequence, 7U);
    EXPECT_EQ(result.replies[2].port, 99U);
}

TEST(TaskstatsDecode, what_comes_before_garbage_is_kept) {
    Bytes bytes = thread_reply(1, offsets_as_values(16, 560));
    bytes.resize(bytes.size() + 21, std::byte{0xff});
    const Decoded result = decoded(bytes);
    EXPECT_THAT(result.replies, SizeIs(1));
    EXPECT_EQ(result.faults.malformed, 1U);
}

TEST(TaskstatsDecode, an_aggregate_that_lacks_or_repeats_a_part_is_malformed) {
    const Bytes id = attribute(TASKSTATS_TYPE_PID, number(1));
    const Bytes stats = attribute(TASKSTATS_TYPE_STATS, offsets_as_values(16, 560));
    const Bytes group_id = attribute(TASKSTATS_TYPE_TGID, number(1));
    for (const Bytes& nested :
         {Bytes{}, id, stats, joined({id, id, stats}), joined({id, stats, stats}), joined({group_id, stats}),
          joined({attribute(TASKSTATS_TYPE_PID, Bytes(2)), stats}),
          joined({attribute(TASKSTATS_TYPE_PID, Bytes(8)), stats}),
          joined({id, attribute(TASKSTATS_TYPE_STATS, Bytes(1))}), joined({id, stats, Bytes(4)})}) {
        const Decoded result = decoded(message(attribute(TASKSTATS_TYPE_AGGR_PID, nested)));
        EXPECT_TRUE(result.replies.empty());
        EXPECT_EQ(result.faults.malformed, 1U);
    }
}

TEST(TaskstatsDecode, a_length_that_lies_never_leads_outside) {
    const Bytes good = thread_reply(1, offsets_as_values(16, 560));
    // The lengths of message, aggregate, id and stats, each with all possible values.
    for (const std::size_t at : {std::size_t{20}, std::size_t{24}, std::size_t{32}}) {
        for (std::uint32_t length = 0; length <= 0xffff; ++length) {
            Bytes bytes = good;
            const auto lie = static_cast<std::uint16_t>(length);
            if (std::memcmp(bytes.data() + at, &lie, sizeof lie) == 0) {
                continue;
            }
            std::memcpy(bytes.data() + at, &lie, sizeof lie);
            const Decoded result = decoded(bytes);
            // Up to three bytes of padding are valid: the payload is the same.
            ASSERT_TRUE(result.replies.empty() || result.replies[0].stats.cpu_run_virtual_ns == 72)
                << at << ' ' << length;
            ASSERT_TRUE(!result.replies.empty() || result.faults.malformed > 0) << at << ' ' << length;
        }
    }
    for (const std::uint32_t length : {0U, 1U, 15U, 597U, 0x7fffffffU, 0xffffffffU}) {
        Bytes bytes = good;
        std::memcpy(bytes.data(), &length, sizeof length);
        EXPECT_TRUE(decoded(bytes).replies.empty());
        EXPECT_EQ(decoded(bytes).faults.malformed, 1U);
    }
}

TEST(TaskstatsDecode, nesting_without_end_is_walked_once) {
    // Nested aggregates and 16,000 empty attributes: the walk goes one level deep and is linear.
    Bytes nested;
    for (int i = 0; i < 1000; ++i) {
        nested = attribute(TASKSTATS_TYPE_AGGR_PID, nested);
    }
    EXPECT_EQ(decoded(message(nested)).faults.malformed, 1U);
    Bytes many;
    for (int i = 0; i < 16'000; ++i) {
        const Bytes empty = attribute(TASKSTATS_TYPE_AGGR_TGID, {});
        many.insert(many.end(), empty.begin(), empty.end());
    }
    EXPECT_EQ(decoded(message(many)).faults.malformed, 16'000U);
}

TEST(TaskstatsDecode, more_replies_than_a_datagram_ever_has_are_counted_and_dropped) {
    Bytes bytes;
    const Bytes one = thread_reply(1, offsets_as_values(8, 328));
    for (std::size_t i = 0; i < kMaxReplies + 5; ++i) {
        bytes.insert(bytes.end(), one.begin(), one.end());
    }
    const Decoded result = decoded(bytes);
    EXPECT_THAT(result.replies, SizeIs(kMaxReplies));
    EXPECT_EQ(result.faults.beyond_bound, 5U);
}

TEST(TaskstatsDecode, versions_before_8_and_an_unset_one_are_refused) {
    for (const std::uint16_t version : std::initializer_list<std::uint16_t>{0, 1, 7}) {
        const Decoded result = decoded(thread_reply(1, offsets_as_values(version, 560)));
        EXPECT_TRUE(result.replies.empty());
        EXPECT_EQ(result.faults.unknown_version, 1U);
    }
}

TEST(TaskstatsDecode, messages_of_others_are_foreign) {
    const Bytes stats = offsets_as_values(16, 560);
    const Bytes aggregate =
        attribute(TASKSTATS_TYPE_AGGR_PID,
                  joined({attribute(TASKSTATS_TYPE_PID, number(1)), attribute(TASKSTATS_TYPE_STATS, stats)}));
    for (const Bytes& bytes : {message(aggregate, kFamily + 1), message(aggregate, kFamily, TASKSTATS_CMD_GET),
                               message(aggregate, NLMSG_DONE), message(aggregate, NLMSG_NOOP)}) {
        const Decoded result = decoded(bytes);
        EXPECT_TRUE(result.replies.empty());
        EXPECT_EQ(result.faults.foreign, 1U);
    }
}

TEST(TaskstatsDecode, an_error_beyond_errno_is_malformed) {
    for (const int code : {1, 4096, -4096, std::numeric_limits<int>::min()}) {
        Bytes payload;
        append(payload, code);
        append(payload, nlmsghdr{28, kFamily, 1, 7, 0});
        Bytes bytes;
        append(bytes, nlmsghdr{static_cast<std::uint32_t>(16 + payload.size()), NLMSG_ERROR, 0, 7, 99});
        EXPECT_EQ(decoded(joined({bytes, payload})).faults.malformed, 1U) << code;
    }
}

TEST(TaskstatsDecode, random_bytes_in_a_good_reply_never_break_it) {
    std::minstd_rand random(1);  // NOLINT: the same bytes in each run
    const Bytes good = thread_reply(1, offsets_as_values(17, 688));
    std::size_t survived = 0;
    for (int round = 0; round < 20'000; ++round) {
        Bytes bytes = good;
        for (int change = 0; change < 3; ++change) {
            bytes[random() % 44] = static_cast<std::byte>(random());
        }
        const Decoded result = decoded(bytes);
        ASSERT_LE(result.replies.size(), 2U);
        survived += result.replies.size();
    }
    EXPECT_GT(survived, 0U);
}

TEST(TaskstatsDecode, a_request_is_what_the_kernel_expects) {
    std::array<std::byte, kRequestBytes> bytes{};
    encode_request(bytes, 0x1122, 0x01020304, Target::group, 0x0a0b0c0d);
    nlmsghdr message{};
    genlmsghdr generic{};
    nlattr attribute{};
    std::uint32_t id = 0;
    std::memcpy(&message, bytes.data(), sizeof message);
    std::memcpy(&generic, bytes.data() + 16, sizeof generic);
    std::memcpy(&attribute, bytes.data() + 20, sizeof attribute);
    std::memcpy(&id, bytes.data() + 24, sizeof id);
    EXPECT_EQ(message.nlmsg_len, 28U);
    EXPECT_EQ(message.nlmsg_type, 0x1122);
    EXPECT_EQ(message.nlmsg_flags, NLM_F_REQUEST);  // and no NLM_F_ACK: the answer is a single message
    EXPECT_EQ(message.nlmsg_seq, 0x01020304U);
    EXPECT_EQ(generic.cmd, TASKSTATS_CMD_GET);
    EXPECT_EQ(attribute.nla_len, 8);
    EXPECT_EQ(attribute.nla_type, TASKSTATS_CMD_ATTR_TGID);
    EXPECT_EQ(id, 0x0a0b0c0dU);
    encode_request(bytes, 0x1122, 1, Target::thread, 1);
    std::memcpy(&attribute, bytes.data() + 20, sizeof attribute);
    EXPECT_EQ(attribute.nla_type, TASKSTATS_CMD_ATTR_PID);
}

}  // namespace
}  // namespace tsa::taskstats
