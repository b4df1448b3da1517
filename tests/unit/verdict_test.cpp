// SPDX-License-Identifier: MIT
// Verdicts: a sentence for each cause, and nothing where none dominates.
#include "verdict/verdict.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace tsa {
namespace {

constexpr double kMs = 1e6;

void name(Thread& thread, std::string_view comm) {
    std::ranges::copy(comm, thread.comm.begin());
}

class Verdicts : public testing::Test {
  protected:
    Verdicts() {
        thread_.tid = 4178;
        thread_.tgid = 4121;
        name(thread_, "worker");
        holder_.tid = 4190;
        holder_.tgid = 4121;
        name(holder_, "page_cleaner");
        facts_.thread = &thread_;
        facts_.cpus = 4;
    }

    void spent(ThreadState state, double ms) { facts_.ns[index(state)] += ms * kMs; }
    void part(Part part, double ms) { facts_.part_ns[part] += ms * kMs; }
    [[nodiscard]] std::optional<DelayVerdict> judged() const {
        DelayVerdict verdict;
        verdict.text = "of an earlier one";
        verdict.culprit = Culprit{1, 1, "of an earlier one"};
        return judge(facts_, verdict, kPlainVerdictSymbols) ? std::optional(verdict) : std::nullopt;
    }
    [[nodiscard]] std::string words() const {
        const auto verdict = judged();
        return verdict ? verdict->text : "";
    }
    [[nodiscard]] std::string cause() const {
        const auto verdict = judged();
        return verdict ? std::string(key_of(verdict->cause)) : "";
    }

