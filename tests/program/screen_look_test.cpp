// SPDX-License-Identifier: MIT
// The keys of the screens that look closer at a process, show network bytes, freeze a cgroup and change how a thread is
// scheduled, in a real terminal and on puppets of this test.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "program/terminal.h"
#include "support/feature.h"
#include "support/guards.h"
#include "support/puppet.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

using ::testing::HasSubstr;

class ScreenLook : public ::testing::Test {
  protected:
    void SetUp() override {
        TSA_REQUIRE(missing_bpf());
        TSA_REQUIRE(missing_tmux());
    }
};

/// The screens on the threads of one puppet, one of which is selected.
class OnThread {
  public:
    OnThread(const Puppet& puppet, std::uint32_t tid, int width = 120, int height = 50) : terminal(width, height) {
        if (!terminal.start(fmt::format("-i 100 -p {}", puppet.pid()), fmt::format(" {} ", puppet.pid()))) {
            throw std::runtime_error("the screens do not start: " + terminal.screen());
        }
        terminal.type(std::to_string(tid));
        EXPECT_TRUE(terminal.await_text(fmt::format("TID {}", tid))) << terminal.screen();
    }
    Terminal terminal;
};

TEST_F(ScreenLook, open_files_environment_and_locks_have_pages_with_a_search) {
    ::setenv("RSTAT_LOOK_TEST", "look\tcloser", 1);
    Puppet puppet("waits");
    ::unsetenv("RSTAT_LOOK_TEST");
    OnThread on(puppet, puppet.tid("recv"));
    Terminal& terminal = on.terminal;
    terminal.type("l");
    ASSERT_TRUE(terminal.await_text(fmt::format("Open files of waits ({})", puppet.pid()))) << terminal.screen();
    EXPECT_TRUE(terminal.await_text("socket")) << terminal.screen();
    EXPECT_TRUE(terminal.await_text("pipe")) << terminal.screen();
    terminal.type("e");
    ASSERT_TRUE(terminal.await_text("Environment of waits")) << terminal.screen();
    terminal.type("/RSTAT_LOOK");
    EXPECT_TRUE(terminal.await_text("look\\x09closer")) << terminal.screen();
    terminal.key("Enter");
    terminal.type("x");
    EXPECT_TRUE(terminal.await_text("File locks of waits")) << terminal.screen();
    terminal.key("Escape");
    EXPECT_TRUE(terminal.await_text("threads by DELAY")) << terminal.screen();
}

TEST_F(ScreenLook, a_process_that_ends_meanwhile_keeps_its_last_rows) {
    Puppet puppet("waits");
    OnThread on(puppet, puppet.tid("recv"));
    on.terminal.type("l");
    ASSERT_TRUE(on.terminal.await_text("socket")) << on.terminal.screen();
    puppet.kill();
    EXPECT_TRUE(on.terminal.await_text("the process has ended: as it was last read")) << on.terminal.screen();
    EXPECT_THAT(on.terminal.screen(), HasSubstr("socket"));
}

TEST_F(ScreenLook, network_bytes_are_counted_while_their_columns_are_shown) {
    Puppet puppet("network");
    OnThread on(puppet, puppet.tid("sender"));
    on.terminal.type("B");
    ASSERT_TRUE(on.terminal.await_text("RX/s")) << on.terminal.screen();
    const std::string sender = fmt::format("{} network", puppet.tid("sender"));
    EXPECT_TRUE(await([&] {
        EXPECT_EQ(puppet.ask("move send 4 20"), "sent=80020 received=80020");
        return on.terminal.line_with(sender).find_first_of("KM") != std::string::npos;  // "2.6M"
    })) << on.terminal.screen();
    on.terminal.type("B");
    EXPECT_TRUE(on.terminal.await_no("RX/s")) << on.terminal.screen();
}

