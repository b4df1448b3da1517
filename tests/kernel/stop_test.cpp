// SPDX-License-Identifier: MIT
// Threads stopped from outside: by a signal, frozen by a cgroup of either version, traced, in vfork, or exited but not
// reaped.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include <map>
#include <string>

#include "model/columns.h"
#include "observer.h"
#include "support/feature.h"
#include "support/guards.h"
#include "support/puppet.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

/// A hog (running) and its main thread (sleeping) are both stopped for a whole interval.
void expect_stopped(Observer& observer, const Puppet& puppet) {
    for (const char* name : {"hog0", "main"}) {
        ASSERT_TRUE(observer.await_state(puppet.tid(name), ThreadState::stopped)) << name;
    }
    observer.mark();
    let_pass(std::chrono::milliseconds(30));
    observer.report();
    for (const char* name : {"hog0", "main"}) {
        const ThreadRow* row = observer.row(puppet.tid(name));
        ASSERT_NE(row, nullptr);
        EXPECT_EQ(row->state_ns[index(ThreadState::stopped)], row->wall_ns) << describe(*row);
    }
}

void expect_running_again(Observer& observer, const Puppet& puppet) {
    ASSERT_TRUE(observer.await_state(puppet.tid("main"), ThreadState::sleep));
    observer.mark();
    const std::uint64_t exec_ns = schedstat(puppet.tid("hog0"))->exec_ns;
    ASSERT_TRUE(await([&] { return schedstat(puppet.tid("hog0"))->exec_ns > exec_ns; }));
    observer.report();
    EXPECT_GT(observer.row(puppet.tid("hog0"))->state_ns[index(ThreadState::exec)], 0U);
}

TEST(Stop, a_signal_stops_and_continues) {
    TSA_REQUIRE(missing_bpf());
    Puppet hogs("hogs", {std::to_string(test_cpu()), "1"});
    Observer observer;
    ASSERT_EQ(::kill(hogs.pid(), SIGSTOP), 0);
    expect_stopped(observer, hogs);
    ASSERT_EQ(::kill(hogs.pid(), SIGCONT), 0);
    expect_running_again(observer, hogs);
}

TEST(Stop, a_process_stopped_before_the_probe_is_stopped) {
    TSA_REQUIRE(missing_bpf());
    Puppet hogs("hogs", {std::to_string(test_cpu()), "1"});
    ASSERT_EQ(::kill(hogs.pid(), SIGSTOP), 0);
    ASSERT_TRUE(await([&] { return state_letter(hogs.tid("hog0")) == 'T'; }));
    Observer observer;
    expect_stopped(observer, hogs);
    EXPECT_TRUE(observer.thread(hogs.tid("hog0"))->since_is_upper_bound);
}

void expect_frozen(const char* controller) {
    Cgroup cgroup(controller);
    Puppet hogs("hogs", {std::to_string(test_cpu()), "1"});
    cgroup.add(hogs.pid());
    {
        Observer observer;
        cgroup.freeze(true);
        expect_stopped(observer, hogs);
        cgroup.freeze(false);
        expect_running_again(observer, hogs);
    }
    cgroup.freeze(true);
    Observer later;
    expect_stopped(later, hogs);
    EXPECT_TRUE(later.thread(hogs.tid("hog0"))->since_is_upper_bound);
    cgroup.freeze(false);
}

TEST(Stop, the_freezer_of_cgroup_v1_holds) {
    TSA_REQUIRE(missing_bpf());
    TSA_REQUIRE(missing_cgroup("freezer"));
    expect_frozen("freezer");
}

TEST(Stop, the_freezer_of_cgroup_v2_holds) {
    TSA_REQUIRE(missing_bpf());
    TSA_REQUIRE(missing_cgroup("unified"));
    expect_frozen("unified");
}

/// In the last report.
std::string letter_of(const Observer& observer, std::uint32_t tid) {
    const ThreadRow* row = observer.row(tid);
    return row == nullptr ? std::string()
                          : std::string(find_column("state_letter")->of_thread(observer.last(), *row).text);
}

TEST(Stop, a_tracer_holds_one_thread_and_not_the_others) {
    TSA_REQUIRE(missing_bpf());
    Puppet waits("waits");
    Observer observer;
    const auto traced = static_cast<pid_t>(waits.tid("pipe"));
    ASSERT_EQ(::ptrace(PTRACE_SEIZE, traced, nullptr, nullptr), 0);
    ASSERT_EQ(::ptrace(PTRACE_INTERRUPT, traced, nullptr, nullptr), 0);
    ASSERT_EQ(::waitpid(traced, nullptr, __WALL), traced);
    ASSERT_TRUE(observer.await_state(waits.tid("pipe"), ThreadState::stopped));
    EXPECT_EQ(observer.thread(waits.tid("pipe"))->wait.kind, FutexKind::traced);
    observer.report();
    EXPECT_EQ(letter_of(observer, waits.tid("pipe")), "t");
    EXPECT_EQ(observer.thread(waits.tid("recv"))->state, ThreadState::sleep);
    ASSERT_EQ(::ptrace(PTRACE_DETACH, traced, nullptr, nullptr), 0);
    EXPECT_TRUE(observer.await_state(waits.tid("pipe"), ThreadState::sleep)) << "back in its read(2)";
}

