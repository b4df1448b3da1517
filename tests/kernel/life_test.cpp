// SPDX-License-Identifier: MIT
// Thread creation, exit, names and identity: short-lived threads are in the totals, exec and TID reuse do not mix up
// threads.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <string_view>

#include "observer.h"
#include "support/feature.h"
#include "support/guards.h"
#include "support/puppet.h"
#include "support/taken_time.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

std::string health_of(const Observer& observer) {
    const Health& health = observer.sample().health;
    return "untracked " + std::to_string(health.threads_without_slot) + ", refused " +
           std::to_string(health.slots_refused) + ", exit records dropped " + std::to_string(health.exit_records_lost) +
           ", exits folded " + std::to_string(health.exits_folded) + ", storage " +
           std::to_string(health.storage_failures);
}

/// One process over several reports: the CPU time of its threads, including exited ones.
struct Sum {
    std::uint64_t exec_ns = 0;
    std::uint64_t exited_threads = 0;

    void add(const Report& report, std::uint32_t tgid) {
        for (const ProcessRow& process : report.processes) {
            if (process.tgid == tgid) {
                exec_ns += process.state_ns[index(ThreadState::exec)];
                exited_threads += process.exited_threads;
            }
        }
    }
};

TEST(Life, threads_that_burn_one_millisecond_are_conserved_against_getrusage) {
    TSA_REQUIRE(missing_bpf());
    Puppet lives("lives");
    Observer observer;
    observer.mark();
    const TakenTime taken;
    const std::uint64_t cpu_ns = number_of(lives.ask("threads 300 1000"), "cpu_ns");
    Sum sum;
    EXPECT_TRUE(await([&] {
        sum.add(observer.report(), static_cast<std::uint32_t>(lives.pid()));
        return sum.exited_threads >= 300;
    }));
    EXPECT_EQ(sum.exited_threads, 300U);
    EXPECT_TRUE(is_charged(sum.exec_ns, cpu_ns, 0.02 * static_cast<double>(cpu_ns) + 2e6, taken));
    EXPECT_GE(sum.exec_ns, 300'000'000U);
    EXPECT_EQ(observer.sample().health.exit_records_lost, 0U);
}

TEST(Life, a_row_of_an_ended_thread_has_its_whole_life) {
    TSA_REQUIRE(missing_bpf());
    Puppet lives("lives");
    Observer observer;
    observer.mark();
    (void)lives.ask("threads 1 3000");
    let_pass(std::chrono::milliseconds(100));  // joined before its last switch
    const Report& report = observer.report();
    std::size_t found = 0;
    for (const ThreadRow& row : report.exited) {
        if (row.now->tgid == static_cast<std::uint32_t>(lives.pid())) {
            ++found;
            EXPECT_EQ(row.before, nullptr) << "created during the interval";
            EXPECT_GE(row.state_ns[index(ThreadState::exec)], 3'000'000U) << describe(row);
            EXPECT_LE(row.wall_ns, report.interval_ns);
            EXPECT_EQ(comm_of(*row.now), "lives");
        }
    }
    EXPECT_EQ(found, 1U);
}

TEST(Life, children_of_a_fork_storm_are_conserved_against_wait4) {
    TSA_REQUIRE(missing_bpf());
    Puppet lives("lives");
    Observer observer;
    observer.mark();
    const TakenTime taken;
    const std::uint64_t cpu_ns = number_of(lives.ask("forks 200 1000"), "cpu_ns");
    std::uint64_t exec_ns = 0;
    std::uint64_t children = 0;
    // A reaped child is freed, and its final record sent, after an RCU grace period.
    EXPECT_TRUE(await([&] {
        for (const ThreadRow& row : observer.report().exited) {
            if (row.now->parent_tgid == static_cast<std::uint32_t>(lives.pid())) {
                ++children;
                // Its whole life: it may have been a zombie across two reports.
                exec_ns += row.now->ns[index(ThreadState::exec)];
                EXPECT_EQ(row.now->tid, row.now->tgid);
            }
        }
        return children >= 200;
    })) << children
        << " of 200, " << health_of(observer);
    EXPECT_EQ(children, 200U);
    // wait4 counts up to the exit; only the probes count the last steps of each exiting child.
    EXPECT_TRUE(is_charged(exec_ns, cpu_ns, 0.05 * static_cast<double>(cpu_ns) + 2e6, taken));
    EXPECT_GE(exec_ns, 200'000'000U);
}

