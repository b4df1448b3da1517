// SPDX-License-Identifier: MIT
// A machine's /proc as a tree of files written by a test, and a ProcSource that reads it: checks at each pass that
// states sum to wall time.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <numeric>
#include <string>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "model/report.h"
#include "model/sample.h"
#include "procfs/thread_source.h"
#include "unit/units.h"

namespace tsa::testing {

inline constexpr std::uint32_t kKernelFlag = 0x00200000;

/// The contents of a thread's files.
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
        std::string pattern = std::filesystem::temp_directory_path() / "rstat-threads-XXXXXX";
        root_ = ::mkdtemp(pattern.data());
        machine(1000, 1);
    }
    ~ThreadTree() override { std::filesystem::remove_all(root_); }
    ThreadTree(const ThreadTree&) = delete;
    ThreadTree& operator=(const ThreadTree&) = delete;

    [[nodiscard]] std::filesystem::path folder(std::uint32_t tgid, std::uint32_t tid) const {
        return root_ / "proc" / std::to_string(tgid) / "task" / std::to_string(tid);
    }
    static void write(const std::filesystem::path& path, const std::string& text) {
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path) << text;
    }
    void put(std::uint32_t tgid, std::uint32_t tid, const FakeTask& task) const {
        const std::filesystem::path at = folder(tgid, tid);
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
        std::filesystem::remove_all(folder(tgid, tid));
        if (tgid == tid) {
            std::filesystem::remove_all(root_ / "proc" / std::to_string(tgid));
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
    /// One pass; checks that every thread sums to its lifetime.
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
    /// The current time as a start time in clock ticks. Call let_pass() after it: a thread that ran needs a long enough
    /// life.
    static std::uint64_t just_now() { return clock_ns(CLOCK_BOOTTIME) / (10 * kMs); }

    std::filesystem::path root_;
    std::uint64_t forks_ = 0;
    std::unique_ptr<ProcSource> source_;
    Sample samples_[2];
    Sample* previous_ = &samples_[0];
    Sample* current_ = &samples_[1];
    ReportBuilder builder_;
    Report report_;
};

}  // namespace tsa::testing
