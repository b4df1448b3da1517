// SPDX-License-Identifier: MIT
// A process's signals from /proc, on captured text and on a tree of files.
#include "procfs/signal_handling.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <csignal>
#include <filesystem>
#include <fstream>

namespace tsa {
namespace {

constexpr SignalSet bit(int number) {
    return SignalSet{1} << static_cast<unsigned>(number - 1);
}

// From bash on Linux 6.18.
constexpr std::string_view kBash =
    "Name:\tbash\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t4588\nNgid:\t0\nPid:\t4588\nPPid:\t4580\nTracerPid:\t0\n"
    "Uid:\t1000\t1000\t1000\t1000\nNStgid:\t4588\nNSpid:\t4588\nThreads:\t1\nSigQ:\t0/95000\n"
    "SigPnd:\t0000000000000000\nShdPnd:\t0000000000000000\nSigBlk:\t0000000000010000\nSigIgn:\t0000000000384004\n"
    "SigCgt:\t000000004b817efb\n";

TEST(SignalHandling, masks_are_read_from_status) {
    const auto bash = parse_status_signals(kBash);
    ASSERT_TRUE(bash);
    EXPECT_EQ(bash->blocked, bit(SIGCHLD));
    EXPECT_TRUE(has_signal(bash->caught, SIGINT));
    EXPECT_FALSE(has_signal(bash->caught, SIGKILL));
    EXPECT_EQ(bash->ignored, bit(SIGQUIT) | bit(SIGTERM) | bit(SIGTSTP) | bit(SIGTTIN) | bit(SIGTTOU));
    EXPECT_EQ(bash->threads, 1U);
    EXPECT_EQ(bash->state, 'S');
    EXPECT_EQ(bash->init, InitProcess::no);
}

TEST(SignalHandling, text_without_a_mask_or_with_another_number_is_nothing) {
    for (const std::string_view key : {"SigBlk", "SigIgn", "SigCgt"}) {
        std::string text(kBash);
        text.replace(text.find(key), key.size(), "SigXxx");
        EXPECT_FALSE(parse_status_signals(text)) << key;
    }
    std::string broken(kBash);
    broken.replace(broken.find("0000000000010000"), 16, "00000000000100zz");
    EXPECT_FALSE(parse_status_signals(broken));
    EXPECT_FALSE(parse_status_signals(""));
    EXPECT_FALSE(parse_status_signals(kBash.substr(0, kBash.size() - 1))) << "its last line is incomplete";
}

TEST(SignalHandling, the_first_process_of_a_namespace_is_an_init) {
    const auto init = [](std::string_view ids) {
        std::string text(kBash);
        text.replace(text.find("NSpid:\t4588"), 11, "NSpid:\t" + std::string(ids));
        return parse_status_signals(text)->init;
    };
    EXPECT_EQ(init("1"), InitProcess::of_machine);
    EXPECT_EQ(init("4588\t1"), InitProcess::of_container);
    EXPECT_EQ(init("4588\t12"), InitProcess::no);
    EXPECT_EQ(init("11"), InitProcess::no);
}

class SignalTree : public ::testing::Test {
  protected:
    SignalTree() {
        std::string pattern = std::filesystem::temp_directory_path() / "rstat-signals-XXXXXX";
        root_ = ::mkdtemp(pattern.data());
    }
    ~SignalTree() override { std::filesystem::remove_all(root_); }
    SignalTree(const SignalTree&) = delete;
    SignalTree& operator=(const SignalTree&) = delete;

    void put(std::uint32_t tid, SignalSet blocked, std::string_view wchan = "ep_poll", char state = 'S') const {
        char masks[256];
        std::snprintf(masks, sizeof masks,
                      "State:\t%c\nNSpid:\t70\nThreads:\t3\nSigBlk:\t%016llx\nSigIgn:\t0000000000000001\n"
                      "SigCgt:\t0000000000000200\n",
                      state, static_cast<unsigned long long>(blocked));
        const std::string process = root_ + "/proc/70";
        const std::string task = process + "/task/" + std::to_string(tid);
        std::filesystem::create_directories(task);
        std::ofstream(task + "/status") << masks;
        std::ofstream(task + "/wchan") << wchan;
        if (tid == 70) {
            std::ofstream(process + "/status") << masks;
        }
    }
    [[nodiscard]] SignalHandling read(std::uint32_t tid = 0) const { return *read_signal_handling(70, tid, root_); }

    std::string root_;
};

TEST_F(SignalTree, a_process_that_is_not_there_is_absent) {
    EXPECT_FALSE(read_signal_handling(70, 0, root_));
}

TEST_F(SignalTree, only_what_every_thread_blocks_is_blocked) {
    put(70, bit(SIGINT) | bit(SIGUSR2));
    put(71, bit(SIGINT) | bit(SIGHUP));
    put(72, 0, "ep_poll", 'Z');  // it has exited: it receives no signals
    const SignalHandling handling = read(71);
    EXPECT_EQ(handling.blocked, bit(SIGINT));
    EXPECT_EQ(handling.awaited, 0U);
    EXPECT_EQ(handling.blocked_by_thread, bit(SIGINT) | bit(SIGHUP));
    EXPECT_EQ(handling.caught, bit(SIGUSR1));
    EXPECT_EQ(handling.ignored, bit(SIGHUP));
    EXPECT_EQ(handling.threads, 3U);
    EXPECT_FALSE(handling.stopped);
}

TEST_F(SignalTree, what_all_but_a_thread_in_sigwait_block_may_be_taken_by_it) {
    put(70, bit(SIGTERM) | bit(SIGINT));
    put(71, bit(SIGINT), "do_sigtimedwait.isra.0");
    put(72, bit(SIGTERM) | bit(SIGINT) | bit(SIGHUP));
    const SignalHandling handling = read();
    EXPECT_EQ(handling.awaited, bit(SIGTERM));
    EXPECT_EQ(handling.blocked, bit(SIGINT));
}

TEST_F(SignalTree, of_too_many_threads_it_is_not_claimed_that_all_block_something) {
    for (std::uint32_t tid = 70; tid < 70 + kMostMasks + 1; ++tid) {
        put(tid, bit(SIGINT));
    }
    EXPECT_EQ(read().blocked, 0U);
    std::filesystem::remove_all(root_ + "/proc/70/task/71");
    EXPECT_EQ(read().blocked, bit(SIGINT));
}

TEST_F(SignalTree, a_stopped_process_is_recognized) {
    put(70, 0, "do_signal_stop", 'T');
    EXPECT_TRUE(read().stopped);
}

}  // namespace
}  // namespace tsa
