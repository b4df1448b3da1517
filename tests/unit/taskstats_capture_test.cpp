// SPDX-License-Identifier: MIT
// Taskstats replies captured from thirteen kernels, compared with other data on the same threads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "paths.h"
#include "taskstats/decode.h"

namespace tsa::taskstats {
namespace {

using testing::Eq;
using testing::Optional;
using testing::SizeIs;

/// One kernel's directory: its datagrams, and its known.txt.
class Capture {
  public:
    explicit Capture(std::filesystem::path folder) : folder_(std::move(folder)) {
        std::ifstream file(folder_ / "known.txt");
        for (std::string line; std::getline(file, line);) {
            lines_.push_back(line);
        }
    }

    [[nodiscard]] std::string name() const { return folder_.filename().string(); }
    [[nodiscard]] bool accounting() const { return !name().ends_with("-nodelayacct"); }

    [[nodiscard]] std::vector<std::byte> bytes(const std::string& file) const {
        std::ifstream stream(folder_ / (file + ".bin"), std::ios::binary);
        const std::string text{std::istreambuf_iterator<char>(stream), {}};
        const auto* begin = reinterpret_cast<const std::byte*>(text.data());
        return {begin, begin + text.size()};
    }
    [[nodiscard]] std::vector<Reply> replies(const std::string& file) const {
        std::vector<Reply> replies;
        DecodeFaults faults;
        decode_datagram(bytes(file), family(), replies, faults);
        EXPECT_EQ(faults, DecodeFaults{}) << name() << ' ' << file;
        return replies;
    }

    /// The text after "key" on its line; fails the test if there is none.
    [[nodiscard]] std::string text(const std::string& key) const {
        const auto line =
            std::find_if(lines_.begin(), lines_.end(), [&](const auto& it) { return it.starts_with(key); });
        EXPECT_NE(line, lines_.end()) << name() << ": no " << key;
        return line == lines_.end() ? std::string() : line->substr(key.size());
    }
    [[nodiscard]] std::uint64_t number(const std::string& key, int field = 1) const {
        std::istringstream stream(text(key));
        std::uint64_t value = 0;
        for (int i = 0; i < field; ++i) {
            stream >> value;
        }
        EXPECT_TRUE(stream) << name() << ": " << key;
        return value;
    }
    /// Field of /proc/TID/stat, numbered as proc(5) does; from 4 on.
    [[nodiscard]] std::uint64_t stat(int field) const {
        std::istringstream stream(text("pid_child.proc_stat: ").substr(text("pid_child.proc_stat: ").find(')') + 4));
        std::string word;
        for (int i = 4; i <= field; ++i) {
            stream >> word;
        }
        return std::stoull(word);
    }
    [[nodiscard]] std::uint16_t family() const { return static_cast<std::uint16_t>(number("pid_child.nlmsg_type=")); }

