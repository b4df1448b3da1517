// SPDX-License-Identifier: MIT
// The thread source without BPF on the running kernel: what an ordinary user gets, compared with known behavior, the
// threads' own clocks, and the cost of reading everything.
#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <exception>
#include <functional>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "model/report.h"
#include "model/sample.h"
#include "observer.h"
#include "procfs/thread_source.h"
#include "support/feature.h"
#include "support/puppet.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

constexpr uid_t kNobody = 65534;

/// One ProcSource with its two samples; checks the sum rule at every pass and reports failures as text, so that a
/// forked child can return them.
class Watcher {
  public:
    explicit Watcher(const ProcSourceOptions& options = {}) {
        auto started = ProcSource::start(options);
        if (!started.ok()) {
            throw std::runtime_error(started.error().text());
        }
        source_ = std::move(started).value();
        pass();
    }

    const Report& pass() {
        std::swap(previous_, current_);
        const std::uint64_t before_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
        source_->read(*current_);
        cost_ns_ = clock_ns(CLOCK_THREAD_CPUTIME_ID) - before_ns;
        for (const Thread& thread : current_->threads) {
            if (thread.life != 0) {
                check(thread, closed_at_ns(thread, current_->now_ns));
            }
        }
        for (const ExitedThread& exited : current_->exited) {
            check(exited.thread, exited.exit_ns);
        }
        builder_.build(*previous_, *current_, {}, report_);
        return report_;
    }
    const Report& interval(std::chrono::milliseconds length) {
        pass();
        let_pass(length);
        return pass();
    }

    [[nodiscard]] const ThreadRow* row(std::uint32_t tid) const { return find(report_.threads, tid); }
    [[nodiscard]] const ThreadRow* exited(std::uint32_t tid) const { return find(report_.exited, tid); }
    [[nodiscard]] const Report& report() const { return report_; }
    [[nodiscard]] std::uint64_t cost_ns() const { return cost_ns_; }
    [[nodiscard]] std::string complaints() const { return complaints_.str(); }

    [[nodiscard]] bool await_state(std::uint32_t tid, ThreadState state) {
        return await([&] {
            pass();
            const ThreadRow* found = row(tid);
            return found != nullptr && found->now->state == state;
        });
    }

  private:
    static const ThreadRow* find(const std::vector<ThreadRow>& rows, std::uint32_t tid) {
        const auto found = std::ranges::find(rows, tid, [](const ThreadRow& row) { return row.now->tid; });
        return found != rows.end() ? &*found : nullptr;
    }
    void check(const Thread& thread, std::uint64_t end_ns) {
        std::uint64_t sum = 0;
        for (const StateInfo& each : state_table()) {
            sum += thread.ns[index(each.state)] + (thread.state == each.state ? end_ns - thread.since_ns : 0);
        }
        if (sum != end_ns - thread.first_seen_ns) {
            complaints_ << "tid " << thread.tid << " sums to " << sum << " of " << end_ns - thread.first_seen_ns
                        << '\n';
        }
    }

    std::unique_ptr<ProcSource> source_;
    Sample samples_[2];
    Sample* previous_ = &samples_[0];
    Sample* current_ = &samples_[1];
    ReportBuilder builder_;
    Report report_;
    std::uint64_t cost_ns_ = 0;
    std::ostringstream complaints_;
};

/// Runs it in a child without privileges and returns its complaints.
std::string as_nobody(const std::function<std::string()>& body) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
        return "pipe2";
    }
    const pid_t child = ::fork();
    if (child == 0) {
        std::string said = "cannot become an ordinary user";
        if (::getuid() != 0 || (::setgroups(0, nullptr) == 0 && ::setgid(kNobody) == 0 && ::setuid(kNobody) == 0)) {
            try {
                said = body();
            } catch (const std::exception& thrown) {
                said = thrown.what();
            }
        }
        (void)!::write(ends[1], said.data(), said.size());
        ::_exit(0);
    }
    ::close(ends[1]);
    std::string said;
    char bytes[1024];
    for (ssize_t got = 0; (got = ::read(ends[0], bytes, sizeof bytes)) > 0;) {
        said.append(bytes, static_cast<std::size_t>(got));
    }
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    return status == 0 ? said : said + " (the child was killed)";
}

