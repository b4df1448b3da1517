// SPDX-License-Identifier: MIT
// Details of one thread from /proc: captured text in, values out; and the current thread.
#include "procfs/properties.h"

#include <gmock/gmock.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/fd.h"

namespace tsa {
namespace {

TEST(ParseCgroup, the_unified_path_is_taken) {
    EXPECT_EQ(parse_cgroup("0::/system.slice/mysql.service\n"), "/system.slice/mysql.service");
}

TEST(ParseCgroup, version_1_counts_where_the_unified_path_is_the_root) {
    EXPECT_EQ(parse_cgroup("5:name=systemd:/deep/er/still\n4:cpu,cpuacct:/batch/low\n3:memory:/batch\n0::/\n"),
              "cpu,cpuacct:/batch/low");
    EXPECT_EQ(parse_cgroup("4:cpu,cpuacct:/batch\n0::/user.slice\n"), "/user.slice");
    EXPECT_EQ(parse_cgroup("4:cpuacct:/only/counts\n0::/\n"), "/");
}

TEST(ParseCgroup, a_path_may_hold_colons_and_a_cut_line_is_not_there) {
    EXPECT_EQ(parse_cgroup("0::/a:b\n"), "/a:b");
    EXPECT_EQ(parse_cgroup("0::/cut"), std::nullopt);
    EXPECT_EQ(parse_cgroup("garbage\n"), std::nullopt);
}

TEST(CountCpus, of_ranges_and_single_ones_and_nothing_else) {
    EXPECT_EQ(count_cpus("0-3,8"), 5U);
    EXPECT_EQ(count_cpus("7"), 1U);
    for (const char* other : {"", ",", "1,,2", "3-1", "a", "1-", "-1", "0-99999999999"}) {
        EXPECT_EQ(count_cpus(other), std::nullopt) << other;
    }
}

TEST(ParseStatusProperties, sizes_are_bytes_and_what_is_missing_stays_absent) {
    ThreadProperties properties;
    parse_status_properties(
        "Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\nVmSwap:\t       0 kB\nCpus_allowed_list:\t0-3,8\n",
        properties);
    EXPECT_EQ(properties.peak_resident_bytes, 2048 * 1024);
    EXPECT_EQ(properties.resident_bytes, 1024 * 1024);
    EXPECT_EQ(properties.swapped_bytes, 0);
    EXPECT_EQ(properties.cpus_allowed, "0-3,8");
    EXPECT_EQ(properties.allowed_count, 5U);

    ThreadProperties kernel_thread;
    parse_status_properties("Name:\tkworker\nCpus_allowed_list:\t0\nVmRSS:\t12 parrots\n", kernel_thread);
    EXPECT_EQ(kernel_thread.resident_bytes, std::nullopt);
}

TEST(DescriptorName, kinds_have_a_word_and_files_their_path) {
    EXPECT_EQ(descriptor_name("socket:[4711]"), "socket");
    EXPECT_EQ(descriptor_name("pipe:[12]"), "pipe");
    EXPECT_EQ(descriptor_name("anon_inode:[eventpoll]"), "epoll");
    EXPECT_EQ(descriptor_name("anon_inode:inotify"), "inotify");
    EXPECT_EQ(descriptor_name("/tmp/a:[b]"), "/tmp/a:[b]");
    EXPECT_EQ(descriptor_name("/tmp/x (deleted)"), "/tmp/x (deleted)");
}

TEST(ReadProperties, this_thread_has_all_but_a_place_to_sleep) {
    const ThreadProperties mine = read_properties(static_cast<std::uint32_t>(::gettid()));
    ASSERT_TRUE(mine.resident_bytes);
    EXPECT_GT(*mine.resident_bytes, 0U);
    EXPECT_GE(*mine.peak_resident_bytes, *mine.resident_bytes);
    EXPECT_TRUE(mine.cpus_allowed && !mine.cpus_allowed->empty());
    EXPECT_THAT(mine.command.value_or(""), testing::HasSubstr("unit_tests"));
    EXPECT_EQ(mine.kernel_function, std::nullopt);
}

TEST(ReadProperties, a_thread_that_does_not_exist_has_none) {
    const ThreadProperties none = read_properties(4'194'304);
    EXPECT_FALSE(none.command || none.cgroup || none.cpus_allowed || none.resident_bytes);
    EXPECT_EQ(read_descriptor_name(4'194'304, 0), std::nullopt);
}

TEST(ReadDescriptorName, an_eventfd_of_ours_is_one) {
    const Fd event(::eventfd(0, EFD_CLOEXEC));
    ASSERT_TRUE(event.valid());
    EXPECT_EQ(read_descriptor_name(static_cast<std::uint32_t>(::gettid()), event.get()), "eventfd");
    EXPECT_EQ(read_descriptor_name(static_cast<std::uint32_t>(::gettid()), 1'000'000), std::nullopt);
}

}  // namespace
}  // namespace tsa