  private:
    std::filesystem::path folder_;
    std::vector<std::string> lines_;
};

std::vector<Capture> captures() {
    std::vector<Capture> all;
    for (const auto& entry : std::filesystem::directory_iterator(paths::kTestData + "/taskstats")) {
        if (entry.is_directory()) {
            all.emplace_back(entry.path());
        }
    }
    return all;
}

std::vector<Capture> captures_with_accounting() {
    std::vector<Capture> all = captures();
    std::erase_if(all, [](const Capture& capture) { return !capture.accounting(); });
    return all;
}

std::uint64_t in_kib_steps(std::uint64_t value) {
    return value / 1024 * 1024;
}

/// The thread's reply of each capture, for EXPECTs that print the kernel.
template <class Check>
void for_each_child(Check check) {
    const std::vector<Capture> all = captures();
    ASSERT_THAT(all, SizeIs(30));
    for (const Capture& capture : all) {
        SCOPED_TRACE(capture.name());
        const std::vector<Reply> replies = capture.replies("pid_child");
        ASSERT_THAT(replies, SizeIs(1));
        ASSERT_EQ(replies[0].kind, Reply::Kind::stats);
        check(capture, replies[0]);
    }
}

TEST(TaskstatsCapture, every_version_from_10_to_17_that_a_released_kernel_has_is_there) {
    std::set<int> versions;
    for_each_child([&](const Capture& capture, const Reply& reply) {
        versions.insert(reply.stats.version);
        EXPECT_EQ(reply.stats.version, capture.number("pid_child.aggr_pid.version="));
    });
    EXPECT_EQ(versions, (std::set<int>{10, 11, 13, 14, 15, 16, 17}));
}

TEST(TaskstatsCapture, the_thread_is_who_it_is) {
    for_each_child([](const Capture& capture, const Reply& reply) {
        const auto tid = static_cast<std::uint32_t>(capture.number("pid_child.pid="));
        EXPECT_EQ(reply.target, Target::thread);
        EXPECT_EQ(reply.sequence, 105U);
        EXPECT_EQ(reply.id, tid);
        EXPECT_THAT(reply.stats.tid, Optional(Eq(tid)));
        EXPECT_THAT(reply.stats.parent_tgid, Optional(Eq(capture.number("pid_child.ppid="))));
        EXPECT_EQ(reply.stats.comm(), "fixture-child");
        EXPECT_THAT(reply.stats.nice, Optional(Eq(5)));
        EXPECT_THAT(reply.stats.uid, Optional(Eq(0U)));
        EXPECT_THAT(reply.stats.gid, Optional(Eq(0U)));
        EXPECT_EQ(reply.stats.tgid, reply.stats.version >= 12 ? std::optional(tid) : std::nullopt);
        EXPECT_EQ(reply.stats.exe_inode.has_value(), reply.stats.version >= 12);
        // Captured in November 2026, with correct clocks.
        EXPECT_GT(reply.stats.begin_unix_s.value_or(0), 1'793'000'000U);
        EXPECT_LT(reply.stats.begin_unix_s.value_or(0), 1'800'000'000U);
    });
}

TEST(TaskstatsCapture, cpu_time_and_cpu_wait_are_those_of_schedstat) {
    for_each_child([](const Capture& capture, const Reply& reply) {
        const TaskStats& stats = reply.stats;
        const std::optional<Delay>& wait = stats.delay(DelayKind::cpu);
        ASSERT_TRUE(wait.has_value());
        if (capture.name() == "5.10.262-nodelayacct") {
            EXPECT_EQ(stats.cpu_run_virtual_ns + stats.cpu_run_real_ns + wait->count + wait->total_ns, 0U);
            return;
        }
        const std::string key = "pid_child.proc_schedstat: ";
        EXPECT_EQ(stats.cpu_run_virtual_ns, capture.number(key, 1));
        EXPECT_EQ(wait->total_ns, capture.number(key, 2));
        EXPECT_EQ(wait->count, capture.number(key, 3));
        const std::uint64_t ticks_ns = stats.user_ns.value_or(0) + stats.system_ns.value_or(0);
        EXPECT_LE(
            stats.cpu_run_real_ns > ticks_ns ? stats.cpu_run_real_ns - ticks_ns : ticks_ns - stats.cpu_run_real_ns,
            2000U);
    });
}

TEST(TaskstatsCapture, switches_faults_io_and_memory_are_those_of_proc) {
    for_each_child([](const Capture& capture, const Reply& reply) {
        const TaskStats& stats = reply.stats;
        const std::string status = "pid_child.proc_status: ";
        const std::string io = "pid_child.proc_io: ";
        EXPECT_THAT(stats.voluntary_switches, Optional(Eq(capture.number(status + "voluntary_ctxt_switches:"))));
        EXPECT_THAT(stats.involuntary_switches, Optional(Eq(capture.number(status + "nonvoluntary_ctxt_switches:"))));
        EXPECT_THAT(stats.minor_faults, Optional(Eq(capture.stat(10))));
        EXPECT_THAT(stats.major_faults, Optional(Eq(capture.stat(12))));
        EXPECT_THAT(stats.read_chars, Optional(Eq(in_kib_steps(capture.number(io + "rchar:")))));
        EXPECT_THAT(stats.written_chars, Optional(Eq(in_kib_steps(capture.number(io + "wchar:")))));
        EXPECT_THAT(stats.read_syscalls, Optional(Eq(in_kib_steps(capture.number(io + "syscr:")))));
        EXPECT_THAT(stats.write_syscalls, Optional(Eq(in_kib_steps(capture.number(io + "syscw:")))));
        EXPECT_THAT(stats.read_bytes, Optional(Eq(in_kib_steps(capture.number(io + "read_bytes:")))));
        EXPECT_THAT(stats.write_bytes, Optional(Eq(in_kib_steps(capture.number(io + "write_bytes:")))));
        EXPECT_THAT(stats.max_vm_bytes, Optional(Eq(1024 * capture.number(status + "VmPeak:"))));
        const std::uint64_t max_rss = 1024 * capture.number(status + "VmHWM:");
        EXPECT_LE(stats.max_rss_bytes.value_or(0), max_rss);
        // 6.18.44 reads it from per-CPU counters that have not been summed yet.
        EXPECT_GE(stats.max_rss_bytes.value_or(0) + (capture.name().starts_with("6.18.44") ? 200 * 1024 : 0), max_rss);
    });
}

TEST(TaskstatsCapture, delays_are_there_from_the_version_that_brought_them) {
    for_each_child([](const Capture& capture, const Reply& reply) {
        for (const DelayInfo& entry : delay_table()) {
            const std::optional<Delay>& delay = reply.stats.delay(entry.kind);
            SCOPED_TRACE(entry.key);
            EXPECT_EQ(delay.has_value(), reply.stats.version >= entry.since_version);
            if (!delay || delay->count == 0) {
                continue;
            }
            EXPECT_TRUE(capture.accounting() || entry.kind == DelayKind::cpu);
            EXPECT_EQ(delay->max_ns.has_value(), reply.stats.version >= 15);
            EXPECT_LE(delay->min_ns.value_or(0), delay->max_ns.value_or(0));
            EXPECT_LE(delay->max_ns.value_or(0), delay->total_ns);
            EXPECT_EQ(delay->max_at_unix_ns.has_value(), reply.stats.version >= 17);
            // Within the thread's life, to the second to which its start is rounded.
            const std::uint64_t begin_ns = reply.stats.begin_unix_s.value_or(0) * 1'000'000'000;
            if (delay->max_at_unix_ns) {
                EXPECT_GT(*delay->max_at_unix_ns + 1'000'000'000, begin_ns);
                EXPECT_LT(*delay->max_at_unix_ns, begin_ns + *reply.stats.elapsed_ns + 2'000'000'000);
            }
        }
    });
}

TEST(TaskstatsCapture, copies_of_write_protected_pages_are_counted) {
    for_each_child([](const Capture& capture, const Reply& reply) {
        if (reply.stats.version >= 13) {
            // It wrote 64 pages that it shared with its parent; with its stack and data there are some more.
            const std::uint64_t count = reply.stats.delay(DelayKind::wpcopy)->count;
            EXPECT_EQ(count >= 64 && count < 128, capture.accounting()) << count;
        }
    });
}

TEST(TaskstatsCapture, accounting_shows_in_the_delays_of_the_reply_itself) {
    for_each_child([](const Capture& capture, const Reply& reply) {
        EXPECT_EQ(proves_accounting(reply.stats), capture.accounting());
    });
}

TEST(TaskstatsCapture, a_group_is_a_sum_and_has_no_identity_no_memory_and_no_extremes) {
    for (const Capture& capture : captures()) {
        SCOPED_TRACE(capture.name());
        const std::vector<Reply> replies = capture.replies("tgid_child");
        ASSERT_THAT(replies, SizeIs(1));
        const TaskStats& stats = replies[0].stats;
        EXPECT_EQ(replies[0].target, Target::group);
        EXPECT_EQ(replies[0].id, capture.number("tgid_child.aggr_tgid.id="));
        EXPECT_TRUE(stats.group);
        EXPECT_EQ(stats.comm(), "");
        EXPECT_FALSE(stats.tid || stats.tgid || stats.uid || stats.minor_faults || stats.max_rss_bytes ||
                     stats.read_bytes || stats.begin_unix_s || stats.nice);
        EXPECT_FALSE(stats.delay(DelayKind::cpu)->max_ns.has_value());
        EXPECT_TRUE(stats.elapsed_ns && stats.voluntary_switches && stats.user_ns);
        if (capture.name() != "5.10.262-nodelayacct") {
            // Includes an exited thread: more than the main thread and the live one together.
            const std::uint64_t live_ns = capture.number("pid_child.clock_thread_cputime_ns=") +
                                          capture.number("tgid_child.live_thread_cputime_ns=");
            EXPECT_GT(stats.cpu_run_virtual_ns, live_ns);
        }
    }
}

TEST(TaskstatsCapture, an_exit_message_has_the_thread_and_the_process_even_when_its_version_is_unset) {
    std::size_t unset = 0;
    for (const Capture& capture : captures_with_accounting()) {
        SCOPED_TRACE(capture.name());
        const std::vector<Reply> replies = capture.replies("exit_listener");
        ASSERT_THAT(replies, SizeIs(2));
        EXPECT_EQ(replies[0].target, Target::thread);
        EXPECT_EQ(replies[1].target, Target::group);
        EXPECT_EQ(replies[0].id, capture.number("exit_listener.pid="));
        EXPECT_EQ(replies[1].id, replies[0].id);
        EXPECT_EQ(replies[0].stats.comm(), capture.text("exit_listener.main_comm="));
        EXPECT_THAT(replies[0].stats.exit_code, Optional(Eq(3U << 8U)));
        EXPECT_EQ(replies[1].stats.version, replies[0].stats.version);
        EXPECT_GE(replies[0].stats.cpu_run_virtual_ns, capture.number("exit_listener.clock_thread_cputime_ns="));
        // A thread adds itself to its process's sum a little before its end, so some CPU time is missing there.
        EXPECT_GT(replies[1].stats.cpu_run_virtual_ns, replies[0].stats.cpu_run_virtual_ns);
        EXPECT_GT(10 * replies[1].stats.cpu_run_virtual_ns,
                  8 * capture.number("exit_listener.clock_process_cputime_ns="));
        unset += capture.number("exit_listener.aggr_tgid.version=") == 0 ? 1 : 0;
    }
    EXPECT_GT(unset, 0U);
}

TEST(TaskstatsCapture, the_exit_of_a_lone_thread_has_its_signal) {
    for (const Capture& capture : captures_with_accounting()) {
        SCOPED_TRACE(capture.name());
        const std::vector<Reply> replies = capture.replies("exit_single");
        ASSERT_THAT(replies, SizeIs(1));
        EXPECT_EQ(replies[0].id, capture.number("exit_single.pid="));
        EXPECT_THAT(replies[0].stats.exit_code, Optional(Eq(15U)));
        EXPECT_THAT(replies[0].stats.flags, Optional(Eq(replies[0].stats.version >= 12 ? 0x31 : 0x11)));
    }
}

TEST(TaskstatsCapture, errors_name_the_thread_that_was_asked_for) {
    for (const Capture& capture : captures_with_accounting()) {
        SCOPED_TRACE(capture.name());
        const std::vector<Reply> gone = capture.replies("no_such_pid");
        ASSERT_THAT(gone, SizeIs(1));
        EXPECT_EQ(gone[0].kind, Reply::Kind::error);
        EXPECT_EQ(gone[0].error_number, ESRCH);
        EXPECT_EQ(gone[0].sequence, 107U);
        EXPECT_EQ(gone[0].target, Target::thread);
        EXPECT_EQ(gone[0].id, 4194303U);
        const std::vector<Reply> refused = capture.replies("not_permitted");
        ASSERT_THAT(refused, SizeIs(1));
        EXPECT_EQ(refused[0].error_number, EPERM);
        const std::vector<Reply> acknowledged = capture.replies("register_ack");
        ASSERT_THAT(acknowledged, SizeIs(1));
        EXPECT_EQ(acknowledged[0].kind, Reply::Kind::error);
        EXPECT_EQ(acknowledged[0].error_number, 0);
        EXPECT_EQ(acknowledged[0].target, std::nullopt);
    }
}

TEST(TaskstatsCapture, cut_anywhere_it_is_malformed_and_no_reply) {
    for (const Capture& capture : captures_with_accounting()) {
        SCOPED_TRACE(capture.name());
        for (const std::string file : {"pid_child", "exit_listener", "no_such_pid"}) {
            const std::vector<std::byte> whole = capture.bytes(file);
            for (std::size_t size = 1; size < whole.size(); ++size) {
                // A copy of exactly that size: the address sanitizer detects a read beyond it.
                const std::vector<std::byte> cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
                std::vector<Reply> replies;
                DecodeFaults faults;
                decode_datagram(cut, capture.family(), replies, faults);
                ASSERT_EQ(faults.malformed, 1U) << file << " cut at " << size;
                ASSERT_TRUE(replies.empty()) << file << " cut at " << size;
            }
        }
    }
}

TEST(TaskstatsCapture, the_same_values_at_every_alignment) {
    for (const Capture& capture : captures_with_accounting()) {
        SCOPED_TRACE(capture.name());
        const std::vector<std::byte> whole = capture.bytes("pid_child");
        const std::vector<Reply> expected = capture.replies("pid_child");
        for (std::size_t shift = 1; shift < 8; ++shift) {
            std::vector<std::byte> shifted(shift);
            shifted.insert(shifted.end(), whole.begin(), whole.end());
            std::vector<Reply> replies;
            DecodeFaults faults;
            decode_datagram(std::span(shifted).subspan(shift), capture.family(), replies, faults);
            ASSERT_THAT(replies, SizeIs(1));
            EXPECT_EQ(replies[0].stats.cpu_run_virtual_ns, expected[0].stats.cpu_run_virtual_ns);
            EXPECT_EQ(replies[0].stats.comm(), expected[0].stats.comm());
        }
    }
}

}  // namespace
}  // namespace tsa::taskstats
