// SPDX-License-Identifier: MIT
// Parsing /proc/PID/task/TID: captured text, hostile names, truncated and malformed text.
#include "procfs/task_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

namespace tsa {
namespace {

using testing::Optional;
using namespace std::string_literals;

constexpr const char* kStatTail =
    " R 19137 19210 6116 34816 19137 4194304 91 1 2 0 17 25 3 4 20 -5 3 0 317241 3133440 439 18446744073709551615 1 2 "
    "3 "
    "4 5 0 0 0 0 0 0 0 17 1 7 2 0 0 0 9 9 9 9 9 9 9 0\n";

std::string stat_of(const std::string& name) {
    return "19210 (" + name + ")" + kStatTail;
}

constexpr const char* kStatus =
    "Name:\tcat\nUmask:\t0022\nState:\tR (running)\nTgid:\t19209\nNgid:\t0\nPid:\t19210\nPPid:\t19137\nTracerPid:\t0\n"
    "Uid:\t1000\t1001\t1002\t1003\nGid:\t0\t0\t0\t0\nFDSize:\t256\nGroups:\t \nNSpid:\t19210\t12\nThreads:\t2\n"
    "voluntary_ctxt_switches:\t17\nnonvoluntary_ctxt_switches:\t4\n";

TEST(TaskTimesParser, reads_the_three_numbers) {
    EXPECT_THAT(parse_task_times("1234567 89 3\n"), Optional(TaskTimes{1234567, 89, 3}));
    EXPECT_THAT(parse_task_times("18446744073709551615 0 0\n"), Optional(TaskTimes{UINT64_MAX, 0, 0}));
}

TEST(TaskTimesParser, truncated_or_invalid_numbers_are_absent) {
    for (const char* text : {"", "1 2 3", "1 2\n", "1\n", "\n", "1 x 3\n", "-1 2 3\n", "18446744073709551616 0 0\n"}) {
        EXPECT_FALSE(parse_task_times(text).has_value()) << text;
    }
}

TEST(TaskStatParser, reads_what_a_thread_has_a_place_for) {
    const auto stat = parse_task_stat(stat_of("cat"));
    ASSERT_TRUE(stat.has_value());
    EXPECT_EQ(stat->tid, 19210U);
    EXPECT_STREQ(stat->comm.data(), "cat");
    EXPECT_EQ(stat->letter, 'R');
    EXPECT_EQ(stat->parent_tgid, 19137U);
    EXPECT_FALSE(stat->kernel);
    EXPECT_EQ(stat->minor_faults, 91U);
    EXPECT_EQ(stat->major_faults, 2U);
    EXPECT_EQ(stat->cpu_ticks, 42U);
    EXPECT_EQ(stat->nice, -5);
    EXPECT_EQ(stat->threads, 3U);
    EXPECT_EQ(stat->start_ticks, 317241U);
    EXPECT_EQ(stat->rss_pages, 439U);
    EXPECT_EQ(stat->last_cpu, 1U);
    EXPECT_EQ(stat->rt_priority, 7U);
    EXPECT_EQ(stat->policy, 2U);
}

TEST(TaskStatParser, a_name_may_hold_anything) {
    for (const std::string& name : {"a) R 1 2 3"s, ") "s, "("s, ")"s, ""s, "a b"s, "x\ny"s, "\n"s, "1 (2) S 3\n4"s}) {
        const auto stat = parse_task_stat(stat_of(name));
        ASSERT_TRUE(stat.has_value()) << name;
        EXPECT_EQ(stat->comm.data(), name.substr(0, 15));
        EXPECT_EQ(stat->letter, 'R') << name;
        EXPECT_EQ(stat->start_ticks, 317241U) << name;
    }
}

TEST(TaskStatParser, a_long_name_of_a_kernel_worker_is_cut_to_fifteen_bytes) {
    std::string text = stat_of("kworker/u8:5-events_power_efficient");
    text.replace(text.find("4194304"), 7, "2129984");
    const auto stat = parse_task_stat(text);
    ASSERT_TRUE(stat.has_value());
    EXPECT_STREQ(stat->comm.data(), "kworker/u8:5-ev");
    EXPECT_TRUE(stat->kernel);
}

TEST(TaskStatParser, a_text_cut_anywhere_is_absent) {
    const std::string whole = stat_of("cat");
    for (std::size_t length = 0; length < whole.size(); ++length) {
        EXPECT_FALSE(parse_task_stat(whole.substr(0, length)).has_value()) << length;
    }
    EXPECT_FALSE(parse_task_stat("x (cat)"s + kStatTail).has_value());
    std::string broken = whole;
    broken.replace(broken.find("317241"), 6, "31x241");
    EXPECT_FALSE(parse_task_stat(broken).has_value());
}

TEST(TaskStatParser, a_resident_size_below_zero_is_zero) {
    std::string text = stat_of("cat");
    text.replace(text.find(" 439 "), 5, " -12 ");
    const auto stat = parse_task_stat(text);
    ASSERT_TRUE(stat.has_value());
    EXPECT_EQ(stat->rss_pages, 0U);
}

TEST(TaskStatParser, random_bytes_are_not_a_stat) {
    std::mt19937 random(7);
    for (int round = 0; round < 20'000; ++round) {
        std::string text = stat_of("cat");
        for (int i = 0; i < 3; ++i) {
            text[random() % text.size()] = static_cast<char>(random());
        }
        const auto stat = parse_task_stat(text);  // with sanitizers: no out-of-bounds reads
        EXPECT_TRUE(!stat || stat->comm.back() == '\0');
        (void)parse_task_times(text);
        (void)parse_task_switches(text);
        (void)parse_task_io(text);
    }
}

TEST(TaskSwitchesParser, reads_user_switches_and_the_innermost_tid) {
    const auto switches = parse_task_switches(kStatus);
    ASSERT_TRUE(switches.has_value());
    EXPECT_EQ(switches->uid, 1001U);
    EXPECT_EQ(switches->ns_tid, 12U);
    EXPECT_EQ(switches->voluntary, 17U);
    EXPECT_EQ(switches->involuntary, 4U);
}

TEST(TaskSwitchesParser, an_old_kernel_has_no_namespace_line) {
    std::string text = kStatus;
    text.erase(text.find("NSpid"), "NSpid:\t19210\t12\n"s.size());
    const auto switches = parse_task_switches(text);
    ASSERT_TRUE(switches.has_value());
    EXPECT_EQ(switches->ns_tid, 0U);
    EXPECT_EQ(switches->involuntary, 4U);
}

TEST(TaskSwitchesParser, a_text_cut_anywhere_is_absent) {
    const std::string whole = kStatus;
    for (std::size_t length = 0; length < whole.size(); ++length) {
        EXPECT_FALSE(parse_task_switches(whole.substr(0, length)).has_value()) << length;
    }
}

TEST(TaskIoParser, reads_storage_bytes) {
    const auto io = parse_task_io(
        "rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 4096\nwrite_bytes: 8192\ncancelled_write_bytes: 1\n");
    ASSERT_TRUE(io.has_value());
    EXPECT_EQ(io->read_bytes, 4096U);
    EXPECT_EQ(io->write_bytes, 8192U);
    EXPECT_FALSE(parse_task_io("read_bytes: 1\nwrite_bytes: 1").has_value());
    EXPECT_FALSE(parse_task_io("").has_value());
}

TEST(MachineCountsParser, finds_both_numbers_after_long_lines) {
    const MachineCounts counts = parse_machine_counts("cpu  1 2 3\ncpu0 1 2 3\nintr 5 " + std::string(9000, '1') +
                                                      "\nctxt 5\nprocesses 31337\nprocs_running 3\nprocs_blocked 0\n");
    EXPECT_THAT(counts.forks, Optional(31337U));
    EXPECT_THAT(counts.runnable, Optional(3U));
    const MachineCounts none = parse_machine_counts("cpu 1\nprocesses x\n");
    EXPECT_FALSE(none.forks.has_value());
    EXPECT_FALSE(none.runnable.has_value());
}

TEST(OwnNamespace, is_identified_by_a_single_tid) {
    EXPECT_TRUE(is_of_own_namespace("Name:\tx\nNSpid:\t7\n", 7));
    EXPECT_FALSE(is_of_own_namespace("Name:\tx\nNSpid:\t7\t1\n", 7));
    EXPECT_FALSE(is_of_own_namespace("Name:\tx\nNSpid:\t7\n", 8));
    EXPECT_FALSE(is_of_own_namespace("Name:\tx\nPid:\t7\n", 7));
}

TEST(OffCpuState, is_one_of_the_three_that_proc_distinguishes) {
    for (const char letter : {'S', 'D', 'I', 'R', 'W', 'K', '?'}) {
        EXPECT_EQ(off_cpu_state(letter), ThreadState::sleep) << letter;
    }
    for (const char letter : {'T', 't', 'P'}) {
        EXPECT_EQ(off_cpu_state(letter), ThreadState::stopped) << letter;
    }
    for (const char letter : {'Z', 'X', 'x'}) {
        EXPECT_EQ(off_cpu_state(letter), ThreadState::zombie) << letter;
    }
}

TEST(OffCpuState, has_what_the_letter_says_beyond_it) {
    EXPECT_EQ(off_cpu_kind('t'), FutexKind::traced);
    EXPECT_EQ(off_cpu_kind('I'), FutexKind::idle_task);
    EXPECT_EQ(off_cpu_kind('D'), FutexKind::disk_sleep);
    for (const char letter : {'S', 'R', 'T', 'P', 'Z'}) {
        EXPECT_EQ(off_cpu_kind(letter), FutexKind::none) << letter;
    }
}

}  // namespace
}  // namespace tsa
