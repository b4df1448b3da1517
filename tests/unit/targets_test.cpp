// SPDX-License-Identifier: MIT
// Threads and processes named by number: found with their identity, proved to have ended, and told apart from the next
// ones with that number.
#include "app/host/targets.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "base/task_identity.h"
#include "unit/recorded_reports.h"
#include "unit/sample_rows.h"

namespace tsa {
namespace {

using ::testing::HasSubstr;
using testing::LiteralReport;

constexpr std::uint64_t kTick = 10'000'000;

/// A process that only waits; killed and reaped at the end, unless it was before.
class Sleeper {
  public:
    Sleeper() : pid_(::fork()) {
        if (pid_ == 0) {
            ::pause();
            ::_exit(0);
        }
    }
    Sleeper(const Sleeper&) = delete;
    Sleeper& operator=(const Sleeper&) = delete;
    ~Sleeper() { end(); }
    void end() {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
            pid_ = -1;
        }
    }
    [[nodiscard]] std::uint32_t tgid() const { return static_cast<std::uint32_t>(pid_); }

  private:
    pid_t pid_;
};

/// A row of the process's first thread.
Thread& add_leader(LiteralReport& world, std::uint32_t tgid, std::uint64_t start_time_ns) {
    Thread& thread = world.add(tgid, "one");
    thread.tgid = tgid;
    thread.start_time_ns = start_time_ns;
    return thread;
}

TEST(Targets, of_no_number_are_always_seen) {
    Targets targets = Targets::find({}, {}).value();
    EXPECT_FALSE(targets.any());
    EXPECT_FALSE(targets.update(Report{}));
    EXPECT_EQ(targets.presence(Report{}), Presence::seen);
}

TEST(Targets, a_process_without_a_row_has_not_ended_while_it_lives) {
    Sleeper sleeper;
    const std::uint32_t tgid = sleeper.tgid();
    const Targets targets = Targets::find(std::array{tgid}, {}).value();
    Report empty;
    EXPECT_EQ(targets.presence(empty), Presence::unseen);
    EXPECT_EQ(
        targets.words(Presence::unseen, empty),
        fmt::format("process {} is alive, but the probes do not see it: the kernel hides it from BPF programs", tgid));
    empty.health.threads_without_slot = 30;
    EXPECT_THAT(targets.words(Presence::unseen, empty),
                HasSubstr("30 threads have no slot (--max-threads gives more)"));
    empty.source = Source::procfs;
    EXPECT_THAT(targets.words(Presence::unseen, empty), HasSubstr("hidepid"));
    sleeper.end();
    EXPECT_EQ(targets.presence(empty), Presence::ended);
    EXPECT_EQ(targets.words(Presence::ended, empty), fmt::format("process {} has ended", tgid));
}

TEST(Targets, threads_without_a_row_have_not_ended_while_one_lives) {
    Sleeper first;
    Sleeper second;
    const std::array tids{first.tgid(), second.tgid()};
    const Targets targets = Targets::find({}, tids).value();
    first.end();
    EXPECT_EQ(targets.presence(Report{}), Presence::unseen);
    EXPECT_THAT(targets.words(Presence::unseen, Report{}), HasSubstr("one of these threads is alive"));
    second.end();
    EXPECT_EQ(targets.presence(Report{}), Presence::ended);
    EXPECT_EQ(targets.words(Presence::ended, Report{}), "all of these threads have ended");
}

TEST(Targets, a_zombie_has_ended) {
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::_exit(0);
    }
    siginfo_t info{};
    ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT), 0);
    const auto tid = static_cast<std::uint32_t>(pid);
    const std::array tids{tid};
    EXPECT_EQ(Targets::find(std::array{tid}, {}).value().presence(Report{}), Presence::ended);
    EXPECT_EQ(Targets::find({}, tids).value().presence(Report{}), Presence::ended);
    ::waitpid(pid, nullptr, 0);
}

TEST(Targets, a_later_process_with_the_same_number_is_not_followed) {
    Sleeper sleeper;
    const std::uint32_t tgid = sleeper.tgid();
    Targets targets = Targets::find(std::array{tgid}, {}).value();
    const std::uint64_t start_ns = *read_start_time_ns(tgid);
    LiteralReport world;
    add_leader(world, tgid, start_ns + kTick / 2);  // the kernel's is finer than that of /proc
    EXPECT_FALSE(targets.update(world.report));
    EXPECT_EQ(targets.presence(world.report), Presence::seen);
    sleeper.end();

    LiteralReport later;
    add_leader(later, tgid, start_ns + 7 * kTick);
    Thread& worker = later.add(tgid + 1, "two");
    worker.tgid = tgid;
    worker.start_time_ns = start_ns + 8 * kTick;
    EXPECT_TRUE(targets.update(later.report));
    EXPECT_FALSE(targets.processes().front().matches(worker));
    EXPECT_FALSE(targets.update(later.report)) << "known by now";
    EXPECT_EQ(targets.presence(later.report), Presence::ended);
}

TEST(Targets, a_later_thread_with_the_same_number_is_not_followed) {
    Sleeper sleeper;
    const std::array tids{sleeper.tgid()};
    const Targets targets = Targets::find({}, tids).value();
    const std::uint64_t start_ns = *read_start_time_ns(sleeper.tgid());
    LiteralReport world;
    add_leader(world, sleeper.tgid(), start_ns);
    EXPECT_EQ(targets.presence(world.report), Presence::seen);
    sleeper.end();
    LiteralReport later;
    add_leader(later, tids[0], start_ns + 7 * kTick);
    EXPECT_EQ(targets.presence(later.report), Presence::ended);
}

TEST(Targets, a_thread_is_followed_to_the_tid_that_it_gets_by_exec) {
    Sleeper sleeper;
    const std::array tids{sleeper.tgid()};
    Targets targets = Targets::find({}, tids).value();
    LiteralReport world;
    const Thread before = add_leader(world, tids[0], *read_start_time_ns(tids[0]));
    LiteralReport after;
    Thread& now = add_leader(after, 10, 5 * kTick);
    after.report.threads[0].before = &before;
    EXPECT_TRUE(targets.update(after.report));
    EXPECT_EQ(targets.presence(after.report), Presence::seen);
    after.report.threads[0].before = &now;
    EXPECT_FALSE(targets.update(after.report));
    EXPECT_EQ(targets.presence(after.report), Presence::seen) << "in later intervals too";
}

TEST(Targets, must_exist) {
    constexpr std::uint32_t kNoTid = 4'194'305;  // more than the kernel ever uses
    const std::array tids{kNoTid};
    EXPECT_THAT(Targets::find(std::array{kNoTid}, {}).error().text(), HasSubstr("there is no process 4194305"));
    EXPECT_THAT(Targets::find({}, tids).error().text(), HasSubstr("there is no thread 4194305"));
}

}  // namespace
}  // namespace tsa