TEST(ProcSourceLive, an_ordinary_user_sees_two_hogs_of_another_share_one_cpu) {
    Puppet hogs("hogs", {std::to_string(test_cpu()), "2"});
    const std::uint32_t tids[] = {hogs.tid("hog0"), hogs.tid("hog1")};
    EXPECT_EQ(as_nobody([&] {
                  Watcher watcher;
                  watcher.interval(std::chrono::milliseconds(1500));
                  std::ostringstream said;
                  said << watcher.complaints();
                  double exec[2] = {};
                  for (int i = 0; i < 2; ++i) {
                      const ThreadRow* row = watcher.row(tids[i]);
                      if (row == nullptr) {
                          return std::string("no row");
                      }
                      exec[i] = share(*row, ThreadState::exec);
                      // Other threads may use this CPU too: then both get less of it.
                      if (exec[i] + share(*row, ThreadState::cpu_wait) < 0.98 || exec[i] < 0.02) {
                          said << describe(*row) << '\n';
                      }
                      const Measured io = kMeasuredIo;
                      if ((row->now->measured & io) != 0 || row->now->read_bytes.has_value()) {
                          said << "io of another user\n";
                      }
                  }
                  if (exec[0] / (exec[0] + exec[1]) < 0.35 || exec[0] / (exec[0] + exec[1]) > 0.65 ||
                      exec[0] + exec[1] > 1.02) {
                      said << "shares " << exec[0] << " and " << exec[1] << '\n';
                  }
                  return said.str();
              }),
              "");
}