/// Those whose letter is the same before and after.
TEST(Stop, letters_of_kernel_threads_are_those_of_proc) {
    TSA_REQUIRE(missing_bpf());
    Observer observer;
    std::map<std::string, int> compared;
    for (int round = 0; round < 20 && (compared["S"] < 5 || compared["I"] < 5); ++round) {
        std::map<std::uint32_t, char> before;
        for (const ThreadRow& row : observer.report().threads) {
            if (row.now->kernel) {
                before[row.now->tid] = state_letter(row.now->tid);
            }
        }
        observer.report();
        for (const auto& [tid, letter] : before) {
            const std::string ours = letter_of(observer, tid);
            if (ours == "R" || letter == 'R' || state_letter(tid) != letter || ours.empty()) {
                continue;
            }
            EXPECT_EQ(ours, std::string(1, letter)) << tid;
            ++compared[ours];
        }
    }
    EXPECT_GE(compared["S"], 5) << "such as ksoftirqd and kswapd";
    EXPECT_GE(compared["I"], 5) << "such as workers";
}

void expect_in_vfork(const Observer& observer, std::uint32_t tid) {
    const Thread* parent = observer.thread(tid);
    ASSERT_NE(parent, nullptr);
    EXPECT_EQ(parent->state, ThreadState::uninterruptible) << info(parent->state).key;
    const std::optional<BlockedCall> call = blocked_call(tid);
    ASSERT_TRUE(call.has_value());
    EXPECT_EQ(parent->wait.syscall, call->number);
    EXPECT_NE(parent->wait.kernel_ip, 0U) << "the kernel stack identifies a D sleep that is neither I/O nor memory";
}

TEST(Stop, the_parent_of_vfork_is_uninterruptible_and_its_wait_is_named) {
    TSA_REQUIRE(missing_bpf());
    Observer observer;
    Puppet vforker("vforker");
    const std::uint32_t parent = vforker.tid("parent");
    observer.mark();
    expect_in_vfork(observer, parent);
    EXPECT_FALSE(observer.thread(parent)->since_is_upper_bound);
    {
        Observer later;
        expect_in_vfork(later, parent);
        EXPECT_TRUE(later.thread(parent)->since_is_upper_bound);
    }
    ASSERT_EQ(vforker.ask("release"), "released");
    EXPECT_TRUE(await([&] {
        observer.mark();
        return observer.thread(parent)->state != ThreadState::uninterruptible;
    }));
}

void expect_zombies(const Observer& observer, const Puppet& zombies) {
    for (const char* name : {"child", "leader"}) {
        const ThreadRow* row = observer.row(zombies.tid(name));
        ASSERT_NE(row, nullptr) << name << " is not reaped: it is still a thread of the machine";
        EXPECT_EQ(row->now->state, ThreadState::zombie) << describe(*row);
        EXPECT_EQ(row->state_ns[index(ThreadState::zombie)], row->wall_ns) << describe(*row);
    }
    const ThreadRow* follower = observer.row(zombies.tid("follower"));
    ASSERT_NE(follower, nullptr);
    EXPECT_EQ(follower->now->state, ThreadState::sleep) << "a thread outlives its leader";
    EXPECT_EQ(follower->now->tgid, zombies.tid("leader"));
}

void expect_reaped(Observer& observer, Puppet& zombies) {
    const std::uint32_t child = zombies.tid("child");
    ASSERT_EQ(zombies.ask("reap"), "reaped");
    bool has_exit_record = false;
    EXPECT_TRUE(await([&] {
        observer.report();
        has_exit_record = has_exit_record || observer.exited_row(child) != nullptr;
        return observer.thread(child) == nullptr;
    })) << "a reaped thread leaves the list";
    EXPECT_TRUE(has_exit_record) << "and its final totals are reported";
}

TEST(Stop, a_thread_that_is_not_reaped_is_a_zombie_until_it_is) {
    TSA_REQUIRE(missing_bpf());
    Observer observer;
    Puppet zombies("zombies");
    observer.mark();
    let_pass(std::chrono::milliseconds(20));
    observer.report();
    expect_zombies(observer, zombies);
    expect_reaped(observer, zombies);
}

TEST(Stop, zombies_older_than_the_probe_are_zombies) {
    TSA_REQUIRE(missing_bpf());
    Puppet zombies("zombies");
    Observer observer;
    observer.mark();
    let_pass(std::chrono::milliseconds(20));
    observer.report();
    expect_zombies(observer, zombies);
    expect_reaped(observer, zombies);
}

}  // namespace
}  // namespace tsa::test
