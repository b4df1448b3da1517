// ProcSource on trees of files: births, deaths, reuse of TIDs, exec and renames, what is hidden or broken, what is not
// read at all, and that every sample sums to wall time.
#include "procfs/thread_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <numeric>
#include <random>
#include <string>
#include <thread>

#include "base/clock.h"
#include "model/report.h"
#include "unit/allocations.h"

namespace tsa {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMs = 1'000'000;
constexpr std::uint32_t kKernelFlag = 0x00200000;

/// What a thread's files are to say.
struct FakeTask {
    std::string comm = "worker";
    std::uint64_t exec_ns = 0, delay_ns = 0, runs = 1;
    char letter = 'S';
    std::uint64_t start_ticks = 100;
    std::uint32_t flags = 0;
    int nice = 0;
    std::uint64_t voluntary = 5, involuntary = 2;
    std::uint64_t ticks = 0;
    std::uint64_t read_bytes = 0;
    bool io = true;
    bool schedstat = true;
};

class ThreadTree : public ::testing::Test {
  protected:
    ThreadTree() {
        std::string pattern = fs::temp_directory_path() / "rstat-threads-XXXXXX";
        root_ = ::mkdtemp(pattern.data());
        machine(1000, 1);
    }
    ~ThreadTree() override { fs::remove_all(root_); }
    ThreadTree(const ThreadTree&) = delete;
    ThreadTree& operator=(const ThreadTree&) = delete;

    [[nodiscard]] fs::path folder(std::uint32_t tgid, std::uint32_t tid) const {
        return root_ / "proc" / std::to_string(tgid) / "task" / std::to_string(tid);
    }
    static void write(const fs::path& path, const std::string& text) {
        fs::create_directories(path.parent_path());
        std::ofstream(path) << text;
    }
    void put(std::uint32_t tgid, std::uint32_t tid, const FakeTask& task) const {
        const fs::path at = folder(tgid, tid);
        if (task.schedstat) {
            write(at / "schedstat", std::to_string(task.exec_ns) + " " + std::to_string(task.delay_ns) + " " +
                                        std::to_string(task.runs) + "\n");
        }
        write(at / "stat", std::to_string(tid) + " (" + task.comm + ") " + task.letter + " 1 1 1 0 -1 " +
                               std::to_string(task.flags) + " 10 0 1 0 " + std::to_string(task.ticks) + " 0 0 0 20 " +
                               std::to_string(task.nice) + " 1 0 " + std::to_string(task.start_ticks) +
                               " 4096 25 0 0 0 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0\n");
        write(at / "status", "Name:\tx\nUid:\t7\t1001\t7\t7\nNSpid:\t" + std::to_string(tid) +
                                 "\nvoluntary_ctxt_switches:\t" + std::to_string(task.voluntary) +
                                 "\nnonvoluntary_ctxt_switches:\t" + std::to_string(task.involuntary) + "\n");
        if (task.io) {
            write(at / "io", "read_bytes: " + std::to_string(task.read_bytes) + "\nwrite_bytes: 0\n");
        }
    }
    void end(std::uint32_t tgid, std::uint32_t tid) const {
        fs::remove_all(folder(tgid, tid));
        if (tgid == tid) {
            fs::remove_all(root_ / "proc" / std::to_string(tgid));
        }
    }
    void machine(std::uint64_t forks, std::uint64_t runnable) {
        forks_ = forks;
        write(root_ / "proc/stat",
              "cpu  1 2 3\nprocesses " + std::to_string(forks) + "\nprocs_running " + std::to_string(runnable) + "\n");
    }
    void fork() { machine(forks_ + 1, 1); }

