// SPDX-License-Identifier: MIT
// The drill-down's probe on puppets: each wait of the target thread is recorded once, with the same length as in its
// slot, to the nanosecond.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>

#include "observer.h"
#include "sched/target.h"
#include "support/feature.h"
#include "support/guards.h"
#include "support/puppet.h"
#include "support/witness.h"

#include "model/sample.h"

namespace tsa::test {
namespace {

/// A thread at rest in one state, its totals at that time, and a TargetProbe attached since.
class LookedAt {
  public:
    LookedAt(Observer& observer, std::uint32_t tid, ThreadState at_rest) : observer_(observer), tid_(tid) {
        before_ = rest(at_rest);
        Result<std::unique_ptr<TargetProbe>> started = TargetProbe::start(observer.probe(), key_of(before_));
        if (!started.ok()) {
            throw std::runtime_error("the target probe does not start: " + started.error().text());
        }
        probe_ = std::move(started).value();
    }

    const WaitTable& read() {
        probe_->read(table_);
        return table_;
    }
    [[nodiscard]] const Thread& before() const { return before_; }
    [[nodiscard]] const WaitTable& table() const { return table_; }

    /// Waits until the thread is at rest, and expects the table to match the increase of the slot.
    void expect_the_slots_totals(ThreadState at_rest) {
        const Thread after = rest(at_rest);
        expect_totals(after);
    }
    void expect_totals(const Thread& after) {
        read();
        EXPECT_TRUE(std::is_sorted(table_.kinds.begin(), table_.kinds.end(),
                                   [](const auto& a, const auto& b) { return a.total_ns > b.total_ns; }));
        PerState<std::uint64_t> ns{};
        PerState<std::uint64_t> count{};
        for (const WaitTotals& waits : table_.kinds) {
            ns[index(waits.kind.state)] += waits.total_ns;
            count[index(waits.kind.state)] += waits.count;
            std::uint64_t counted = 0;
            for (const std::uint32_t each : waits.lengths) {
                counted += each;
            }
            EXPECT_EQ(counted, waits.count);
            EXPECT_GT(waits.lengths[wait_bucket(waits.max_ns)], 0U);
        }
        for (const StateInfo& state : state_table()) {
            const std::size_t i = index(state.state);
            if (state.state == ThreadState::exec || state.state == ThreadState::zombie) {
                continue;
            }
            EXPECT_EQ(ns[i], after.ns[i] - before_.ns[i]) << state.key;
            EXPECT_EQ(count[i], ended(after, state.state) - ended(before_, state.state)) << state.key;
        }
        const WaitTotals* preempted = find(ThreadState::cpu_wait, -1, true);
        EXPECT_EQ(preempted != nullptr ? preempted->total_ns : 0,
                  after.part_ns[Part::preempted] - before_.part_ns[Part::preempted]);
        EXPECT_EQ(preempted != nullptr ? preempted->count : 0, after.preempted_entries - before_.preempted_entries);
        EXPECT_TRUE(table_.unavailable.empty());
    }

    /// The kind with most time of this state and system call in the last table; null: none.
    [[nodiscard]] const WaitTotals* find(ThreadState state, long syscall, bool preempted = false) const {
        for (const WaitTotals& waits : table_.kinds) {
            if (waits.kind.state == state && waits.kind.wait.syscall == syscall && waits.kind.preempted == preempted &&
                !waits.kind.others) {
                return &waits;
            }
        }
        return nullptr;
    }

  private:
    /// How often the thread has left a state, except for a constant: entering its initial state was not counted.
    static std::uint64_t ended(const Thread& thread, ThreadState state) {
        return thread.entries[index(state)] - (thread.state == state ? 1U : 0U);
    }

    Thread rest(ThreadState state) {
        if (!observer_.await_state(tid_, state)) {
            throw std::runtime_error("the thread never comes to rest");
        }
        return *observer_.thread(tid_);
    }