TEST(Life, a_storm_of_thousands_of_threads_drops_no_exit_record_and_conserves_cpu_time) {
    TSA_REQUIRE(missing_bpf());
    TSA_REQUIRE(missing_cgroup("cpuacct"));
    // getrusage lacks what each thread still does after the kernel has closed its account; its cgroup has all.
    Cgroup group("cpuacct");
    Puppet lives("lives");
    group.add(lives.pid());
    Observer observer;
    observer.mark();
    const std::uint64_t before_ns = group.cpu_ns();
    const TakenTime taken;
    constexpr std::uint64_t kThreads = 100'000;
    constexpr std::uint64_t kCreators = 4;
    lives.send("storm " + std::to_string(kThreads) + " " + std::to_string(kCreators));
    // The refresh interval of a screen: the ring must hold all exits in between.
    Sum sum;
    ASSERT_TRUE(await([&] {
        observer.drain_for(std::chrono::milliseconds(250));
        const Report& report = observer.report();
        sum.add(report, static_cast<std::uint32_t>(lives.pid()));
        return sum.exited_threads >= kThreads + kCreators;
    })) << sum.exited_threads
        << " of " << kThreads + kCreators << " exits, " << health_of(observer);
    (void)lives.read_line();
    sum.add(observer.report(), static_cast<std::uint32_t>(lives.pid()));
    const std::uint64_t cpu_ns = group.cpu_ns() - before_ns;
    const Health& health = observer.sample().health;
    EXPECT_EQ(sum.exited_threads, kThreads + kCreators);
    EXPECT_EQ(health.exit_records_lost, 0U);
    EXPECT_EQ(health.exits_folded, 0U);
    EXPECT_EQ(health.storage_failures, 0U);
    EXPECT_EQ(health.threads_without_slot, 0U);
    EXPECT_EQ(health.lost(), 0U);
    // The kernel charges a thread from when it was chosen, before the switch: some 0.1 to 0.8 us more in a short life.
    constexpr double kOfALifeNs = 500;
    EXPECT_TRUE(is_charged(sum.exec_ns, cpu_ns,
                           0.02 * static_cast<double>(cpu_ns) + kOfALifeNs * static_cast<double>(kThreads), taken));
}

std::size_t threads_listed(const Observer& observer, std::uint32_t tgid) {
    std::size_t count = 0;
    for (const Thread& thread : observer.sample().threads) {
        count += thread.life != 0 && thread.tgid == tgid ? 1U : 0U;
    }
    return count;
}

TEST(Life, exec_from_another_thread_than_the_leader_keeps_identity_and_totals_right) {
    TSA_REQUIRE(missing_bpf());
    Observer observer;
    Puppet execer("execer");
    const auto tgid = static_cast<std::uint32_t>(execer.pid());
    const std::uint32_t old_tid = execer.tid("execer");
    const std::uint32_t bystander = execer.tid("bystander");
    observer.mark();
    ASSERT_EQ(threads_listed(observer, tgid), 3U);
    EXPECT_EQ(comm_of(*observer.thread(old_tid)), "before-exec");
    const std::uint64_t leader_start_ns = observer.thread(tgid)->start_time_ns;
    execer.send("exec");
    execer.await_ready();
    ASSERT_TRUE(await([&] {
        observer.mark();
        return threads_listed(observer, tgid) == 1;
    })) << threads_listed(observer, tgid)
        << " threads after exec";
    EXPECT_EQ(observer.thread(old_tid), nullptr);
    EXPECT_EQ(observer.thread(bystander), nullptr);
    const Thread* after = observer.thread(tgid);
    ASSERT_NE(after, nullptr);
    EXPECT_EQ(after->tid, after->tgid);
    EXPECT_EQ(after->start_time_ns, leader_start_ns) << "the kernel gives it the leader's start time";
    // exec of /proc/self/exe sets the thread's name to the last part of that path.
    EXPECT_EQ(comm_of(*after), "exe");
    // It is the thread that used 20 ms before: its totals continue.
    EXPECT_GE(state_total_ns(*after, ThreadState::exec, observer.sample().now_ns), 20'000'000U);

    observer.mark();
    ASSERT_EQ(execer.ask("burn"), "burned");
    observer.report();
    ASSERT_NE(observer.row(tgid), nullptr);
    EXPECT_GE(observer.row(tgid)->state_ns[index(ThreadState::exec)], 20'000'000U);
}

std::string hex_of(std::string_view bytes) {
    std::string hex;
    for (const char byte : bytes) {
        char two[3];
        std::snprintf(two, sizeof two, "%02x", static_cast<unsigned>(static_cast<unsigned char>(byte)));
        hex += two;
    }
    return hex;
}

