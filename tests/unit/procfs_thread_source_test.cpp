// SPDX-License-Identifier: MIT
// ProcSource on trees of files: thread creation and exit, TID reuse, exec and renames, hidden or malformed files, and
// the sum rule for every sample.
#include <gmock/gmock.h>

#include <filesystem>
#include <map>
#include <random>

#include "unit/thread_tree.h"

#include "model/sample.h"

namespace tsa {
namespace {

namespace fs = std::filesystem;
using testing::FakeTask;
using testing::kKernelFlag;
using testing::kMs;
using testing::ThreadTree;

TEST_F(ThreadTree, lists_every_thread_with_who_it_is) {
    put(1, 1, {.comm = "init"});
    put(20, 20, {.comm = "java", .nice = -3});
    put(20, 21, {.comm = "a) R 1\n2"});
    put(2, 2, {.comm = "kthreadd", .flags = kKernelFlag});
    start();
    ASSERT_NE(thread(1), nullptr);
    ASSERT_NE(thread(21), nullptr);
    EXPECT_EQ(comm_of(*thread(21)), "a) R 1\n2");
    EXPECT_EQ(thread(21)->tgid, 20U);
    EXPECT_EQ(thread(20)->nice, -3);
    EXPECT_EQ(thread(20)->uid, 1001U);
    EXPECT_EQ(thread(20)->ns_tid, 20U);
    EXPECT_EQ(thread(20)->last_cpu, 1U);
    EXPECT_EQ(thread(20)->start_time_ns, 1'000 * kMs);
    EXPECT_GT(thread(20)->rss_bytes, 0U);
    EXPECT_TRUE(thread(2)->kernel);
    EXPECT_FALSE(thread(20)->kernel);
    EXPECT_EQ(thread(2)->rss_bytes, 0U);
}

TEST_F(ThreadTree, says_what_it_measures_and_what_it_does_not) {
    put(1, 1, {});
    put(5, 5, {.io = false});
    start();
    const auto has = [&](std::uint32_t tid, Measured what) { return (thread(tid)->measured & what) == what; };
    for (const ThreadState state :
         {ThreadState::exec, ThreadState::cpu_wait, ThreadState::sleep, ThreadState::stopped, ThreadState::zombie}) {
        EXPECT_TRUE(has(1, measured_bit(state))) << info(state).key;
    }
    for (const ThreadState state : {ThreadState::io_wait, ThreadState::swap_wait, ThreadState::mem_wait,
                                    ThreadState::lock_wait, ThreadState::uninterruptible, ThreadState::idle}) {
        EXPECT_FALSE(has(1, measured_bit(state))) << info(state).key;
    }
    EXPECT_TRUE(has(1, kMeasuredSwitches | kMeasuredFaults | kMeasuredAge));
    EXPECT_FALSE(has(1, kMeasuredPreempted));
    EXPECT_TRUE(thread(1)->since_is_upper_bound) << "how long it had slept before, nobody saw";
    EXPECT_TRUE(has(1, kMeasuredIo));
    EXPECT_FALSE(has(5, kMeasuredIo));
    EXPECT_FALSE(thread(5)->read_bytes.has_value());
    // It may become readable later: its bytes so far must not count for one interval.
    put(5, 5, {.exec_ns = 10, .read_bytes = 1U << 30U});
    read();
    EXPECT_FALSE(thread(5)->read_bytes.has_value());
}

TEST_F(ThreadTree, a_thread_born_in_the_interval_has_all_its_life_and_io_in_it) {
    put(1, 1, {});
    start();
    read();
    let_pass();
    put(5, 5, {.exec_ns = 3 * kMs, .delay_ns = kMs, .start_ticks = just_now(), .voluntary = 4, .read_bytes = 512});
    fork();
    let_pass();
    read();
    ASSERT_NE(row(5), nullptr);
    EXPECT_EQ(row(5)->before, nullptr);
    EXPECT_EQ(row(5)->state_ns[index(ThreadState::exec)], 3 * kMs);
    EXPECT_EQ(row(5)->state_ns[index(ThreadState::cpu_wait)], kMs);
    EXPECT_LE(row(5)->wall_ns, report_.interval_ns + 20 * kMs);
    EXPECT_EQ(row(5)->voluntary_switches(), 4U);
    EXPECT_EQ(row(5)->read_bytes(), 512U);
    EXPECT_EQ(row(5)->now->measured & kMeasuredAge, 0);
    read();
    EXPECT_EQ(row(5)->now->measured & kMeasuredAge, kMeasuredAge);
    EXPECT_TRUE(row(5)->now->since_is_upper_bound);
    EXPECT_EQ(row(5)->read_bytes(), 0U);
}

TEST_F(ThreadTree, an_old_thread_that_comes_into_sight_brings_nothing_with_it) {
    put(1, 1, {});
    start();
    read();
    put(5, 5, {.exec_ns = 3'000 * kMs, .read_bytes = 512});
    fork();
    read();
    ASSERT_NE(row(5), nullptr);
    EXPECT_EQ(row(5)->state_ns[index(ThreadState::exec)], 0U);
    EXPECT_EQ(row(5)->read_bytes(), 0U);
}

TEST_F(ThreadTree, an_ended_thread_is_listed_once_with_its_last_totals) {
    put(1, 1, {});
    put(5, 5, {});
    start();
    let_pass();
    put(5, 5, {.exec_ns = 4 * kMs});
    read();
    const std::uint64_t at = static_cast<std::uint64_t>(thread(5) - current_->threads.data());
    const std::uint64_t alive_ns = closed_at_ns(*thread(5), current_->now_ns);
    end(5, 5);
    let_pass();
    read();
    ASSERT_EQ(current_->exited.size(), 1U);
    const ExitedThread& exited = current_->exited[0];
    EXPECT_EQ(exited.index, at);
    EXPECT_EQ(exited.exit_ns, alive_ns) << "the last instant at which it is known to have lived";
    EXPECT_EQ(exited.thread.ns[index(ThreadState::exec)], 4 * kMs);
    ASSERT_EQ(report_.exited.size(), 1U);
    EXPECT_EQ(thread(5), nullptr);
    read();
    EXPECT_TRUE(current_->exited.empty());
    // Its index is reused for the next one, with another life.
    put(9, 9, {});
    fork();
    read();
    EXPECT_EQ(static_cast<std::uint64_t>(thread(9) - current_->threads.data()), at);
    EXPECT_EQ(row(9)->before, nullptr);
}

TEST_F(ThreadTree, a_tid_with_another_start_time_is_another_thread) {
    put(1, 1, {});
    put(5, 5, {.comm = "old", .exec_ns = 100 * kMs});
    start();
    read();
    let_pass();
    put(5, 5, {.comm = "new", .exec_ns = 2 * kMs, .start_ticks = just_now()});
    fork();
    let_pass();
    read();
    ASSERT_EQ(current_->exited.size(), 1U);
    EXPECT_EQ(comm_of(current_->exited[0].thread), "old");
    ASSERT_NE(row(5), nullptr);
    EXPECT_EQ(comm_of(*row(5)->now), "new");
    EXPECT_EQ(row(5)->before, nullptr);
    EXPECT_EQ(row(5)->state_ns[index(ThreadState::exec)], 2 * kMs);
}

TEST_F(ThreadTree, exec_renames_a_thread_and_does_not_end_it) {
    put(5, 5, {.comm = "sh"});
    start();
    const std::uint32_t life = thread(5)->life;
    let_pass();
    put(5, 5, {.comm = "cat", .exec_ns = kMs});
    read();
    EXPECT_EQ(comm_of(*thread(5)), "cat");
    EXPECT_EQ(thread(5)->life, life);
}

TEST_F(ThreadTree, malformed_and_partly_gone_threads_are_not_errors) {
    put(1, 1, {});
    put(5, 5, {});
    put(6, 6, {});
    put(7, 7, {});
    write(folder(6, 6) / "stat", "6 (x) S 1 2");  // cut
    write(folder(7, 7) / "schedstat", "garbage\n");
    fs::create_directories(root_ / "proc/8");          // hidden: no task directory
    fs::create_directories(root_ / "proc/self/task");  // not a number
    write(root_ / "proc/99999999999/task/1/stat", "");
    fs::create_directories(folder(9, 9));  // exits between the listing and the read
    start();
    EXPECT_NE(thread(5), nullptr);
    for (const std::uint32_t tid : {6U, 7U, 8U, 9U}) {
        EXPECT_EQ(thread(tid), nullptr) << tid;
    }
    // A thread that was read before and is malformed now keeps its values, and this is counted.
    const std::uint64_t before = version(5);
    write(folder(5, 5) / "schedstat", "12");
    read();
    EXPECT_EQ(version(5), before);
    EXPECT_EQ(current_->health.torn_reads, 1U);
    // A thread whose stat is gone after its schedstat changed has exited.
    put(5, 5, {.exec_ns = 9});
    fs::remove(folder(5, 5) / "stat");
    read();
    EXPECT_EQ(thread(5), nullptr);
    EXPECT_EQ(current_->exited.size(), 1U);
}

TEST_F(ThreadTree, a_tree_without_threads_or_without_proc_is_an_error) {
    ProcSourceOptions options;
    options.root = root_.string();
    const auto empty = ProcSource::start(options);
    ASSERT_FALSE(empty.ok());
    EXPECT_THAT(empty.error().text(), ::testing::HasSubstr("hidepid"));
    options.root = (root_ / "nowhere").string();
    const auto no_proc = ProcSource::start(options);
    ASSERT_FALSE(no_proc.ok());
    EXPECT_THAT(no_proc.error().text(), ::testing::HasSubstr("hint: mount -t proc"));
}

TEST_F(ThreadTree, forks_that_never_became_a_thread_are_counted_where_all_threads_can_be_seen) {
    put(1, 1, {});
    start();
    read();
    let_pass();
    put(5, 5, {.start_ticks = just_now()});
    machine(forks_ + 4, 1);
    read();
    EXPECT_EQ(report_.unlisted_exits, 3U);
    read();
    EXPECT_EQ(report_.unlisted_exits, 0U);
    EXPECT_EQ(current_->untracked.exits, 3U);
}

TEST_F(ThreadTree, without_schedstat_exec_comes_in_ticks_and_cpu_wait_is_not_measured) {
    // Our own proc, according to its self entry, on a kernel without these times.
    write(root_ / "proc/self/status", "Pid:\t0\n");
    write(root_ / "proc/self/schedstat", "0 0 0\n");
    put(5, 5, {.letter = 'R', .ticks = 100, .schedstat = false});
    put(6, 6, {.ticks = 3, .schedstat = false});
    start();
    EXPECT_EQ(thread(5)->measured & measured_bit(ThreadState::cpu_wait), 0);
    EXPECT_NE(thread(5)->measured & measured_bit(ThreadState::exec), 0);
    let_pass();
    put(5, 5, {.letter = 'R', .ticks = 101, .schedstat = false});
    read();
    EXPECT_GE(row(5)->state_ns[index(ThreadState::exec)], 10 * kMs);
    EXPECT_EQ(row(5)->state_ns[index(ThreadState::cpu_wait)], 0U);
    EXPECT_EQ(row(6)->state_ns[index(ThreadState::sleep)], row(6)->wall_ns);
    // It goes to sleep within a tick.
    put(5, 5, {.letter = 'S', .ticks = 101, .schedstat = false});
    read();
    EXPECT_EQ(thread(5)->state, ThreadState::sleep);
}

TEST_F(ThreadTree, a_third_sample_is_brought_up_to_date_like_the_two) {
    put(1, 1, {});
    put(5, 5, {});
    start();
    Sample own;
    source_->read(own);
    end(5, 5);
    put(7, 7, {});
    fork();
    read();
    put(1, 1, {.comm = "other", .exec_ns = 10});
    read();
    source_->read(own);
    ASSERT_EQ(own.threads.size(), current_->threads.size());
    for (std::size_t i = 0; i < own.threads.size(); ++i) {
        EXPECT_EQ(own.versions[i], current_->versions[i]);
        EXPECT_EQ(own.threads[i].tid, current_->threads[i].tid);
        EXPECT_EQ(comm_of(own.threads[i]), comm_of(current_->threads[i]));
    }
}

TEST_F(ThreadTree, random_births_deaths_and_runs_always_sum_up) {
    std::mt19937 random(42);
    std::map<std::uint32_t, FakeTask> tasks;
    put(1, 1, {});
    start();
    std::uint64_t exits = 0;
    for (int round = 0; round < 100; ++round) {
        for (int change = 0; change < 5; ++change) {
            const auto tid = static_cast<std::uint32_t>(12 + random() % 12);
            const std::uint32_t tgid = tid - tid % 4;
            auto found = tasks.find(tid);
            if (found == tasks.end()) {
                found = tasks.emplace(tid, FakeTask{.start_ticks = just_now()}).first;
                fork();
            } else if (random() % 8 == 0) {
                end(tgid, tid);
                tasks.erase(found);
                continue;
            }
            FakeTask& task = found->second;
            task.exec_ns += random() % (3 * kMs);
            task.delay_ns += random() % 4 == 0 ? random() % (5 * kMs) : 0;
            task.letter = "SRSSTZ"[random() % 6];
            task.voluntary += random() % 2;
            put(tgid, tid, task);
        }
        machine(forks_, random() % 4);
        read();
        exits += current_->exited.size();
        EXPECT_EQ(current_->health.torn_reads, 0U);
    }
    EXPECT_GT(exits, 20U);
}

}  // namespace
}  // namespace tsa