    Observer& observer_;
    std::uint32_t tid_;
    Thread before_;
    std::unique_ptr<TargetProbe> probe_;
    WaitTable table_;
};

TEST(Target, counts_each_read_of_a_ping_pong_with_the_lengths_that_the_slot_has) {
    TSA_REQUIRE(missing_bpf());
    Puppet pingpong("pingpong", {std::to_string(test_cpu())});
    Observer observer;
    const std::uint32_t ping = pingpong.tid("ping");
    LookedAt looked_at(observer, ping, ThreadState::sleep);
    ASSERT_EQ(pingpong.ask("go 2000 0"), "done");
    looked_at.expect_the_slots_totals(ThreadState::sleep);
    EXPECT_EQ(looked_at.table().missed, 0U);

    std::uint64_t reads = 0;
    bool descriptor_of_now = false;
    const std::optional<BlockedCall> call = blocked_call(ping);
    ASSERT_TRUE(call.has_value());
    for (const WaitTotals& waits : looked_at.table().kinds) {
        if (waits.kind.wait.syscall == SYS_read) {
            reads += waits.count;
            EXPECT_EQ(waits.kind.state, ThreadState::sleep);
            EXPECT_GE(waits.max_ns, waits.total_ns / waits.count);
            descriptor_of_now = descriptor_of_now || waits.kind.wait.args[0] == call->argument[0];
        }
    }
    EXPECT_GT(reads, 100U) << "on one CPU, many of the round trips block";
    EXPECT_LE(reads, 2001U) << "one per round trip, and one for the command";
    EXPECT_TRUE(descriptor_of_now) << "the command pipe is one of the kinds";
}

/// The waits of one state in a table.
WaitTotals sum_of(const WaitTable& table, ThreadState state) {
    WaitTotals sum;
    for (const WaitTotals& waits : table.kinds) {
        if (waits.kind.state == state) {
            merge_waits(sum, waits);
        }
    }
    return sum;
}

TEST(Target, started_in_the_middle_of_switches_invents_nothing) {
    TSA_REQUIRE(missing_bpf());
    Puppet pingpong("pingpong", {std::to_string(test_cpu())});
    Observer observer;
    const std::uint32_t pong = pingpong.tid("pong");
    ASSERT_TRUE(observer.await_state(pong, ThreadState::sleep));
    pingpong.send("go 5000 50");  // half a second of CPU time: longer than the first start takes
    std::vector<Thread> before;
    std::vector<std::unique_ptr<TargetProbe>> probes;
    for (int i = 0; i < 4; ++i) {
        observer.mark();
        before.push_back(*observer.thread(pong));
        auto started = TargetProbe::start(observer.probe(), key_of(before.back()));
        ASSERT_TRUE(started.ok()) << started.error().text();
        probes.push_back(std::move(started).value());
    }
    ASSERT_EQ(pingpong.read_line(), "done");
    ASSERT_TRUE(observer.await_state(pong, ThreadState::sleep));
    const Thread after = *observer.thread(pong);
    constexpr std::size_t kSleep = index(ThreadState::sleep);
    for (std::size_t i = 0; i < probes.size(); ++i) {
        WaitTable table;
        probes[i]->read(table);
        EXPECT_EQ(table.missed, 0U);
        const WaitTotals sleeps = sum_of(table, ThreadState::sleep);
        EXPECT_LE(sleeps.total_ns, after.ns[kSleep] - before[i].ns[kSleep]);
        EXPECT_LE(sleeps.count, after.entries[kSleep] - before[i].entries[kSleep]);
        EXPECT_TRUE(i != 0 || sleeps.count > 100) << "the first one saw a large part of the run";
    }
}

void expect_lock_with_its_address(Observer& observer, Puppet& convoy) {
    const std::uint32_t middle = convoy.tid("middle");
    const std::optional<BlockedCall> call = blocked_call(middle);
    ASSERT_TRUE(call.has_value());
    LookedAt looked_at(observer, middle, ThreadState::lock_wait);
    let_pass(std::chrono::milliseconds(20));
    EXPECT_TRUE(looked_at.read().kinds.empty()) << "a wait counts only when it has ended";
    ASSERT_EQ(convoy.ask("release"), "released");
    looked_at.expect_the_slots_totals(ThreadState::idle);
    EXPECT_EQ(looked_at.table().missed, 0U);
    const WaitTotals* lock = looked_at.find(ThreadState::lock_wait, SYS_futex);
    ASSERT_NE(lock, nullptr);
    EXPECT_EQ(lock->count, 1U);
    EXPECT_EQ(lock->kind.wait.args[0], call->argument[0]);
    EXPECT_FALSE(lock->kind.wait.kernel_lock);
    EXPECT_GE(lock->max_ns, 20'000'000U);
    EXPECT_EQ(lock->max_at_ns, looked_at.before().since_ns + lock->max_ns)
        << "from its start, before the probe was attached";
}

TEST(Target, a_lock_wait_that_was_open_at_the_start_has_its_full_length_and_the_address_of_its_mutex) {
    TSA_REQUIRE(missing_bpf());
    Observer observer;
    Puppet convoy("convoy");
    TSA_REQUIRE(convoy.missing());
    expect_lock_with_its_address(observer, convoy);
}

TEST(Target, a_lock_wait_that_is_older_than_all_probes_counts_from_when_they_found_it) {
    TSA_REQUIRE(missing_bpf());
    Puppet convoy("convoy");
    TSA_REQUIRE(convoy.missing());
    Observer observer;
    expect_lock_with_its_address(observer, convoy);
}

TEST(Target, a_lock_of_the_kernel_has_its_address) {
    TSA_REQUIRE(missing_bpf());
    if (!kernel_support().value().contention_events) {
        TSA_REQUIRE(std::optional<std::string>("tracepoint contention_begin (Linux 5.19)"));
    }
    Observer observer;
    Puppet puppet("kernlock");
    TSA_REQUIRE(puppet.missing());
    LookedAt looked_at(observer, puppet.tid("mutex_waiter"), ThreadState::lock_wait);
    ASSERT_EQ(puppet.ask("release"), "released");
    looked_at.expect_the_slots_totals(ThreadState::idle);
    const auto& kinds = looked_at.table().kinds;
    const auto lock = std::find_if(kinds.begin(), kinds.end(), [](const auto& k) { return k.kind.wait.kernel_lock; });
    ASSERT_NE(lock, kinds.end());
    EXPECT_EQ(lock->kind.state, ThreadState::lock_wait);
    EXPECT_EQ(lock->kind.wait.args[0], looked_at.before().wait.args[0]);
}

TEST(Target, reads_of_a_disk_have_their_descriptor) {
    TSA_REQUIRE(missing_bpf());
    Observer observer;
    const TempDir folder;
    const std::string file = folder.path() + "/blocks";
    write_file(file, 4U << 20U);
    Puppet disk("diskreader", {file});
    TSA_REQUIRE(disk.missing());
    LookedAt reader(observer, disk.tid("reader"), ThreadState::sleep);
    ASSERT_EQ(disk.ask("read 50"), "done");
    reader.expect_the_slots_totals(ThreadState::sleep);
    const WaitTotals* reads = reader.find(ThreadState::io_wait, SYS_pread64);
    ASSERT_NE(reads, nullptr);
    const std::string link = "/proc/" + std::to_string(disk.pid()) + "/fd/" + std::to_string(reads->kind.wait.args[0]);
    EXPECT_EQ(std::filesystem::read_symlink(link), file);
}

TEST(Target, a_sleep_in_the_kernel_has_its_function) {
    TSA_REQUIRE(missing_bpf());
    Observer observer;
    Puppet vforker("vforker");
    LookedAt parent(observer, vforker.tid("parent"), ThreadState::uninterruptible);
    ASSERT_EQ(vforker.ask("release"), "released");
    parent.expect_the_slots_totals(ThreadState::idle);
    const auto& kinds = parent.table().kinds;
    const auto blocked = std::find_if(kinds.begin(), kinds.end(),
                                      [](const auto& k) { return k.kind.state == ThreadState::uninterruptible; });
    ASSERT_NE(blocked, kinds.end());
    EXPECT_EQ(blocked->kind.wait.kernel_function, parent.before().wait.kernel_function);
    EXPECT_FALSE(blocked->kind.wait.kernel_function.empty());
    EXPECT_EQ(blocked->kind.wait.args[0], 0U) << "vfork has no argument that it waits for";
}

TEST(Target, a_sleepers_quantiles_are_those_of_its_sleeps) {
    TSA_REQUIRE(missing_bpf());
    Puppet puppet("waiter");
    Observer observer;
    LookedAt looked_at(observer, puppet.tid("waiter"), ThreadState::sleep);
    ASSERT_EQ(puppet.ask("sleep 30 3000"), "done");
    ASSERT_EQ(puppet.ask("sleep 10 40000"), "done");
    looked_at.expect_the_slots_totals(ThreadState::sleep);
    EXPECT_EQ(looked_at.table().missed, 0U);
    const WaitTotals* sleeps = looked_at.find(ThreadState::idle, SYS_clock_nanosleep);
    ASSERT_NE(sleeps, nullptr);
    EXPECT_EQ(sleeps->count, 40U);
    EXPECT_EQ(sleeps->kind.wait.args[0], 0U) << "a clock is not a descriptor";
    const std::uint64_t median_ns = wait_quantile_ns(*sleeps, 0.5).value();
    const std::uint64_t p99_ns = wait_quantile_ns(*sleeps, 0.99).value();
    // The timer starts a moment before the thread leaves its CPU; a bucket is an eighth wide.
    EXPECT_GT(median_ns, 2'000'000U);
    EXPECT_LT(median_ns, 30'000'000U);
    EXPECT_GT(wait_quantile_ns(*sleeps, 0.9).value(), 30'000'000U);
    EXPECT_GE(p99_ns, wait_quantile_ns(*sleeps, 0.9).value());
    EXPECT_LE(p99_ns, sleeps->max_ns);
    EXPECT_GT(sleeps->max_at_ns, looked_at.table().since_ns);
    EXPECT_LT(sleeps->max_at_ns, observer.sample().now_ns);
    EXPECT_NE(looked_at.find(ThreadState::cpu_wait, -1), nullptr) << "each wait is followed by time on the run queue";
}

TEST(Target, competing_hogs_wait_preempted_and_a_stop_is_a_separate_wait) {
    TSA_REQUIRE(missing_bpf());
    Puppet hogs("hogs", {std::to_string(test_cpu()), "2"});
    Observer observer;
    ASSERT_EQ(::kill(hogs.pid(), SIGSTOP), 0);
    LookedAt looked_at(observer, hogs.tid("hog0"), ThreadState::stopped);
    ASSERT_EQ(::kill(hogs.pid(), SIGCONT), 0);
    let_pass(std::chrono::milliseconds(200));
    ASSERT_EQ(::kill(hogs.pid(), SIGSTOP), 0);
    looked_at.expect_the_slots_totals(ThreadState::stopped);
    EXPECT_EQ(looked_at.table().missed, 0U);
    const WaitTotals* preempted = looked_at.find(ThreadState::cpu_wait, -1, true);
    ASSERT_NE(preempted, nullptr);
    EXPECT_GE(preempted->count, 3U);
    const WaitTotals* stopped = looked_at.find(ThreadState::stopped, -1);
    ASSERT_NE(stopped, nullptr);
    EXPECT_EQ(stopped->count, 1U) << "the second one is open";
}

TEST(Target, after_the_threads_end_its_table_stays_and_is_complete) {
    TSA_REQUIRE(missing_bpf());
    Puppet puppet("waiter");
    Observer observer;
    const std::uint32_t waiter = puppet.tid("waiter");
    LookedAt looked_at(observer, waiter, ThreadState::sleep);
    ASSERT_EQ(puppet.ask("sleep 5 1000"), "done");
    ASSERT_EQ(puppet.ask("end"), "ends");
    std::optional<Thread> final;
    ASSERT_TRUE(await([&] {
        observer.mark();
        for (const ExitedThread& exited : observer.sample().exited) {
            if (key_of(exited.thread) == key_of(looked_at.before())) {
                final = exited.thread;
            }
        }
        return final.has_value();
    }));
    looked_at.expect_totals(*final);
    EXPECT_EQ(looked_at.table().missed, 0U);

    const auto again = TargetProbe::start(observer.probe(), key_of(looked_at.before()));
    ASSERT_FALSE(again.ok());
    EXPECT_NE(again.error().message.find("thread " + std::to_string(waiter)), std::string::npos);
    const ThreadKey namesake{puppet.tid("main"), looked_at.before().start_time_ns + 1};
    EXPECT_FALSE(TargetProbe::start(observer.probe(), namesake).ok()) << "the TID of another thread";
}

TEST(Target, more_kinds_than_there_is_room_for_are_one_others_and_counted) {
    TSA_REQUIRE(missing_bpf());
    constexpr std::uint64_t kKinds = 600;
    constexpr std::size_t kRoom = 512;
    Puppet puppet("waiter");
    Observer observer;
    LookedAt looked_at(observer, puppet.tid("waiter"), ThreadState::sleep);
    ASSERT_EQ(puppet.ask("descriptors " + std::to_string(kKinds)), "done");
    ASSERT_TRUE(observer.await_state(puppet.tid("waiter"), ThreadState::sleep));
    const Thread after = *observer.thread(puppet.tid("waiter"));
    const WaitTable& table = looked_at.read();
    EXPECT_EQ(table.kinds.size(), kRoom + 1);
    const auto others =
        std::find_if(table.kinds.begin(), table.kinds.end(), [](const auto& k) { return k.kind.others; });
    ASSERT_NE(others, table.kinds.end());
    EXPECT_EQ(others->count, table.missed);
    EXPECT_GE(others->count, kKinds - kRoom);
    // `others` has waits of any state: in total they match the slot.
    std::uint64_t sum_ns = 0;
    std::uint64_t received = others->count;
    for (const WaitTotals& waits : table.kinds) {
        sum_ns += waits.total_ns;
        received += waits.kind.wait.syscall == SYS_recvfrom && !waits.kind.others ? waits.count : 0;
    }
    EXPECT_GE(received, kKinds);
    std::uint64_t slot_ns = 0;
    for (const StateInfo& state : state_table()) {
        slot_ns += state.state == ThreadState::exec
                       ? 0
                       : after.ns[index(state.state)] - looked_at.before().ns[index(state.state)];
    }
    EXPECT_EQ(sum_ns, slot_ns);
}

TEST(Target, follows_its_key_when_another_thread_becomes_the_leader_by_exec) {
    TSA_REQUIRE(missing_bpf());
    Observer observer;
    Puppet execer("execer");
    const std::uint32_t leader = execer.tid("main");
    LookedAt looked_at(observer, leader, ThreadState::sleep);
    execer.send("exec");
    execer.await_ready();
    for (int round = 0; round < 3; ++round) {
        ASSERT_TRUE(observer.await_state(leader, ThreadState::sleep)) << "it waits for its next command";
        ASSERT_EQ(execer.ask("burn"), "burned");
    }
    ASSERT_TRUE(observer.await_state(leader, ThreadState::sleep));
    ASSERT_EQ(key_of(*observer.thread(leader)), key_of(looked_at.before()));
    looked_at.read();
    const WaitTotals* orders = looked_at.find(ThreadState::sleep, SYS_read);
    ASSERT_NE(orders, nullptr);
    EXPECT_EQ(orders->kind.wait.args[0], 0U) << "stdin";
    EXPECT_GE(orders->count, 4U) << "one by the old leader, three by the new one";
    EXPECT_LE(looked_at.table().missed, 1U);
}

/// Open descriptors of this process without a file: programs, maps and links of BPF are among them.
/// Files are not counted: a side thread of the observer opens those of other processes meanwhile.
std::size_t open_kernel_objects() {
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return static_cast<std::size_t>(std::count_if(begin(all), end(all), [](const auto& entry) {
        std::error_code gone;
        return std::filesystem::read_symlink(entry, gone).native().starts_with("anon_inode:");
    }));
}

/// Of this process only: other processes may use BPF meanwhile.
std::uint64_t programs_and_links() {
    std::uint64_t found = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fdinfo")) {
        found += text_of(entry.path()).find("prog_id:") != std::string::npos ? 1U : 0U;
    }
    return found;
}

TEST(Target, one_after_the_other_leaves_nothing_behind) {
    TSA_REQUIRE(missing_bpf());
    Puppet pingpong("pingpong", {std::to_string(test_cpu())});
    Observer observer;
    const std::size_t objects = open_kernel_objects();
    const std::uint64_t programs = programs_and_links();
    for (const char* name : {"ping", "pong"}) {
        LookedAt looked_at(observer, pingpong.tid(name), ThreadState::sleep);
        EXPECT_GT(programs_and_links(), programs);
        ASSERT_EQ(pingpong.ask("go 50 0"), "done");
        looked_at.expect_the_slots_totals(ThreadState::sleep);
        EXPECT_EQ(looked_at.table().missed, 0U);
    }
    EXPECT_EQ(open_kernel_objects(), objects);
    EXPECT_EQ(programs_and_links(), programs);
}

}  // namespace
}  // namespace tsa::test
