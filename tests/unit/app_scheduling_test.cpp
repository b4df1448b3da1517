// SPDX-License-Identifier: MIT
// How threads are scheduled, read and changed, on a thread of this test; and network bytes without probes.
#include "app/host/scheduling.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "app/host/network_feed.h"
#include "base/task_identity.h"

namespace tsa {
namespace {

using ::testing::Contains;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::SizeIs;

/// A thread that waits until the test is over.
class Helper {
  public:
    Helper()
        : thread_([this] {
              std::unique_lock lock(mutex_);
              tid_ = static_cast<std::uint32_t>(::gettid());
              changed_.notify_all();
              changed_.wait(lock, [this] { return over_; });
          }) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return tid_ != 0; });
    }
    Helper(const Helper&) = delete;
    Helper& operator=(const Helper&) = delete;
    ~Helper() { end(); }

    void end() {
        {
            const std::lock_guard lock(mutex_);
            over_ = true;
        }
        changed_.notify_all();
        if (thread_.joinable()) {
            thread_.join();
        }
    }
    [[nodiscard]] std::uint32_t tid() const { return tid_; }
    [[nodiscard]] Target target() const {
        Target target;
        target.tid = tid_;
        target.tgid = static_cast<std::uint32_t>(::getpid());
        target.start_time_ns = read_start_time_ns(tid_).value_or(0);
        target.comm = "help\ter";
        return target;
    }
    [[nodiscard]] Scheduling now() const { return read_scheduling(tid_).value_or(Scheduling()); }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::uint32_t tid_ = 0;
    bool over_ = false;
    std::thread thread_;
};

TEST(Scheduling, is_read_as_the_kernel_has_it) {
    const Helper helper;
    cpu_set_t set;
    CPU_ZERO(&set);
    ASSERT_EQ(::sched_getaffinity(static_cast<pid_t>(helper.tid()), sizeof(set), &set), 0);
    const Scheduling now = helper.now();
    EXPECT_THAT(now.cpus, SizeIs(static_cast<std::size_t>(CPU_COUNT(&set))));
    for (const std::uint32_t cpu : now.cpus) {
        EXPECT_TRUE(CPU_ISSET(cpu, &set)) << cpu;
        EXPECT_THAT(now.online_cpus, Contains(cpu));
    }
    EXPECT_EQ(now.policy, ::sched_getscheduler(static_cast<pid_t>(helper.tid())));
    EXPECT_EQ(read_scheduling(0x7fff'fff0), std::nullopt);
}

TEST(Scheduling, cpus_of_one_thread_change_and_those_of_others_stay) {
    const Helper helper, other;
    const std::vector<std::uint32_t> before = other.now().cpus;
    Command command;
    command.targets = {helper.target()};
    command.cpus = {before.back()};
    const ActionResult result = set_affinity(command);
    EXPECT_FALSE(result.failed) << result.words;
    EXPECT_THAT(result.words, HasSubstr(fmt::format("CPUs {}", before.back())));
    EXPECT_THAT(result.words, HasSubstr("help\\x09er")) << "its name is sanitized";
    EXPECT_THAT(helper.now().cpus, ElementsAreArray(command.cpus));
    EXPECT_EQ(other.now().cpus, before);
    command.cpus = {8000};
    const ActionResult refused = set_affinity(command);
    EXPECT_TRUE(refused.failed) << refused.words;
    EXPECT_THAT(helper.now().cpus, ElementsAreArray({before.back()}));
}

TEST(Scheduling, policy_and_io_priority_are_set_to_what_was_chosen) {
    const Helper helper;
    Command command;
    command.targets = {helper.target()};
    command.policy = SCHED_BATCH;
    EXPECT_FALSE(set_policy(command).failed);
    EXPECT_EQ(helper.now().policy, SCHED_BATCH);
    command.policy = 2;  // best effort
    command.priority = 6;
    const ActionResult result = set_io_priority(command);
    EXPECT_FALSE(result.failed) << result.words;
    EXPECT_EQ(helper.now().io_class, 2);
    EXPECT_EQ(helper.now().io_level, 6);
    command.policy = SCHED_FIFO;
    command.priority = 1000;
    EXPECT_TRUE(set_policy(command).failed);
    EXPECT_EQ(helper.now().policy, SCHED_BATCH);
}

TEST(Scheduling, a_later_thread_with_the_same_id_is_left_alone) {
    const Helper helper;
    const Scheduling before = helper.now();
    Command command;
    command.targets = {helper.target()};
    command.targets.front().start_time_ns -= 5'000'000'000;
    command.policy = SCHED_BATCH;
    const ActionResult result = set_policy(command);
    EXPECT_TRUE(result.failed);
    EXPECT_THAT(result.words, HasSubstr("has ended"));
    EXPECT_EQ(helper.now().policy, before.policy);
}

TEST(Scheduling, of_several_targets_it_says_how_many_were_changed) {
    const Helper first;
    Helper second;
    Command command;
    command.targets = {first.target(), second.target()};
    command.policy = SCHED_BATCH;
    second.end();
    const ActionResult result = set_policy(command);
    EXPECT_TRUE(result.failed);
    EXPECT_THAT(result.words, HasSubstr("1 of 2 done"));
    EXPECT_EQ(first.now().policy, SCHED_BATCH);
}

TEST(NetworkFeed, without_probes_says_once_why_and_can_be_asked_again) {
    NetworkFeed feed(nullptr);
    EXPECT_FALSE(feed.is_on());
    EXPECT_EQ(feed.unavailable(), "") << "nothing was asked for";
    feed.switch_to(true);
    feed.switch_to(true);
    EXPECT_FALSE(feed.is_on());
    EXPECT_THAT(std::string(feed.unavailable()), HasSubstr("doctor"));
    feed.switch_to(false);
    EXPECT_EQ(feed.unavailable(), "");
    feed.switch_to(true);
    EXPECT_NE(feed.unavailable(), "");
}

}  // namespace
}  // namespace tsa