    Thread thread_, holder_;
    VerdictFacts facts_;
};

TEST_F(Verdicts, nothing_is_said_of_a_thread_that_was_not_measured) {
    EXPECT_FALSE(judged());
    facts_.thread = nullptr;
    spent(ThreadState::exec, 1000);
    EXPECT_FALSE(judged());
}

TEST_F(Verdicts, nothing_is_said_of_idle_and_of_little_delay) {
    spent(ThreadState::idle, 920);
    spent(ThreadState::cpu_wait, 80);
    EXPECT_EQ(words(), "");
}

TEST_F(Verdicts, nothing_is_said_where_no_cause_dominates) {
    spent(ThreadState::cpu_wait, 400);
    spent(ThreadState::io_wait, 350);
    spent(ThreadState::lock_wait, 250);
    EXPECT_EQ(words(), "");
}

TEST_F(Verdicts, a_thread_that_executes_is_not_delayed) {
    spent(ThreadState::exec, 970);
    spent(ThreadState::cpu_wait, 30);
    EXPECT_EQ(words(), "it executes 97 % of its time, and is not delayed -> profile its code");
    EXPECT_EQ(cause(), "executing");
}

TEST_F(Verdicts, executing_in_reclaim_is_a_lack_of_memory) {
    spent(ThreadState::exec, 1000);
    part(Part::reclaim, 800);
    EXPECT_EQ(words(),
              "80 % of its time is reclaiming memory in the kernel -> give it more memory: a higher limit of its "
              "cgroup, or fewer programs beside it");
    EXPECT_EQ(cause(), "memory");
}

TEST_F(Verdicts, a_quota_is_named_with_its_cgroup) {
    spent(ThreadState::exec, 200);
    spent(ThreadState::cpu_wait, 800);
    part(Part::throttled, 700);
    EXPECT_EQ(words(),
              "88 % of its delay is waiting because the CPU quota of its cgroup is used up -> raise the quota, or run "
              "fewer threads in that cgroup");
    const CpuQuota quota{"/app", 0.5};
    facts_.quota = &quota;
    EXPECT_NE(words().find("is used up: 0.5 CPUs for /app ->"), std::string::npos) << words();
    EXPECT_EQ(judged()->culprit->name, "/app");
    EXPECT_EQ(cause(), "cpu_quota");
    part(Part::throttled, -400);
    EXPECT_EQ(cause(), "cpu") << "the larger part of it is not throttled";
    EXPECT_DOUBLE_EQ(judged()->share, 0.625);
}

TEST_F(Verdicts, an_affinity_is_told_from_a_busy_machine) {
    spent(ThreadState::exec, 300);
    spent(ThreadState::cpu_wait, 700);
    facts_.busy_pct = 97;
    facts_.runnable = 6.1;
    EXPECT_EQ(words(),
              "100 % of its delay is waiting for a CPU: 6.10 threads could run at a time, on 4 CPUs -> run less at a "
              "time, or raise its priority");
    EXPECT_EQ(cause(), "cpu_contention");
    facts_.cpus_allowed = "1";
    facts_.allowed_count = 1;
    facts_.others_busy_pct = 40;
    EXPECT_EQ(words(),
              "100 % of its delay is waiting for CPU 1, the only one that it may use, while the others were 40 % busy "
              "-> let it use more CPUs (taskset, cpuset)");
    EXPECT_EQ(cause(), "cpu_affinity");
    facts_.others_busy_pct = 90;
    EXPECT_EQ(cause(), "cpu_contention");
    facts_.busy_pct = 50;
    EXPECT_EQ(cause(), "cpu");
}

TEST_F(Verdicts, those_who_took_the_cpu_are_named) {
    spent(ThreadState::exec, 300);
    spent(ThreadState::cpu_wait, 700);
    facts_.busy_pct = 97;
    facts_.runnable = 6.1;
    CpuWaitBy waits;
    const auto add = [&](std::uint32_t tid, std::string_view comm, std::uint64_t ns) {
        Neighbor neighbor;
        neighbor.key = {tid, 1};
        neighbor.tgid = tid;
        std::ranges::copy(comm, neighbor.comm.begin());
        neighbor.total_ns = ns;
        neighbor.idle = tid == 0;
        waits.neighbors.push_back(neighbor);
    };
    add(812, "hog-a", 480);
    add(813, "hog-b", 420);
    add(814, "other", 100);
    facts_.neighbors = &waits;
    EXPECT_EQ(
        words(),
        "100 % of its delay is waiting for a CPU: 6.10 threads could run at a time, on 4 CPUs, taken by 812 hog-a "
        "and 813 hog-b -> run less at a time, or raise its priority");
    EXPECT_FALSE(judged()->culprit);
    waits.neighbors[0].total_ns = 4800;
    EXPECT_EQ(judged()->culprit->name, "hog-a");
    add(0, "", 100'000);
    EXPECT_NE(words().find("on a CPU that ran nothing else"), std::string::npos) << words();
}

TEST_F(Verdicts, a_holder_is_named_with_what_it_does) {
    thread_.state = ThreadState::lock_wait;
    thread_.wait.args[0] = 0x55a7;
    spent(ThreadState::lock_wait, 960);
    spent(ThreadState::cpu_wait, 40);
    EXPECT_EQ(words(), "96 % of its delay is waiting for the lock 0x55a7 -> its stack shows which code takes the lock");
    facts_.holder = &holder_;
    holder_.state = ThreadState::idle;
    facts_.holder_waits = "clock_nanosleep";
    EXPECT_EQ(words(),
              "96 % of its delay is waiting for the lock 0x55a7, held by 4190 page_cleaner, which sleeps in "
              "clock_nanosleep -> find out what 4190 does while it holds the lock");
    holder_.state = ThreadState::io_wait;
    EXPECT_NE(words().find("which waits for storage"), std::string::npos) << words();
    holder_.state = ThreadState::exec;
    EXPECT_NE(words().find("which executes"), std::string::npos) << words();
    const auto verdict = judged();
    ASSERT_TRUE(verdict && verdict->culprit);
    EXPECT_EQ(verdict->culprit->tid, 4190U);
    EXPECT_EQ(verdict->culprit->name, "page_cleaner");
    EXPECT_DOUBLE_EQ(verdict->share, 0.96);
    thread_.wait.doubtful = true;
    EXPECT_NE(words().find("waiting for what is probably a lock 0x55a7"), std::string::npos) << words();
}

TEST_F(Verdicts, python_s_lock_has_advice_of_its_own) {
    thread_.state = ThreadState::lock_wait;
    thread_.wait.kind = FutexKind::python_gil;
    spent(ThreadState::lock_wait, 1000);
    EXPECT_EQ(
        words(),
        "100 % of its delay is waiting for the python gil -> one thread at a time executes Python: use processes, "
        "or fewer threads");
}

TEST_F(Verdicts, deadlocks_and_abandoned_locks_are_told_apart) {
    thread_.state = ThreadState::lock_wait;
    spent(ThreadState::lock_wait, 1000);
    facts_.holder = &holder_;
    facts_.is_deadlocked = true;
    EXPECT_EQ(cause(), "deadlock");
    EXPECT_NE(words().find("held by 4190 page_cleaner, which waits for it"), std::string::npos) << words();
    facts_.is_deadlocked = false;
    facts_.holder = nullptr;
    thread_.wait.owner_exited = true;
    EXPECT_EQ(words(),
              "100 % of its delay is waiting for the lock, whose holder has exited without unlocking it -> restart its "
              "process");
}

TEST_F(Verdicts, between_two_waits_nothing_is_said_of_the_lock) {
    thread_.state = ThreadState::exec;
    facts_.is_deadlocked = true;
    thread_.wait.owner_exited = true;
    spent(ThreadState::lock_wait, 900);
    spent(ThreadState::exec, 100);
    EXPECT_EQ(words(), "100 % of its delay is waiting for locks -> its stack shows which code takes the lock");
}

TEST_F(Verdicts, storage_names_a_busy_disk) {
    spent(ThreadState::io_wait, 900);
    spent(ThreadState::exec, 100);
    EXPECT_EQ(words(), "100 % of its delay is waiting for storage");
    BusiestDisk disk;
    disk.name = DeviceName("nvme0n1");
    disk.busy_pct = 91;
    facts_.disk = disk;
    EXPECT_EQ(words(),
              "100 % of its delay is waiting for storage; nvme0n1, the busiest disk, was 91 % busy -> fewer requests, "
              "more cache, or a faster disk");
    facts_.disk->busy_pct = 12;
    EXPECT_EQ(words(), "100 % of its delay is waiting for storage; nvme0n1, the busiest disk, was 12 % busy");
}

TEST_F(Verdicts, memory_and_uninterruptible_waits) {
    spent(ThreadState::swap_wait, 600);
    spent(ThreadState::exec, 400);
    EXPECT_EQ(cause(), "swap");
    spent(ThreadState::mem_wait, 900);
    EXPECT_EQ(cause(), "memory");
    spent(ThreadState::uninterruptible, 3000);
    thread_.state = ThreadState::uninterruptible;
    thread_.wait.kernel_function = "nfs_wait";
    EXPECT_EQ(words(), "67 % of its delay is an uninterruptible wait in nfs_wait");
    facts_.label = "fuse sshfs 812";
    EXPECT_EQ(words(), "67 % of its delay is an uninterruptible wait for fuse sshfs 812");
}

TEST_F(Verdicts, a_label_that_is_a_delay_is_one) {
    spent(ThreadState::sync, 900);
    spent(ThreadState::exec, 100);
    EXPECT_EQ(words(), "");
    facts_.labeled_ns = 850 * kMs;
    facts_.label = "python gil";
    EXPECT_EQ(words(),
              "100 % of its delay is waiting for python gil -> one thread at a time executes Python: use processes, or "
              "fewer threads");
    facts_.label = "java monitor";
    EXPECT_EQ(words(), "100 % of its delay is waiting for java monitor -> its stack shows which code waits");
    facts_.label = "reader too slow: pipe to 4110 head";
    EXPECT_EQ(words(),
              "100 % of its delay is waiting for a reader that is too slow: pipe to 4110 head -> the reader is the "
              "bottleneck: "
              "look at it");
}

TEST_F(Verdicts, a_thread_that_always_wakes_it_is_named) {
    spent(ThreadState::sync, 720);
    spent(ThreadState::exec, 280);
    WokenTable woken;
    WokenBy peer;
    peer.who.kind = WakerKind::thread;
    peer.who.tid = 4177;
    peer.who.tgid = 4121;
    std::ranges::copy(std::string_view("connection-17"), peer.who.comm.begin());
    peer.sync_count = peer.count = 212;
    peer.sync_ns = peer.total_ns = 920;
    WokenBy timer;
    timer.who.kind = WakerKind::timer;
    timer.count = timer.sync_count = 2;
    timer.sync_ns = timer.total_ns = 80;
    woken.wakers = {peer, timer};
    facts_.woken = &woken;
    EXPECT_EQ(words(),
              "72 % of its time is waiting for another thread; 4177 connection-17 ended 92 % of these waits -> see "
              "what 4177 does before");
    EXPECT_EQ(cause(), "woken_by");
    woken.wakers = {timer};
    EXPECT_EQ(words(), "");
}

TEST(VerdictKeys, each_cause_has_its_own) {
    std::vector<std::string_view> keys;
    for (std::size_t at = 0; at < kDelayCauses; ++at) {
        keys.push_back(key_of(static_cast<DelayCause>(at)));
        EXPECT_FALSE(keys.back().empty());
    }
    std::ranges::sort(keys);
    EXPECT_EQ(std::ranges::adjacent_find(keys), keys.end());
}

// ---- processes ----

class ProcessVerdicts : public testing::Test {
  protected:
    void add(std::uint32_t tid, double delay_ms, std::optional<DelayCause> cause, std::string_view text = "") {
        threads_.emplace_back();
        threads_.back().tid = tid;
        name(threads_.back(), "worker");
        JudgedThread one{nullptr, delay_ms * kMs, std::nullopt};
        if (cause) {
            one.verdict = DelayVerdict{*cause, 0.9, Culprit{7, 7, "holder"}, std::string(text)};
        }
        judged_.push_back(one);
    }
    [[nodiscard]] std::optional<DelayVerdict> verdict() {
        for (std::size_t at = 0; at < judged_.size(); ++at) {
            judged_[at].thread = &threads_[at];
        }
        DelayVerdict out;
        return judge_process(judged_, out) ? std::optional(out) : std::nullopt;
    }

    std::vector<Thread> threads_;
    std::vector<JudgedThread> judged_;
};

TEST_F(ProcessVerdicts, it_is_the_cause_of_most_delay_in_the_words_of_the_worst_thread) {
    add(11, 100, DelayCause::lock, "a little");
    add(12, 400, DelayCause::lock, "90 % of its delay is waiting for the lock");
    add(13, 300, DelayCause::storage, "disk");
    add(14, 0, std::nullopt);
    ASSERT_TRUE(verdict());
    EXPECT_EQ(verdict()->cause, DelayCause::lock);
    EXPECT_EQ(verdict()->text, "2 of 4 threads, most of all 12 worker: 90 % of its delay is waiting for the lock");
    EXPECT_EQ(verdict()->culprit->tid, 7U);
}

TEST_F(ProcessVerdicts, one_thread_is_named_alone) {
    add(11, 400, DelayCause::storage, "70 % of its delay is waiting for storage");
    add(12, 10, std::nullopt);
    ASSERT_TRUE(verdict());
    EXPECT_EQ(verdict()->text, "11 worker: 70 % of its delay is waiting for storage");
}

TEST_F(ProcessVerdicts, nothing_is_said_where_no_cause_has_half_of_the_delay) {
    EXPECT_FALSE(verdict());
    add(11, 100, DelayCause::lock, "lock");
    add(12, 100, DelayCause::storage, "disk");
    add(13, 100, std::nullopt);
    EXPECT_FALSE(verdict());
}

TEST_F(ProcessVerdicts, threads_that_only_execute_are_said_where_nothing_is_delayed) {
    add(11, 0, DelayCause::executing, "it executes 99 % of its time");
    add(12, 0, DelayCause::executing, "it executes 95 % of its time");
    ASSERT_TRUE(verdict());
    EXPECT_EQ(verdict()->text, "2 of 2 threads, most of all 11 worker: it executes 99 % of its time");
    add(13, 0, DelayCause::woken_by, "it waits for another thread");
    EXPECT_FALSE(verdict());
}

}  // namespace
}  // namespace tsa