TEST(ProcSourceLive, execution_agrees_with_the_threads_own_clock_within_one_percent) {
    std::atomic<bool> stop{false};
    std::atomic<std::uint32_t> tid{0};
    std::thread hog([&] {
        tid = static_cast<std::uint32_t>(::gettid());
        while (!stop.load(std::memory_order_relaxed)) {
        }
    });
    clockid_t clock{};
    ASSERT_EQ(::pthread_getcpuclockid(hog.native_handle(), &clock), 0);
    ASSERT_TRUE(await([&] { return tid.load() != 0; }));
    Watcher watcher;
    // The thread is read at some point within each pass.
    const std::uint64_t begin_early = clock_ns(clock);
    watcher.pass();
    const std::uint64_t begin_late = clock_ns(clock);
    EXPECT_TRUE(await([&] { return clock_ns(clock) > begin_late + 1'500'000'000; }));
    const std::uint64_t end_early = clock_ns(clock);
    watcher.pass();
    const std::uint64_t end_late = clock_ns(clock);
    stop = true;
    hog.join();
    const ThreadRow* row = watcher.row(tid);
    ASSERT_NE(row, nullptr);
    const auto exec = static_cast<double>(row->state_ns[index(ThreadState::exec)]);
    EXPECT_GE(exec, 0.99 * static_cast<double>(end_early - begin_late)) << describe(*row);
    EXPECT_LE(exec, 1.01 * static_cast<double>(end_late - begin_early)) << describe(*row);
    EXPECT_GE(share(*row, ThreadState::exec) + share(*row, ThreadState::cpu_wait), 0.99) << describe(*row);
    EXPECT_EQ(watcher.complaints(), "");
}

TEST(ProcSourceLive, sleeping_stopped_and_dead_threads_are_that_all_the_time) {
    Puppet crowd("crowd", {"20"});
    const auto tgid = static_cast<std::uint32_t>(crowd.pid());
    Watcher watcher;
    const auto all_are = [&](ThreadState state) {
        watcher.interval(std::chrono::milliseconds(100));
        std::size_t count = 0;
        for (const ThreadRow& row : watcher.pass().threads) {
            if (row.now->tgid == tgid) {
                ++count;
                EXPECT_EQ(row.state_ns[index(state)], row.wall_ns) << describe(row);
            }
        }
        EXPECT_EQ(count, 21U);
    };
    all_are(ThreadState::sleep);
    ::kill(crowd.pid(), SIGSTOP);
    for (const std::uint32_t tid : threads_of(tgid)) {
        EXPECT_TRUE(watcher.await_state(tid, ThreadState::stopped));
    }
    all_are(ThreadState::stopped);
    ::kill(crowd.pid(), SIGCONT);
    for (const std::uint32_t tid : threads_of(tgid)) {
        EXPECT_TRUE(watcher.await_state(tid, ThreadState::sleep));
    }
    Puppet zombies("zombies");
    for (const char* name : {"child", "leader"}) {
        EXPECT_TRUE(watcher.await_state(zombies.tid(name), ThreadState::zombie)) << name;
    }
    let_pass(std::chrono::milliseconds(150));
    watcher.interval(std::chrono::milliseconds(50));
    for (const char* name : {"child", "leader"}) {
        const ThreadRow* row = watcher.row(zombies.tid(name));
        ASSERT_NE(row, nullptr);
        EXPECT_EQ(row->state_ns[index(ThreadState::zombie)], row->wall_ns) << describe(*row);
    }
    zombies.ask("reap");
    watcher.pass();
    EXPECT_EQ(watcher.row(zombies.tid("child")), nullptr);
    EXPECT_NE(watcher.exited(zombies.tid("child")), nullptr);
    EXPECT_EQ(watcher.complaints(), "");
}

TEST(ProcSourceLive, a_thread_that_never_gets_the_cpu_waits_for_it_before_its_counters_say_so) {
    // Both on one CPU; the one with the lowest priority gets almost nothing while the other spins.
    Puppet hog("hogs", {std::to_string(test_cpu()), "1"});
    Puppet starved("hogs", {std::to_string(test_cpu()), "1"});
    sched_param priority{};
    ASSERT_EQ(::sched_setscheduler(static_cast<pid_t>(starved.tid("hog0")), SCHED_IDLE, &priority), 0);
    Watcher watcher;
    for (int i = 0; i < 3; ++i) {
        watcher.interval(std::chrono::milliseconds(200));
        const ThreadRow* row = watcher.row(starved.tid("hog0"));
        ASSERT_NE(row, nullptr);
        EXPECT_GE(share(*row, ThreadState::cpu_wait), 0.8) << describe(*row);
        EXPECT_EQ(row->state_ns[index(ThreadState::sleep)], 0U) << describe(*row);
        EXPECT_EQ(row->now->policy, SCHED_IDLE);
    }
    EXPECT_EQ(watcher.complaints(), "");
}

TEST(ProcSourceLive, births_deaths_and_a_tid_that_is_given_again) {
    Watcher watcher;
    Puppet crowd("crowd", {"300"});
    const auto tgid = static_cast<std::uint32_t>(crowd.pid());
    const auto alive = [&](const std::vector<ThreadRow>& rows) {
        return std::ranges::count_if(rows, [&](const ThreadRow& row) { return row.now->tgid == tgid; });
    };
    EXPECT_EQ(alive(watcher.pass().threads), 301);
    for (const ThreadRow& row : watcher.report().threads) {
        EXPECT_TRUE(row.now->tgid != tgid || row.before == nullptr);
    }
    crowd.kill();
    EXPECT_EQ(alive(watcher.pass().exited), 301);
    EXPECT_EQ(alive(watcher.report().threads), 0);

    Puppet reuse("reuse");
    const std::string first = reuse.ask("spawn 29999");
    if (!first.starts_with("tid=")) {
        GTEST_SKIP() << "clone3 with a chosen TID: " << first;
    }
    watcher.pass();
    const Thread before = *watcher.row(29999)->now;
    reuse.ask("end");
    let_pass(std::chrono::milliseconds(30));  // start times have the resolution of clock ticks
    reuse.ask("spawn 29999");
    watcher.pass();
    ASSERT_NE(watcher.exited(29999), nullptr);
    EXPECT_EQ(watcher.exited(29999)->now->start_time_ns, before.start_time_ns);
    ASSERT_NE(watcher.row(29999), nullptr);
    EXPECT_EQ(watcher.row(29999)->before, nullptr);
    EXPECT_GE(watcher.row(29999)->state_ns[index(ThreadState::exec)], 5'000'000U) << "it used 5 ms";
    EXPECT_EQ(watcher.complaints(), "");
}

TEST(ProcSourceLive, exec_from_a_thread_that_is_not_the_leader) {
    Puppet execer("execer");
    const auto leader = static_cast<std::uint32_t>(execer.pid());
    const std::uint32_t thread = execer.tid("execer");
    Watcher watcher;
    watcher.pass();
    const std::uint32_t life = watcher.row(leader)->now->life;
    execer.send("exec");
    execer.await_ready();
    watcher.pass();
    EXPECT_NE(watcher.exited(thread), nullptr);
    ASSERT_NE(watcher.row(leader), nullptr);
    EXPECT_EQ(watcher.row(leader)->now->life, life);
    watcher.pass();
    execer.ask("burn");
    // It has answered, but may still be on its CPU: then the kernel has its time only up to the last tick.
    ASSERT_TRUE(await([leader] { return state_letter(leader) == 'S'; }));
    watcher.pass();
    const std::uint64_t exec_ns = watcher.row(leader)->state_ns[index(ThreadState::exec)];
    EXPECT_GE(exec_ns, 18'000'000U);
    EXPECT_LE(exec_ns, 40'000'000U);
    EXPECT_EQ(watcher.complaints(), "");
}

/// A process with many sleeping threads and one that spins. Not our own process: each read of a process clock updates
/// the calling thread's time.
class BusyCrowd {
  public:
    explicit BusyCrowd(std::size_t sleepers) {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) {
            throw std::runtime_error("pipe2");
        }
        pid_ = ::fork();
        if (pid_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            std::vector<std::thread> threads;
            for (std::size_t i = 0; i < sleepers; ++i) {
                threads.emplace_back([] { ::pause(); });
            }
            const std::uint32_t own = static_cast<std::uint32_t>(::gettid());
            (void)!::write(ends[1], &own, sizeof own);
            for (std::atomic<unsigned> spin{0};;) {
                spin.fetch_add(1, std::memory_order_relaxed);
            }
        }
        ::close(ends[1]);
        const bool ready = ::read(ends[0], &spinner, sizeof spinner) == sizeof spinner;
        ::close(ends[0]);
        if (!ready) {
            end();
            throw std::runtime_error("no room for that many threads");
        }
    }
    BusyCrowd(const BusyCrowd&) = delete;
    BusyCrowd& operator=(const BusyCrowd&) = delete;
    ~BusyCrowd() { end(); }

    std::uint32_t spinner = 0;

  private:
    void end() const {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    pid_t pid_ = -1;
};

std::uint64_t median_cost(Watcher& watcher, std::uint32_t busy_tid) {
    std::vector<std::uint64_t> costs;
    for (int i = 0; i < 9; ++i) {
        let_pass(std::chrono::milliseconds(30));
        watcher.pass();
        costs.push_back(watcher.cost_ns());
        const ThreadRow* row = watcher.row(busy_tid);
        EXPECT_TRUE(row != nullptr && was_active(row->state_ns));
    }
    std::ranges::nth_element(costs, costs.begin() + 4);
    return costs[4];
}

TEST(ProcSourceLive, a_busy_thread_among_a_thousand_sleepers_does_not_make_all_of_them_be_read) {
    BusyCrowd crowd(1000);
    Watcher by_clock;
    ProcSourceOptions options;
    options.process_clock = [](std::uint32_t) { return std::optional<std::uint64_t>(); };
    Watcher one_by_one(options);
    const std::uint64_t clever_ns = median_cost(by_clock, crowd.spinner);
    const std::uint64_t plain_ns = median_cost(one_by_one, crowd.spinner);
    EXPECT_LT(clever_ns * 2, plain_ns);
    std::printf("a pass over 1,000 sleepers and a busy thread: %.3f ms, reading each: %.3f ms\n",
                static_cast<double>(clever_ns) / 1e6, static_cast<double>(plain_ns) / 1e6);
    EXPECT_EQ(by_clock.complaints(), "");
    EXPECT_EQ(one_by_one.complaints(), "");
}

TEST(ProcSourceLive, ten_thousand_sleeping_threads_cost_a_fraction_of_reading_each) {
    Puppet crowd("crowd", {"10000"});
    if (crowd.missing()) {
        GTEST_SKIP() << *crowd.missing();
    }
    Watcher all;
    ProcSourceOptions options;
    options.process_clock = [](std::uint32_t) { return std::optional<std::uint64_t>(); };
    Watcher one_by_one(options);
    std::uint64_t all_ns = UINT64_MAX;
    std::uint64_t plain_ns = UINT64_MAX;
    for (int i = 0; i < 5; ++i) {
        all.interval(std::chrono::milliseconds(50));
        all_ns = std::min(all_ns, all.cost_ns());
        one_by_one.pass();
        plain_ns = std::min(plain_ns, one_by_one.cost_ns());
    }
    EXPECT_LT(all_ns * 3, plain_ns);
    std::printf("a pass over the machine with 10,000 sleeping threads: %.3f ms, reading each of them: %.3f ms\n",
                static_cast<double>(all_ns) / 1e6, static_cast<double>(plain_ns) / 1e6);
    EXPECT_EQ(all.complaints(), "");
}

TEST(ProcSourceLive, agrees_with_the_probes_on_what_both_measure) {
    if (missing_bpf()) {
        GTEST_SKIP() << *missing_bpf();
    }
    Puppet hogs("hogs", {std::to_string(test_cpu()), "2"});
    Observer probes;
    Watcher files;
    // The two reads are sequential: only one of them has the hogs' time in between.
    const std::uint64_t begin_ns = clock_ns(CLOCK_MONOTONIC);
    probes.mark();
    files.pass();
    std::uint64_t apart_ns = clock_ns(CLOCK_MONOTONIC) - begin_ns;
    let_pass(std::chrono::milliseconds(1500));
    const std::uint64_t end_ns = clock_ns(CLOCK_MONOTONIC);
    probes.report();
    files.pass();
    apart_ns += clock_ns(CLOCK_MONOTONIC) - end_ns;
    for (const char* name : {"hog0", "hog1"}) {
        const ThreadRow* probed = probes.row(hogs.tid(name));
        const ThreadRow* read = files.row(hogs.tid(name));
        ASSERT_TRUE(probed != nullptr && read != nullptr);
        const double slack = 0.02 + static_cast<double>(apart_ns) / static_cast<double>(probed->wall_ns);
        EXPECT_NEAR(share(*probed, ThreadState::exec), share(*read, ThreadState::exec), slack);
        EXPECT_NEAR(share(*probed, ThreadState::cpu_wait), share(*read, ThreadState::cpu_wait), slack);
    }
}

}  // namespace
}  // namespace tsa::test