    void start(ProcSourceOptions options = {}) {
        options.root = root_.string();
        auto started = ProcSource::start(options);
        ASSERT_TRUE(started.ok()) << started.error().text();
        source_ = std::move(started).value();
        read();
    }
    /// One pass, checked: every thread sums to its life.
    const Report& read() {
        std::swap(previous_, current_);
        source_->read(*current_);
        EXPECT_EQ(current_->source, Source::procfs);
        for (const Thread& thread : current_->threads) {
            if (thread.life != 0) {
                expect_sum(thread, closed_at_ns(thread, current_->now_ns));
            }
        }
        for (const ExitedThread& exited : current_->exited) {
            expect_sum(exited.thread, exited.exit_ns);
        }
        builder_.build(*previous_, *current_, {}, report_);
        for (const ThreadRow& row : report_.threads) {
            EXPECT_EQ(std::accumulate(row.state_ns.begin(), row.state_ns.end(), std::uint64_t{0}), row.wall_ns);
        }
        return report_;
    }
    static void expect_sum(const Thread& thread, std::uint64_t end_ns) {
        std::uint64_t sum = 0;
        for (const StateInfo& each : state_table()) {
            sum += thread.ns[index(each.state)] + (thread.state == each.state ? end_ns - thread.since_ns : 0);
        }
        EXPECT_EQ(sum, end_ns - thread.first_seen_ns) << "tid " << thread.tid;
    }
    [[nodiscard]] const Thread* thread(std::uint32_t tid) const {
        for (const Thread& each : current_->threads) {
            if (each.life != 0 && each.tid == tid) {
                return &each;
            }
        }
        return nullptr;
    }
    [[nodiscard]] const ThreadRow* row(std::uint32_t tid) const {
        for (const ThreadRow& each : report_.threads) {
            if (each.now->tid == tid) {
                return &each;
            }
        }
        return nullptr;
    }
    [[nodiscard]] std::uint64_t version(std::uint32_t tid) const {
        const Thread* found = thread(tid);
        return found != nullptr ? current_->versions[static_cast<std::size_t>(found - current_->threads.data())] : 0;
    }
    static void let_pass() { std::this_thread::sleep_for(std::chrono::milliseconds(20)); }
    /// A start time in clock ticks that lies in the present. A life is as long as what let_pass() lets pass after it: a
    /// thread that ran in it needs the time for that.
    static std::uint64_t just_now() { return clock_ns(CLOCK_BOOTTIME) / (10 * kMs); }

    fs::path root_;
    std::uint64_t forks_ = 0;
    std::unique_ptr<ProcSource> source_;
    Sample samples_[2];
    Sample* previous_ = &samples_[0];
    Sample* current_ = &samples_[1];
    ReportBuilder builder_;
    Report report_;
};

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
    // Readable later, by chance: its bytes so far must not look like those of one interval.
    put(5, 5, {.exec_ns = 10, .read_bytes = 1U << 30U});
    read();
    EXPECT_FALSE(thread(5)->read_bytes.has_value());
}