TEST(Life, a_name_is_right_after_each_kind_of_rename_whatever_its_bytes) {
    TSA_REQUIRE(missing_bpf());
    Puppet names("names");
    Observer observer;
    const std::uint32_t tid = names.tid("named");
    observer.mark();
    EXPECT_EQ(comm_of(*observer.thread(tid)), "names");
    const std::string_view hostile[] = {"plain",
                                        "fifteen letters",
                                        "\x1b[2J\x1b]0;x\x07",
                                        "a\"b,c\nd\te",
                                        "\xff\xfe\xc3(",
                                        "%s%n{}$(ls)",
                                        "</td>",
                                        "\xf0\x9f\x92\xa9",
                                        "-",
                                        ""};
    for (const std::string_view name : hostile) {
        ASSERT_EQ(names.ask("name " + hex_of(name)), "named");
        observer.mark();
        EXPECT_EQ(comm_of(*observer.thread(tid)), name) << hex_of(name) << " by prctl";
    }
    ASSERT_EQ(names.ask("name " + hex_of("longer than fifteen letters")), "named");
    observer.mark();
    EXPECT_EQ(comm_of(*observer.thread(tid)), "longer than fif");

    // By another thread of the process, through /proc: the kernel does not allow this from other processes.
    for (const std::string_view name : {"from elsewhere", "x", "\x1b[31mred"}) {
        ASSERT_EQ(names.ask("write " + hex_of(name)), "named");
        observer.mark();
        EXPECT_EQ(comm_of(*observer.thread(tid)), name) << "by a write to its comm file";
    }
}

TEST(Life, a_reused_tid_is_a_new_life) {
    TSA_REQUIRE(missing_bpf());
    Puppet reuse("reuse");
    Observer observer;
    observer.mark();
    // High TIDs are free on a machine whose TIDs have not wrapped around; otherwise the kernel returns an error.
    std::string answer;
    std::uint32_t tid = 0;
    for (tid = 30'001; tid < 30'100 && !answer.starts_with("tid="); tid += 7) {
        answer = reuse.ask("spawn " + std::to_string(tid));
    }
    TSA_REQUIRE(answer.starts_with("tid=") ? std::nullopt
                                           : std::optional<std::string>("clone3 with set_tid: " + answer));
    tid = static_cast<std::uint32_t>(number_of(answer, "tid"));
    observer.mark();
    ASSERT_NE(observer.thread(tid), nullptr);
    const Thread first = *observer.thread(tid);
    ASSERT_EQ(reuse.ask("end"), "ended");
    ASSERT_EQ(reuse.ask("spawn " + std::to_string(tid)), "tid=" + std::to_string(tid));

    bool has_ended = false;
    EXPECT_TRUE(await([&] {
        const Report& report = observer.report();
        for (const ThreadRow& row : report.exited) {
            if (row.now->tid == tid) {
                EXPECT_EQ(row.now->start_time_ns, first.start_time_ns) << "the first one is the exited one";
                has_ended = true;
            }
        }
        for (const ThreadRow& row : report.threads) {
            if (row.now->tid == tid && row.before != nullptr) {
                EXPECT_EQ(row.before->start_time_ns, row.now->start_time_ns) << "the baseline is another thread's";
            }
        }
        return has_ended;
    })) << "the first life ends with a record";
    const Thread* now = observer.thread(tid);
    ASSERT_NE(now, nullptr);
    EXPECT_GT(now->start_time_ns, first.start_time_ns);
    EXPECT_GT(now->first_seen_ns, first.first_seen_ns);
    const std::uint64_t exec_ns = state_total_ns(*now, ThreadState::exec, observer.sample().now_ns);
    EXPECT_GE(exec_ns, 5'000'000U) << "its own 5 ms";
    EXPECT_LT(exec_ns, 10'000'000U) << "and not the first one's too";
}

TEST(Life, a_running_process_that_is_moved_to_another_cgroup_is_seen_there) {
    TSA_REQUIRE(missing_bpf());
    TSA_REQUIRE(missing_cgroup("unified"));
    Puppet hogs("hogs", {std::to_string(test_cpu()), "2"});
    Observer observer;
    const std::uint32_t tid = hogs.tid("hog1");
    Cgroup cgroup("unified");
    ASSERT_NE(observer.thread(tid)->cgroup_id, cgroup.id());
    cgroup.add(hogs.pid());
    EXPECT_TRUE(await([&] {
        observer.report();
        return observer.thread(tid)->cgroup_id == cgroup.id();
    })) << observer.thread(tid)->cgroup_id
        << " instead of " << cgroup.id();
}

}  // namespace
}  // namespace tsa::test
