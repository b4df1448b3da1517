// SPDX-License-Identifier: MIT
// The taskstats client on the running kernel: its numbers compared with /proc, many threads at once, exited threads,
// accounting that is switched on while threads are running, and missing privileges.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <latch>
#include <memory>
#include <optional>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "delay_observer.h"
#include "support/feature.h"
#include "support/guards.h"
#include "support/puppet.h"
#include "support/witness.h"
#include "taskstats/accounting.h"
#include "taskstats/client.h"

namespace tsa::test {
namespace {

using taskstats::AccountingWatch;
using taskstats::Client;
using taskstats::Fetched;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Optional;

Client open_client() {
    Result<Client> client = Client::open();
    if (!client.ok()) {
        throw std::runtime_error(client.error().text());
    }
    return std::move(client).value();
}

std::uint32_t own_tid() {
    return static_cast<std::uint32_t>(::gettid());
}

std::uint64_t boot_clock_ns() {
    timespec now{};
    ::clock_gettime(CLOCK_BOOTTIME, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

/// A thread of this process that runs one command and then waits for its end.
class Worker {
  public:
    Worker() : thread_([this] { run(); }) { started_.wait(); }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;
    ~Worker() {
        if (thread_.joinable()) {
            end();
        }
    }
    [[nodiscard]] std::uint32_t tid() const { return tid_; }

    /// Writes to pages that it has read before: each write copies the shared zero page.
    void copy_pages() {
        work_.release();
        done_.acquire();
    }
    void end() {
        ended_ = true;
        work_.release();
        thread_.join();
    }

    static constexpr std::size_t kPages = 16;

  private:
    void run() {
        tid_ = own_tid();
        started_.count_down();
        for (work_.acquire(); !ended_; work_.acquire()) {
            touch();
            done_.release();
        }
    }
    static void touch() {
        const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
        void* memory = ::mmap(nullptr, kPages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) {
            std::abort();
        }
        ::madvise(memory, kPages * page, MADV_NOHUGEPAGE);
        auto* bytes = static_cast<volatile char*>(memory);
        for (std::size_t i = 0; i < kPages; ++i) {
            bytes[i * page] = static_cast<char>(bytes[i * page] + 1);
        }
        ::munmap(memory, kPages * page);
    }

    std::latch started_{1};
    std::binary_semaphore work_{0};
    std::binary_semaphore done_{0};
    std::atomic<bool> ended_{false};
    std::uint32_t tid_ = 0;
    std::thread thread_;  // last: it uses the other members
};

TEST(TaskstatsLive, cpu_time_of_a_busy_thread_is_that_of_schedstat) {
    TSA_REQUIRE(missing_taskstats());
    Client client = open_client();
    Puppet hogs("hogs", {std::to_string(test_cpu()), "2"});
    const std::array<std::uint32_t, 2> tids = {hogs.tid("hog0"), hogs.tid("hog1")};
    for (const std::uint32_t tid : tids) {
        ASSERT_TRUE(await([&] { return schedstat(tid).value_or(SchedStat{}).exec_ns > 200'000'000; }));
    }
    std::vector<Fetched> out;
    const std::array<std::optional<SchedStat>, 2> before = {schedstat(tids[0]), schedstat(tids[1])};
    ASSERT_TRUE(client.fetch(tids, out).ok());
    const std::array<std::optional<SchedStat>, 2> after = {schedstat(tids[0]), schedstat(tids[1])};
    for (std::size_t i = 0; i < tids.size(); ++i) {
        ASSERT_EQ(out[i].outcome, Fetched::Outcome::found);
        const TaskStats& stats = out[i].stats;
        // The same counters, read between two readings of /proc.
        EXPECT_GE(stats.cpu_run_virtual_ns, before[i]->exec_ns);
        EXPECT_LE(stats.cpu_run_virtual_ns, after[i]->exec_ns);
        EXPECT_GE(stats.delay(DelayKind::cpu)->total_ns, before[i]->run_delay_ns);
        EXPECT_LE(stats.delay(DelayKind::cpu)->total_ns, after[i]->run_delay_ns);
        EXPECT_GT(stats.delay(DelayKind::cpu)->total_ns, 0U);
        constexpr std::uint16_t kVersionWithTgid = 12;
        if (stats.version >= kVersionWithTgid) {
            EXPECT_THAT(stats.tgid, Optional(Eq(static_cast<std::uint32_t>(hogs.pid()))));
        } else {
            EXPECT_FALSE(stats.tgid.has_value());
        }
    }
    // Stopped, the two agree to 1 % (here: to the nanosecond).
    ASSERT_EQ(::kill(hogs.pid(), SIGSTOP), 0);
    ASSERT_TRUE(await([&] { return state_letter(tids[0]) == 'T' && state_letter(tids[1]) == 'T'; }));
    ASSERT_TRUE(client.fetch(tids, out).ok());
    for (std::size_t i = 0; i < tids.size(); ++i) {
        const auto exec_ns = static_cast<double>(schedstat(tids[i]).value_or(SchedStat{}).exec_ns);
        EXPECT_LT(std::abs(static_cast<double>(out[i].stats.cpu_run_virtual_ns) / exec_ns - 1.0), 0.01);
    }
}

TEST(TaskstatsLive, many_threads_at_once_among_those_that_are_gone) {
    TSA_REQUIRE(missing_taskstats());
    Client client = open_client();
    std::vector<std::unique_ptr<Worker>> workers;
    std::vector<std::uint32_t> tids;
    for (int i = 0; i < 150; ++i) {
        workers.push_back(std::make_unique<Worker>());
        tids.push_back(workers.back()->tid());
        tids.push_back(4'194'304U + static_cast<std::uint32_t>(i));  // above the highest TID that Linux assigns
    }
    workers[7]->end();
    const std::uint32_t ended = tids[14];
    ASSERT_TRUE(await([&] { return state_letter(ended) == '?'; }));

    std::vector<std::uint64_t> before;
    for (const std::uint32_t tid : tids) {
        before.push_back(switches(tid).value_or(Switches{}).voluntary);
    }
    std::vector<Fetched> out;
    ASSERT_TRUE(client.fetch(tids, out).ok());
    ASSERT_EQ(out.size(), tids.size());
    for (std::size_t i = 0; i < tids.size(); ++i) {
        SCOPED_TRACE(i);
        EXPECT_EQ(out[i].id, tids[i]);
        if (i % 2 == 1 || i == 14) {
            EXPECT_EQ(out[i].outcome, Fetched::Outcome::vanished);
            continue;
        }
        ASSERT_EQ(out[i].outcome, Fetched::Outcome::found);
        EXPECT_THAT(out[i].stats.tid, Optional(Eq(tids[i])));
        EXPECT_GE(out[i].stats.voluntary_switches, before[i]);
        EXPECT_LE(out[i].stats.voluntary_switches, switches(tids[i])->voluntary);
    }
    EXPECT_EQ(client.health().vanished, 151U);
    EXPECT_EQ(client.health().unanswered, 0U);
    EXPECT_EQ(client.health().mismatched, 0U);
    EXPECT_EQ(client.health().decode, taskstats::DecodeFaults{});
    EXPECT_EQ(client.health().round_trips, (tids.size() + Client::kDefaultBatch - 1) / Client::kDefaultBatch);
}

TEST(TaskstatsLive, the_largest_batch_survives_whatever_the_socket_holds) {
    TSA_REQUIRE(missing_taskstats());
    Result<Client> client = Client::open(Client::kMaxBatch);
    ASSERT_TRUE(client.ok());
    const std::vector<std::uint32_t> same(2 * Client::kMaxBatch, own_tid());
    std::vector<Fetched> out;
    ASSERT_TRUE(client.value().fetch(same, out).ok());
    for (const Fetched& entry : out) {
        ASSERT_EQ(entry.outcome, Fetched::Outcome::found);
    }
}

TEST(TaskstatsLive, only_threads_that_are_born_after_the_switch_have_delays) {
    TSA_REQUIRE(missing_taskstats());
    TSA_REQUIRE(missing_file(kAccountingSysctl));
    Client client = open_client();
    if (client.version() < info(DelayKind::wpcopy).since_version) {
        GTEST_SKIP() << "no write-protect copies before Linux 6.1";
    }
    AccountingSwitch accounting;
    AccountingWatch watch;

    accounting.set(false);
    Worker older;
    const std::uint64_t older_start_ns = boot_clock_ns();
    watch.update(taskstats::read_accounting_facts(), boot_clock_ns());
    ASSERT_EQ(watch.state().state, Accounting::off);
    accounting.set(true);
    watch.update(taskstats::read_accounting_facts(), boot_clock_ns());
    ASSERT_EQ(watch.state().state, Accounting::on);
    const std::uint64_t newer_start_ns = boot_clock_ns();
    Worker newer;

    older.copy_pages();
    newer.copy_pages();
    const std::array<std::uint32_t, 2> tids = {older.tid(), newer.tid()};
    std::vector<Fetched> out;
    ASSERT_TRUE(client.fetch(tids, out).ok());
    ASSERT_EQ(out[0].outcome, Fetched::Outcome::found);
    ASSERT_EQ(out[1].outcome, Fetched::Outcome::found);

    EXPECT_FALSE(proves_accounting(out[0].stats));
    EXPECT_EQ(delay_absence(out[0].stats, DelayKind::wpcopy, watch.state(), older_start_ns),
              DelayAbsence::thread_is_older);
    EXPECT_EQ(delay_absence(out[0].stats, DelayKind::cpu, watch.state(), older_start_ns), DelayAbsence::none);

    EXPECT_GE(out[1].stats.delay(DelayKind::wpcopy)->count, Worker::kPages);
    EXPECT_EQ(delay_absence(out[1].stats, DelayKind::wpcopy, watch.state(), newer_start_ns), DelayAbsence::none);
    EXPECT_EQ(delay_absence(out[1].stats, DelayKind::swapin, watch.state(), newer_start_ns), DelayAbsence::none);

    accounting.set(false);
    watch.update(taskstats::read_accounting_facts(), boot_clock_ns());
    EXPECT_EQ(delay_absence(out[1].stats, DelayKind::wpcopy, watch.state(), newer_start_ns),
              DelayAbsence::accounting_off);
}

/// The result of Client::open() in a child after some preparation.
template <class Prepare>
std::string error_in_child(Prepare prepare) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) {
        return "no pipe";
    }
    const pid_t child = ::fork();
    if (child == 0) {
        std::string text = "could not prepare";
        if (prepare()) {
            const Result<Client> client = Client::open();
            text = client.ok() ? "opened" : client.error().text();
        }
        const ssize_t written = ::write(ends[1], text.data(), text.size());
        ::_exit(written == static_cast<ssize_t>(text.size()) ? 0 : 1);
    }
    ::close(ends[1]);
    std::string text(4096, '\0');
    const ssize_t count = ::read(ends[0], text.data(), text.size());
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return text;
}

TEST(TaskstatsLive, without_privileges_it_names_the_missing_ones) {
    TSA_REQUIRE(missing_taskstats());
    EXPECT_THAT(error_in_child([] { return ::setresuid(65534, 65534, 65534) == 0; }), HasSubstr("CAP_NET_ADMIN"));
}

}  // namespace
}  // namespace tsa::test