TEST_F(ThreadTree, growth_is_split_and_the_rest_is_sleep) {
    put(1, 1, {.exec_ns = 5'000, .delay_ns = 300});
    start();
    let_pass();
    put(1, 1,
        {.exec_ns = 5'000 + 7 * kMs, .delay_ns = 300 + 2 * kMs, .voluntary = 8, .involuntary = 3, .read_bytes = 4096});
    read();
    ASSERT_NE(row(1), nullptr);
    EXPECT_EQ(row(1)->state_ns[index(ThreadState::exec)], 7 * kMs);
    EXPECT_EQ(row(1)->state_ns[index(ThreadState::cpu_wait)], 2 * kMs);
    EXPECT_EQ(row(1)->state_ns[index(ThreadState::sleep)], row(1)->wall_ns - 9 * kMs);
    EXPECT_EQ(row(1)->voluntary_switches(), 3U);
    EXPECT_EQ(row(1)->involuntary_switches(), 1U);
    EXPECT_EQ(row(1)->read_bytes(), 4096U);
}

TEST_F(ThreadTree, a_thread_that_did_not_run_keeps_its_version_and_is_in_one_state) {
    put(1, 1, {});
    put(2, 2, {.letter = 'T'});
    put(3, 3, {.letter = 'Z'});
    start();
    read();
    const std::uint64_t before = version(1);
    let_pass();
    read();
    EXPECT_EQ(version(1), before);
    EXPECT_EQ(row(1)->state_ns[index(ThreadState::sleep)], report_.interval_ns);
    EXPECT_EQ(row(2)->state_ns[index(ThreadState::stopped)], report_.interval_ns);
    EXPECT_EQ(thread(3)->state, ThreadState::zombie);
    EXPECT_EQ(row(1)->now->measured & kMeasuredAge, kMeasuredAge);
}

TEST_F(ThreadTree, a_runnable_thread_that_did_not_run_waits_for_a_cpu_until_it_does) {
    put(1, 1, {.letter = 'R'});
    start();
    let_pass();
    read();
    EXPECT_EQ(thread(1)->state, ThreadState::cpu_wait);
    let_pass();
    const std::uint64_t before = version(1);
    read();
    EXPECT_EQ(version(1), before) << "its wait is open: nothing happened";
    EXPECT_EQ(row(1)->state_ns[index(ThreadState::cpu_wait)], row(1)->wall_ns);
}

TEST_F(ThreadTree, a_sleeping_thread_that_was_woken_is_found_when_the_kernel_counts_more_runnable_ones) {
    put(1, 1, {});
    put(2, 2, {});
    start();
    put(2, 2, {.letter = 'R'});
    machine(forks_, 0);
    for (int i = 0; i < 2; ++i) {
        read();
    }
    put(2, 2, {.letter = 'R'});
    machine(forks_, 1);
    read();
    EXPECT_EQ(thread(2)->state, ThreadState::cpu_wait);
    let_pass();
    read();
    EXPECT_EQ(row(2)->state_ns[index(ThreadState::cpu_wait)], row(2)->wall_ns);
    EXPECT_EQ(thread(1)->state, ThreadState::sleep);
}

TEST_F(ThreadTree, a_process_whose_clock_stands_still_is_not_read) {
    std::map<std::uint32_t, std::uint64_t> clocks{{1, 50}, {2, 60}};
    put(1, 1, {});
    put(2, 2, {});
    ProcSourceOptions options;
    options.process_clock = [&](std::uint32_t tgid) -> std::optional<std::uint64_t> {
        return clocks.contains(tgid) ? std::optional(clocks[tgid]) : std::nullopt;
    };
    start(options);
    let_pass();
    put(1, 1, {.exec_ns = 3 * kMs});
    put(2, 2, {.exec_ns = 3 * kMs});
    clocks[2] += 3 * kMs;
    read();
    EXPECT_EQ(row(1)->state_ns[index(ThreadState::exec)], 0U);
    EXPECT_EQ(row(2)->state_ns[index(ThreadState::exec)], 3 * kMs);
    clocks[1] += 3 * kMs;
    let_pass();
    read();
    EXPECT_EQ(row(1)->state_ns[index(ThreadState::exec)], 3 * kMs);
    clocks.erase(1);
    end(1, 1);
    read();
    EXPECT_EQ(current_->exited.size(), 1U);
}

TEST_F(ThreadTree, two_looks_within_a_tick_do_not_make_a_waiting_thread_run) {
    put(1, 1, {.letter = 'R'});
    ProcSourceOptions options;
    options.process_clock = [](std::uint32_t) { return std::optional<std::uint64_t>(50); };
    start(options);
    for (int i = 0; i < 3; ++i) {
        read();  // at once: what has gone by may be execution that no tick has booked
    }
    let_pass();
    read();
    let_pass();
    read();
    EXPECT_EQ(row(1)->state_ns[index(ThreadState::cpu_wait)], row(1)->wall_ns);
    EXPECT_LE(thread(1)->ns[index(ThreadState::exec)], 10 * kMs);
}

TEST_F(ThreadTree, of_a_large_process_only_those_are_read_that_account_for_its_clock) {
    constexpr std::uint32_t kThreads = 40;
    std::vector<FakeTask> tasks(kThreads);
    std::uint64_t dead_ns = 12'345;
    int clock_calls = 0;
    for (std::uint32_t i = 0; i < kThreads; ++i) {
        tasks[i].exec_ns = i * 1'000;
        put(100, 100 + i, tasks[i]);
    }
    ProcSourceOptions options;
    options.process_clock = [&](std::uint32_t) -> std::optional<std::uint64_t> {
        ++clock_calls;
        return std::accumulate(tasks.begin(), tasks.end(), dead_ns,
                               [](std::uint64_t sum, const FakeTask& task) { return sum + task.exec_ns; });
    };
    start(options);
    const auto run = [&](std::uint32_t i) {
        tasks[i].exec_ns += kMs;
        put(100, 100 + i, tasks[i]);
    };
    const auto exec_of = [&](std::uint32_t i) { return row(100 + i)->state_ns[index(ThreadState::exec)]; };
    for (int i = 0; i < 4; ++i) {
        let_pass();
        run(7);
        read();
        EXPECT_EQ(exec_of(7), kMs);
    }
    // A file that changes although by the clock its thread cannot have run is not looked at.
    FakeTask trap = tasks[9];
    trap.exec_ns += 5 * kMs;
    put(100, 109, trap);
    let_pass();
    run(7);
    read();
    EXPECT_EQ(exec_of(7), kMs);
    EXPECT_EQ(exec_of(9), 0U);
    // Another one ran too: the sum tells, and all are read.
    put(100, 109, tasks[9]);
    let_pass();
    run(7);
    run(30);
    read();
    EXPECT_EQ(exec_of(7), kMs);
    EXPECT_EQ(exec_of(30), kMs);
    EXPECT_EQ(exec_of(9), 0U);
    // One ends, and its time goes over to the process.
    dead_ns += tasks[11].exec_ns + 77;
    tasks[11].exec_ns = 0;
    end(100, 111);
    let_pass();
    run(30);
    read();
    ASSERT_EQ(current_->exited.size(), 1U);
    EXPECT_EQ(current_->exited[0].thread.tid, 111U);
    EXPECT_EQ(exec_of(30), kMs);
    EXPECT_GT(clock_calls, 0);
}

TEST_F(ThreadTree, new_threads_are_looked_for_only_after_a_fork) {
    put(1, 1, {});
    start();
    put(5, 5, {});
    put(1, 6, {});
    read();
    EXPECT_EQ(thread(5), nullptr);
    EXPECT_EQ(thread(6), nullptr);
    fork();
    read();
    EXPECT_NE(thread(5), nullptr);
    EXPECT_NE(thread(6), nullptr);
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
    // Its index is given to the next one, with another life.
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

TEST_F(ThreadTree, what_others_change_on_a_quiet_thread_shows_after_a_while) {
    put(5, 5, {.comm = "before"});
    put(6, 6, {});
    start();
    put(5, 5, {.comm = "after", .nice = 7});
    for (int i = 0; i < 3; ++i) {
        read();
    }
    EXPECT_EQ(comm_of(*thread(5)), "after");
    EXPECT_EQ(thread(5)->nice, 7);
}

TEST_F(ThreadTree, broken_and_half_gone_threads_are_no_error) {
    put(1, 1, {});
    put(5, 5, {});
    put(6, 6, {});
    put(7, 7, {});
    write(folder(6, 6) / "stat", "6 (x) S 1 2");  // cut
    write(folder(7, 7) / "schedstat", "garbage\n");
    fs::create_directories(root_ / "proc/8");          // hidden: no task folder
    fs::create_directories(root_ / "proc/self/task");  // no number
    write(root_ / "proc/99999999999/task/1/stat", "");
    fs::create_directories(folder(9, 9));  // dies between the listing and the read
    start();
    EXPECT_NE(thread(5), nullptr);
    for (const std::uint32_t tid : {6U, 7U, 8U, 9U}) {
        EXPECT_EQ(thread(tid), nullptr) << tid;
    }
    // One that was read before and is broken now stays as it was, and that is counted.
    const std::uint64_t before = version(5);
    write(folder(5, 5) / "schedstat", "12");
    read();
    EXPECT_EQ(version(5), before);
    EXPECT_EQ(current_->health.torn_reads, 1U);
    // And one whose stat is gone when its schedstat has moved has ended.
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
    EXPECT_EQ(current_->unlisted.exits, 3U);
}

TEST_F(ThreadTree, without_schedstat_exec_comes_in_ticks_and_cpu_wait_is_not_measured) {
    // A proc that is ours by its own entry, of a kernel that keeps no such times.
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

TEST_F(ThreadTree, an_unchanged_set_of_threads_allocates_nothing) {
    if (!tsa::testing::allocations_are_counted()) {
        GTEST_SKIP() << "the sanitizer owns malloc";
    }
    for (std::uint32_t tid = 1; tid <= 50; ++tid) {
        put(tid < 25 ? tid : 25, tid, {});
    }
    start();
    read();
    const std::size_t before = tsa::testing::allocations();
    for (int i = 0; i < 10; ++i) {
        source_->read(*current_);
        source_->read(*previous_);
    }
    EXPECT_EQ(tsa::testing::allocations(), before);
}

}  // namespace
}  // namespace tsa
