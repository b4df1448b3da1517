// SPDX-License-Identifier: MIT
// Freezing cgroups for the screens, on the real tree of cgroups: everything stops, also what is being forked; what is
// never frozen; and that nothing stays frozen by accident.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "app/host/cgroup_freezer.h"
#include "base/task_identity.h"
#include "base/text_file.h"
#include "observer.h"
#include "support/feature.h"
#include "support/guards.h"
#include "support/puppet.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

/// A shell that runs one short program after the other, in a new cgroup of the unified tree.
class Forker {
  public:
    explicit Forker(Cgroup& cgroup) {
        pid_ = ::fork();
        if (pid_ == 0) {
            ::execl("/bin/sh", "sh", "-c", "while :; do /bin/true; done", nullptr);
            ::_exit(9);
        }
        cgroup.add(pid_);
    }
    Forker(const Forker&) = delete;
    Forker& operator=(const Forker&) = delete;
    ~Forker() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    [[nodiscard]] pid_t pid() const { return pid_; }

  private:
    pid_t pid_ = -1;
};

std::string path_of(pid_t pid) {
    return read_cgroup_members(static_cast<std::uint32_t>(pid), find_unified_mount()).path;
}

std::string directory_of(const std::string& path) {
    return cgroup_root("unified") + path;
}

bool is_frozen(const std::string& path) {
    return read_text_file(directory_of(path) + "/cgroup.events").value_or("").find("frozen 1") != std::string::npos;
}

Command command_for(const std::string& path) {
    Command command;
    command.cgroup = path;
    return command;
}

class Freezer : public testing::Test {
  protected:
    void SetUp() override { TSA_REQUIRE(missing_cgroup("unified")); }
};

TEST_F(Freezer, everything_stops_also_what_is_being_forked) {
    Cgroup cgroup("unified");
    const Forker forker(cgroup);
    const std::string path = path_of(forker.pid());
    CgroupFreezer freezer;
    for (int round = 0; round < 20; ++round) {
        let_pass(std::chrono::milliseconds(round));  // in the middle of something else each time
        const ActionResult frozen = freezer.freeze(command_for(path));
        ASSERT_FALSE(frozen.failed) << frozen.words;
        ASSERT_TRUE(await([&] { return is_frozen(path); }));
        const std::string before = cgroup.get("cgroup.procs");
        let_pass(std::chrono::milliseconds(20));
        EXPECT_EQ(cgroup.get("cgroup.procs"), before) << "nothing was forked, and nothing has ended";
        EXPECT_EQ(freezer.frozen(), std::vector<std::string>{path});
        ASSERT_FALSE(freezer.thaw(command_for(path)).failed);
        EXPECT_TRUE(freezer.frozen().empty());
        EXPECT_TRUE(await([&] { return cgroup.get("cgroup.procs") != before; }));
    }
}

TEST_F(Freezer, a_frozen_thread_is_marked_as_such) {
    TSA_REQUIRE(missing_bpf());
    Cgroup cgroup("unified");
    Puppet hogs("hogs", {std::to_string(test_cpu()), "1"});
    TSA_REQUIRE(hogs.missing());
    cgroup.add(hogs.pid());
    Observer observer;
    const std::uint32_t hog = hogs.tid("hog0");
    CgroupFreezer freezer;
    const std::string path = path_of(hogs.pid());
    ASSERT_FALSE(freezer.freeze(command_for(path)).failed);
    ASSERT_TRUE(observer.await_state(hog, ThreadState::stopped));
    EXPECT_EQ(observer.thread(hog)->wait.kind, FutexKind::frozen);
    Observer later;
    ASSERT_TRUE(later.await_state(hog, ThreadState::stopped));
    EXPECT_EQ(later.thread(hog)->wait.kind, FutexKind::frozen) << "also if it was before the probes";
}

