// SPDX-License-Identifier: MIT
// The identity of a thread: the parsers on literal text, ProcFs on trees of files and on this process.
#include "procfs/identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <string>
#include <thread>

#include "base/thread_count.h"

namespace tsa {
namespace {

using testing::Optional;
namespace fs = std::filesystem;
using namespace std::string_literals;

constexpr const char* kStatus =
    "Name:\tcat\nUmask:\t0022\nState:\tR (running)\nTgid:\t19209\nNgid:\t0\nPid:\t19210\nPPid:\t19137\nTracerPid:\t0\n"
    "Uid:\t1000\t1001\t1002\t1003\nGid:\t0\t0\t0\t0\nFDSize:\t256\nGroups:\t \nNSpid:\t19210\nThreads:\t2\n";

TEST(StatusParser, reads_who_a_thread_is) {
    const auto status = parse_status(kStatus);
    ASSERT_TRUE(status.has_value());
    EXPECT_EQ(status->name, "cat");
    EXPECT_EQ(status->tid, 19210U);
    EXPECT_EQ(status->tgid, 19209U);
    EXPECT_EQ(status->parent_tgid, 19137U);
    EXPECT_EQ(status->uid, 1001U);
    EXPECT_EQ(status->state, 'R');
}

TEST(StatusParser, a_hostile_name_cannot_add_lines) {
    const auto status = parse_status(
        "Name:\ta\\nTgid:\\t1\\\\ :\t\nState:\tS (sleeping)\nTgid:\t7\nPid:\t7\nPPid:\t1\nUid:\t0\t0\t0\t0\n");
    ASSERT_TRUE(status.has_value());
    EXPECT_EQ(status->name, "a\nTgid:t1\\ :\t");
    EXPECT_EQ(status->tgid, 7U);
}

TEST(StatusParser, an_empty_name_is_a_name) {
    const auto status = parse_status("Name:\t\nState:\tZ (zombie)\nTgid:\t7\nPid:\t7\nPPid:\t1\nUid:\t0\t0\t0\t0\n");
    ASSERT_TRUE(status.has_value());
    EXPECT_EQ(status->name, "");
    EXPECT_EQ(status->state, 'Z');
}

TEST(StatusParser, a_missing_or_broken_line_makes_it_absent) {
    const std::string text = kStatus;
    EXPECT_FALSE(parse_status("").has_value());
    for (const char* key : {"Name:", "State:", "\nTgid:", "\nPid:", "PPid:", "Uid:"}) {
        std::string without = text;
        without.replace(without.find(key) + 1, 1, "?");
        EXPECT_FALSE(parse_status(without).has_value()) << key;
    }
    std::string garbage = text;
    garbage.replace(garbage.find("19209"), 5, "19x09");
    EXPECT_FALSE(parse_status(garbage).has_value());
    EXPECT_FALSE(parse_status(text.substr(0, text.find("\t1001"))).has_value());
}

TEST(ThreadCountParser, is_the_number_after_the_slash) {
    EXPECT_THAT(parse_thread_count("0.10 0.20 0.30 2/345 678\n"), Optional(345U));
    for (const char* text :
         {"", "0.10 0.20 0.30\n", "0.10 0.20 0.30 2 345\n", "0.10 0.20 0.30 2/x 1\n", "0 0 0 2/34"}) {
        EXPECT_FALSE(parse_thread_count(text).has_value()) << text;
    }
}

TEST(JoinCmdline, arguments_are_separated_by_spaces) {
    EXPECT_EQ(join_cmdline("cat\0-n\0a b\0"s), "cat -n a b");
    EXPECT_EQ(join_cmdline("cat\0\0x\0"s), "cat  x");
    EXPECT_EQ(join_cmdline("nginx: worker process\0\0\0\0\0"s), "nginx: worker process");
    EXPECT_EQ(join_cmdline("unterminated"s), "unterminated");
    EXPECT_EQ(join_cmdline("\0\0"s), "");
    EXPECT_EQ(join_cmdline(""), "");
}

class ProcTree : public testing::Test {
  protected:
    ProcTree() {
        std::string pattern = fs::temp_directory_path() / "rstat-procfs-XXXXXX";
        root_ = ::mkdtemp(pattern.data());
    }
    ~ProcTree() override { fs::remove_all(root_); }
    ProcTree(const ProcTree&) = delete;
    ProcTree& operator=(const ProcTree&) = delete;

    void write(const std::string& path, const std::string& text) const {
        fs::create_directories((root_ / path).parent_path());
        std::ofstream(root_ / path) << text;
    }

    fs::path root_;
};

TEST_F(ProcTree, reads_under_its_root) {
    write("proc/19210/status", kStatus);
    write("proc/19210/cmdline", "cat\0-n\0"s);
    write("proc/3/cmdline", "");
    write("proc/loadavg", "0.10 0.20 0.30 2/345 678\n");
    const ProcFs proc(root_.string());
    const auto status = proc.status(19210);
    ASSERT_TRUE(status.has_value());
    EXPECT_EQ(status->tgid, 19209U);
    EXPECT_THAT(proc.cmdline(19210), Optional("cat -n"s));
    EXPECT_THAT(proc.cmdline(3), Optional(""s));
    EXPECT_THAT(read_thread_count(root_.string()), Optional(345U));
}

TEST_F(ProcTree, a_thread_that_is_gone_is_absent) {
    const ProcFs proc(root_.string());
    EXPECT_FALSE(proc.status(4110).has_value());
    EXPECT_FALSE(proc.cmdline(4110).has_value());
    EXPECT_FALSE(read_thread_count(root_.string()).has_value());
}

TEST_F(ProcTree, an_endless_command_line_is_cut) {
    write("proc/1/cmdline", std::string(100'000, 'x'));
    const auto cmdline = ProcFs(root_.string()).cmdline(1);
    ASSERT_TRUE(cmdline.has_value());
    EXPECT_EQ(*cmdline, std::string(4096, 'x'));
}

TEST_F(ProcTree, a_long_list_of_groups_does_not_hide_who_it_is) {
    std::string text = kStatus;
    std::string groups = "Groups:\t";
    for (int gid = 0; gid < 5000; ++gid) {
        groups += std::to_string(gid) + " ";
    }
    text.replace(text.find("Groups:\t "), 9, groups);
    write("proc/19210/status", text);
    EXPECT_TRUE(ProcFs(root_.string()).status(19210).has_value());
}

TEST(ProcFs, a_non_leader_thread_is_found_with_its_process) {
    std::promise<std::uint32_t> tid;
    std::promise<void> done;
    std::thread thread([&] {
        tid.set_value(static_cast<std::uint32_t>(::syscall(SYS_gettid)));
        done.get_future().wait();
    });
    const std::uint32_t other = tid.get_future().get();
    const auto status = ProcFs().status(other);
    done.set_value();
    thread.join();
    ASSERT_TRUE(status.has_value());
    EXPECT_EQ(status->tid, other);
    EXPECT_EQ(status->tgid, static_cast<std::uint32_t>(::getpid()));
    EXPECT_EQ(status->parent_tgid, static_cast<std::uint32_t>(::getppid()));
    EXPECT_EQ(status->uid, ::geteuid());
}

}  // namespace
}  // namespace tsa