TEST_F(ScreenLook, f_freezes_and_thaws_and_quitting_asks) {
    TSA_REQUIRE(missing_cgroup("unified"));
    Cgroup cgroup("unified");
    Puppet puppet("waits");
    cgroup.add(puppet.pid());
    const auto is_frozen = [&] { return cgroup.get("cgroup.events").find("frozen 1") != std::string::npos; };
    OnThread on(puppet, puppet.tid("recv"));
    Terminal& terminal = on.terminal;
    terminal.type("f");
    ASSERT_TRUE(terminal.await_text("its only process of")) << terminal.screen();
    EXPECT_THAT(terminal.screen(), HasSubstr(fmt::format("{}", puppet.pid())));
    terminal.key("Enter");
    EXPECT_TRUE(terminal.await_text("nothing was changed"));
    EXPECT_FALSE(is_frozen());
    terminal.type("ffr");
    terminal.key("Enter");
    ASSERT_TRUE(terminal.await_text("f thaws")) << terminal.screen();  // on a busy machine it is still freezing then
    EXPECT_TRUE(await(is_frozen));
    EXPECT_TRUE(await([&] {
        return terminal.line_with(fmt::format("{} waits", puppet.tid("recv"))).find("frozen") != std::string::npos;
    })) << terminal.screen();
    terminal.type("fth");
    terminal.key("Enter");
    ASSERT_TRUE(terminal.await_text("thawed /")) << terminal.screen();
    EXPECT_FALSE(is_frozen());
    terminal.type("ffr");
    terminal.key("Enter");
    EXPECT_TRUE(await(is_frozen));
    terminal.key("F10");
    ASSERT_TRUE(terminal.await_text("these cgroups are still frozen")) << terminal.screen();
    terminal.key("Enter");
    EXPECT_TRUE(terminal.await_text("thawed: /")) << terminal.screen();
    EXPECT_TRUE(terminal.await_text("ended 0")) << terminal.screen();
    EXPECT_FALSE(is_frozen());
}

TEST_F(ScreenLook, a_terminal_that_is_closed_leaves_nothing_frozen) {
    TSA_REQUIRE(missing_cgroup("unified"));
    Cgroup cgroup("unified");
    Puppet puppet("waits");
    cgroup.add(puppet.pid());
    const auto is_frozen = [&] { return cgroup.get("cgroup.events").find("frozen 1") != std::string::npos; };
    OnThread on(puppet, puppet.tid("recv"));
    on.terminal.type("ffr");
    on.terminal.key("Enter");
    ASSERT_TRUE(await(is_frozen));
    on.terminal.hang_up();
    EXPECT_TRUE(await([&] { return !is_frozen(); }));
}

TEST_F(ScreenLook, cpus_policy_and_io_priority_are_set_and_said) {
    Puppet puppet("waits");
    const auto tid = static_cast<pid_t>(puppet.tid("recv"));
    OnThread on(puppet, puppet.tid("recv"));
    Terminal& terminal = on.terminal;
    terminal.type("a");
    ASSERT_TRUE(terminal.await_text(fmt::format("CPUs of waits ({})", tid))) << terminal.screen();
    terminal.type("1 ");
    terminal.key("Home");
    terminal.key("Enter");
    if (::sysconf(_SC_NPROCESSORS_ONLN) > 1) {
        EXPECT_TRUE(terminal.await_text(fmt::format("CPUs 0: waits ({})", tid))) << terminal.screen();
        cpu_set_t cpus;
        ASSERT_EQ(::sched_getaffinity(tid, sizeof cpus, &cpus), 0);
        EXPECT_FALSE(CPU_ISSET(1, &cpus));
    }
    terminal.type("Ybatch");
    terminal.key("Enter");
    EXPECT_TRUE(terminal.await_text(fmt::format("policy batch: waits ({})", tid))) << terminal.screen();
    EXPECT_EQ(::sched_getscheduler(tid), SCHED_BATCH);
    terminal.type("YI/O idle");
    terminal.key("Enter");
    EXPECT_TRUE(terminal.await_text(fmt::format("I/O priority idle: waits ({})", tid))) << terminal.screen();
    constexpr int kThread = 1;
    constexpr int kClassShift = 13;
    EXPECT_EQ(::syscall(SYS_ioprio_get, kThread, tid) >> kClassShift, 3);
}

TEST_F(ScreenLook, t_turns_through_the_trees) {
    Puppet puppet("waits");
    OnThread on(puppet, puppet.tid("recv"));
    on.terminal.key("Escape");
    EXPECT_TRUE(on.terminal.await_text("by DELAY")) << on.terminal.screen();
    on.terminal.type("t");
    EXPECT_TRUE(on.terminal.await_text("rows of processes and their threads")) << on.terminal.screen();
    on.terminal.type("t");
    EXPECT_TRUE(on.terminal.await_text("below")) << on.terminal.screen();
    on.terminal.type("t");
    EXPECT_TRUE(on.terminal.await_text("threads by DELAY")) << on.terminal.screen();
}

}  // namespace
}  // namespace tsa::test