TEST_F(Freezer, lists_all_processes_below_and_finds_this_program) {
    Cgroup cgroup("unified");
    Puppet one("handler");
    Puppet other("handler");
    cgroup.add(one.pid());
    const std::string path = path_of(one.pid());
    const std::string below = directory_of(path) + "/below";
    ASSERT_EQ(::mkdir(below.c_str(), 0755), 0);
    const auto move = [](const std::string& directory, pid_t pid) {
        const int file = ::open((directory + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC);
        const std::string text = std::to_string(pid);
        const bool done = ::write(file, text.data(), text.size()) > 0;
        ::close(file);
        return done;
    };
    EXPECT_TRUE(move(below, other.pid()));
    const CgroupMembers members = read_cgroup_members(path, 0, find_unified_mount());
    ASSERT_EQ(members.processes.size(), 2U);
    EXPECT_EQ(members.processes[0].comm, "handler");
    EXPECT_EQ(members.cgroups_below, 1U);
    EXPECT_FALSE(members.has_own);
    EXPECT_TRUE(refusal(members).empty());
    other.finish();
    one.finish();
    EXPECT_TRUE(await([&] { return ::rmdir(below.c_str()) == 0; }));
}

TEST_F(Freezer, refuses_the_root_its_own_cgroup_and_one_above_it) {
    CgroupFreezer freezer;
    EXPECT_TRUE(freezer.freeze(command_for("/")).failed);
    const CgroupMembers own = read_cgroup_members(static_cast<std::uint32_t>(::getpid()), find_unified_mount());
    EXPECT_TRUE(own.process_is_own);
    EXPECT_TRUE(own.is_root || own.has_own);
    EXPECT_FALSE(refusal(own).empty());
    EXPECT_TRUE(read_cgroup_members(static_cast<std::uint32_t>(::getppid()), find_unified_mount()).process_is_own)
        << "this test runs under it";
    // A child of this test is in a new cgroup, and this test is not: but then it is, below it.
    Cgroup cgroup("unified");
    Puppet puppet("handler");
    cgroup.add(puppet.pid());
    const std::string path = path_of(puppet.pid());
    const pid_t child = ::fork();
    if (child == 0) {
        // In the child: it is inside.
        cgroup.add(::getpid());
        CgroupFreezer inside;
        ::_exit(inside.freeze(command_for(path)).failed && inside.kill(command_for(path)).failed ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    EXPECT_FALSE(is_frozen(path));
    puppet.finish();
}

TEST_F(Freezer, what_was_frozen_is_thawed_when_the_program_is_killed) {
    Cgroup cgroup("unified");
    Puppet puppet("handler");
    cgroup.add(puppet.pid());
    const std::string path = path_of(puppet.pid());
    const pid_t child = ::fork();
    if (child == 0) {
        CgroupFreezer freezer;
        if (freezer.freeze(command_for(path)).failed) {
            ::_exit(1);
        }
        ::pause();
    }
    EXPECT_TRUE(await([&] { return is_frozen(path); }));
    ::kill(child, SIGKILL);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    EXPECT_TRUE(await([&] { return !is_frozen(path); }));
    EXPECT_EQ(puppet.ask("last"), "caught=0 tid=0") << "it goes on";
}

TEST_F(Freezer, it_stays_frozen_only_if_it_is_left_so) {
    Cgroup cgroup("unified");
    Puppet puppet("handler");
    cgroup.add(puppet.pid());
    const std::string path = path_of(puppet.pid());
    {
        CgroupFreezer freezer;
        ASSERT_FALSE(freezer.freeze(command_for(path)).failed);
        EXPECT_NE(freezer.leave_frozen().find("echo 0 > " + directory_of(path) + "/cgroup.freeze"), std::string::npos);
    }
    let_pass(std::chrono::milliseconds(50));
    EXPECT_TRUE(is_frozen(path));
    CgroupFreezer other;  // a later one thaws it likewise
    EXPECT_TRUE(other.members(static_cast<std::uint32_t>(puppet.pid())).is_frozen);
    EXPECT_FALSE(other.thaw(command_for(path)).failed);
    EXPECT_TRUE(await([&] { return !is_frozen(path); }));
    puppet.finish();
}

TEST_F(Freezer, one_process_is_moved_out_and_goes_back) {
    Cgroup cgroup("unified");
    Puppet puppet("handler");
    Puppet other("handler");
    cgroup.add(puppet.pid());
    cgroup.add(other.pid());
    const std::string path = path_of(puppet.pid());
    const auto tgid = static_cast<std::uint32_t>(puppet.pid());
    Command command;
    command.moves_out = true;
    command.targets = {Target{tgid, tgid, read_start_time_ns(tgid).value_or(0), true, "handler"}};
    CgroupFreezer freezer;
    const ActionResult frozen = freezer.freeze(command);
    ASSERT_FALSE(frozen.failed) << frozen.words;
    const std::string own = path + "/rstat-frozen-" + std::to_string(tgid);
    EXPECT_EQ(path_of(puppet.pid()), own);
    EXPECT_TRUE(await([&] { return is_frozen(own); }));
    EXPECT_EQ(other.ask("last"), "caught=0 tid=0") << "the other one goes on";
    ASSERT_FALSE(freezer.thaw(command_for(own)).failed);
    EXPECT_EQ(path_of(puppet.pid()), path);
    EXPECT_TRUE(await([&] { return ::access(directory_of(own).c_str(), F_OK) != 0; }));
    EXPECT_EQ(puppet.ask("last"), "caught=0 tid=0");
    puppet.finish();
    other.finish();
}

TEST_F(Freezer, all_of_a_cgroup_is_killed) {
    Cgroup cgroup("unified");
    const Forker forker(cgroup);
    const std::string path = path_of(forker.pid());
    TSA_REQUIRE(missing_file(directory_of(path) + "/cgroup.kill"));
    CgroupFreezer freezer;
    const ActionResult killed = freezer.kill(command_for(path));
    EXPECT_FALSE(killed.failed) << killed.words;
    EXPECT_TRUE(await([&] { return state_letter(static_cast<std::uint32_t>(forker.pid())) == 'Z'; }));
}

}  // namespace
}  // namespace tsa::test
