// SPDX-License-Identifier: MIT
// Other tools as witnesses: iotop and htop show the same threads at the same time as `stat --taskstats`, and their
// percentages are held against both of its sources. Execution beside schedstat and getrusage:
// tests/kernel/cpu_test.cpp, stat_command_test.cpp.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <regex>
#include <span>

#include "program/json.h"
#include "program/terminal.h"
#include "support/feature.h"
#include "support/guards.h"
#include "support/puppet.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

constexpr std::uint64_t kFileBytes = 16U << 20U;
constexpr int kSeconds = 6;
/// They do not look at the same moments: begin and end differ by a good part of a second in six.
constexpr double kPoints = 10;

std::string path_of(const std::string& program) {
    for (const char* folder : {"/usr/local/sbin/", "/usr/local/bin/", "/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"}) {
        if (::access((folder + program).c_str(), X_OK) == 0) {
            return folder + program;
        }
    }
    return {};
}

std::optional<std::string> missing_program(const std::string& program) {
    return path_of(program).empty() ? std::optional(program) : std::nullopt;
}

struct Mean {
    double sum = 0;
    int count = 0;
    void add(double value) {
        sum += value;
        ++count;
    }
    [[nodiscard]] double value() const { return count > 0 ? sum / count : -1; }
};

/// What `stat --taskstats` says of one thread over kSeconds, in percent of that time.
struct Told {
    double exec = 0, cpu_wait = 0, io_wait = 0;  ///< the probes
    double cpu_delay = 0, blkio_delay = 0;  ///< taskstats; at most 100 in each interval, as the other tools have it
    bool impossible = false;                ///< the kernel's I/O wait cannot be right, and the program says so
    int intervals = 0;
    unsigned version = 0;
};

Told told_of(const std::vector<rapidjson::Document>& reports, std::uint32_t tid) {
    Told told;
    for (const rapidjson::Document& report : reports) {
        const rapidjson::Value* row = row_of(report, tid);
        if (row == nullptr || (*row)["taskstats"].IsNull()) {
            continue;
        }
        const auto pct = [&](const rapidjson::Value& ns) { return ns.IsNull() ? 0.0 : pct_of(ns, report); };
        const rapidjson::Value& taskstats = (*row)["taskstats"];
        told.exec += pct((*row)["exec_ns"]);
        told.cpu_wait += pct((*row)["cpu_wait_ns"]);
        told.io_wait += pct((*row)["io_wait_ns"]);
        told.cpu_delay += std::min(pct(taskstats["cpu_delay_ns"]), 100.0);
        told.blkio_delay += std::min(pct(taskstats["blkio_delay_ns"]), 100.0);
        const rapidjson::Value& reason = (*pair_of(*row, "io_wait"))["reason"];
        told.impossible |= reason.IsString() && std::string(reason.GetString()) == "impossible_value";
        told.version = taskstats["version"].GetUint();
        ++told.intervals;
    }
    for (double* share : {&told.exec, &told.cpu_wait, &told.io_wait, &told.cpu_delay, &told.blkio_delay}) {
        *share /= std::max(told.intervals, 1);
    }
    return told;
}

std::vector<std::string> stat_of(const std::string& tids) {
    return {"stat", "--json", "--taskstats", "-i", "1000", "-n", std::to_string(kSeconds), "--tid", tids};
}

/// The IO column of `iotop` on a thread: each line but the first, which has no interval yet.
Mean io_by_iotop(const std::string& out, std::uint32_t tid) {
    Mean mean;
    bool first = true;
    const std::regex row(fmt::format("(?:^| ){} +[a-z]+/[0-9] .* ([0-9.]+) % +([0-9.]+) % ", tid));
    std::smatch found;
    for (const std::string& line : lines_of(out)) {
        if (std::regex_search(line, found, row)) {
            first ? (void)(first = false) : mean.add(std::stod(found[2]));
        }
    }
    return mean;
}

/// htop's delay columns of a thread.
struct Delays {
    Mean cpu, io, swap;
};

/// htop in a terminal, on one process and its threads.
class Htop {
  public:
    explicit Htop(pid_t process) : terminal_(100, 24) {
        const std::string settings = folder_.path() + "/htoprc";
        std::ofstream(settings) << "htop_version=3.2.2\nconfig_reader_min_version=3\nhide_kernel_threads=1\n"
                                   "hide_userland_threads=0\nshow_program_path=0\ntree_view=0\nfields=0 1\ndelay=10\n"
                                   "screen:Main=PID PERCENT_CPU_DELAY PERCENT_IO_DELAY PERCENT_SWAP_DELAY Command\n"
                                   ".sort_key=PID\n.tree_view=0\n";
        terminal_.shell(fmt::format("clear; HTOPRC={} {} -d 10 -p {}", settings, path_of("htop"), process));
    }

    /// For TSA_REQUIRE, once the thread is listed: its columns have numbers.
    [[nodiscard]] std::optional<std::string> missing(std::uint32_t tid) {
        Delays delays;
        const bool has_numbers = await([&] {
            look(tid, delays);
            return delays.cpu.count > 0;
        });
        return has_numbers ? std::nullopt
                           : std::optional<std::string>("htop with delay columns:\n" + terminal_.screen());
    }
    /// What is on the screen during the seconds that `stat` measures: each refresh shows the second before it.
    void watch(std::span<const std::uint32_t> tids, std::span<Delays> delays) const {
        let_pass(std::chrono::milliseconds(1000));
        for (int at = 0; at < 4 * kSeconds; ++at) {
            let_pass(std::chrono::milliseconds(250));
            for (std::size_t thread = 0; thread < tids.size(); ++thread) {
                look(tids[thread], delays[thread]);
            }
        }
    }

  private:
    void look(std::uint32_t tid, Delays& delays) const {
        const std::regex row(fmt::format("^ *{} +([0-9.]+) +([0-9.]+) +([0-9.]+) ", tid));
        std::smatch found;
        for (const std::string& line : terminal_.lines()) {
            if (std::regex_search(line, found, row)) {
                delays.cpu.add(std::stod(found[1]));
                delays.io.add(std::stod(found[2]));
                delays.swap.add(std::stod(found[3]));
            }
        }
    }

    TempDir folder_;
    Terminal terminal_;  // htop goes with it
};

class OtherTools : public ::testing::Test {
  protected:
    void SetUp() override {
        TSA_REQUIRE(missing_bpf());
        TSA_REQUIRE(missing_file(kAccountingSysctl));
        accounting_.set(true);
    }

  private:
    AccountingSwitch accounting_;
};

/// Reads a throttled disk for good: nearly all its time, or after a burst of CPU before each read.
class SlowReader {
  public:
    SlowReader() : throttle_("blkio") {
        write_file(folder_.path() + "/file", kFileBytes);
        throttle_.limit_reads_per_s(folder_.path(), 10);
        puppet_.emplace("diskreader", std::vector<std::string>{folder_.path() + "/file"});
        if (!puppet_->missing()) {
            throttle_.add(puppet_->pid());
        }
    }
    [[nodiscard]] const std::optional<std::string>& missing() const { return puppet_->missing(); }
    [[nodiscard]] pid_t pid() const { return puppet_->pid(); }
    [[nodiscard]] std::uint32_t tid() const { return puppet_->tid("reader"); }
    void read_for_good(int burst_us) { puppet_->send(fmt::format("read 1000000 {}", burst_us)); }

  private:
    TempDir folder_;
    Cgroup throttle_;
    std::optional<Puppet> puppet_;
};

/// htop takes the reply for the struct that it was built with; version 15 alone has its fields elsewhere.
std::optional<std::string> misread_by_htop(const Told& told) {
    return told.version == 15 ? std::optional<std::string>("a taskstats version that htop can read") : std::nullopt;
}

void expect_io_agrees(const Told& told, double theirs, const char* who) {
    std::printf("    io wait: probes %.1f %%, taskstats %.1f %%, %s %.1f %%\n", told.io_wait, told.blkio_delay, who,
                theirs);
    ASSERT_EQ(told.intervals, kSeconds);
    EXPECT_NEAR(told.blkio_delay, theirs, kPoints) << "both are the kernel's number";
    if (!told.impossible) {
        EXPECT_NEAR(told.io_wait, theirs, kPoints);
    }
}

TEST_F(OtherTools, iotop_agrees_on_a_throttled_reader_and_on_one_that_also_computes) {
    TSA_REQUIRE(missing_program("iotop"));
    TSA_REQUIRE(missing_cgroup("blkio"));
    std::array<double, 2> io{};
    for (const int burst_us : {0, 20'000}) {
        SlowReader reader;
        TSA_REQUIRE(reader.missing());
        reader.read_for_good(burst_us);
        Program iotop(
            {"-b", "-k", "-t", "-q", "-d", "1", "-n", std::to_string(kSeconds + 1), "-p", std::to_string(reader.tid())},
            false, path_of("iotop"));
        const Finished stat = run(stat_of(std::to_string(reader.tid())));
        const Mean theirs = io_by_iotop(iotop.finish().out, reader.tid());
        ASSERT_GE(theirs.count, kSeconds - 1);
        const Told told = told_of(reports_of(stat.out), reader.tid());
        expect_io_agrees(told, theirs.value(), "iotop");
        io[burst_us != 0 ? 1 : 0] = told.io_wait;
    }
    EXPECT_GT(io[0], 80) << "waits for its disk all the time";
    EXPECT_LT(io[1], 0.95 * io[0]) << "a fifth of it, or more, is spent on a CPU or in its queue";
}

TEST_F(OtherTools, htop_agrees_on_a_throttled_reader) {
    TSA_REQUIRE(missing_program("htop"));
    TSA_REQUIRE(missing_tmux());
    TSA_REQUIRE(missing_cgroup("blkio"));
    SlowReader reader;
    TSA_REQUIRE(reader.missing());
    reader.read_for_good(20'000);
    Htop htop(reader.pid());
    TSA_REQUIRE(htop.missing(reader.tid()));
    const std::array tids{reader.tid()};
    std::array<Delays, 1> theirs;
    Program stat(stat_of(std::to_string(tids[0])));
    htop.watch(tids, theirs);
    const Told told = told_of(reports_of(stat.finish().out), tids[0]);
    TSA_REQUIRE(misread_by_htop(told));
    expect_io_agrees(told, theirs[0].io.value(), "htop");
    EXPECT_NEAR(told.cpu_delay, theirs[0].cpu.value(), kPoints);
    EXPECT_EQ(theirs[0].swap.value(), 0);
}

TEST_F(OtherTools, htop_and_iotop_agree_on_two_hogs_that_share_a_cpu) {
    TSA_REQUIRE(missing_program("htop"));
    TSA_REQUIRE(missing_program("iotop"));
    TSA_REQUIRE(missing_tmux());
    Puppet hogs("hogs", {std::to_string(test_cpu()), "2"});
    const std::array tids{hogs.tid("hog0"), hogs.tid("hog1")};
    Htop htop(hogs.pid());
    TSA_REQUIRE(htop.missing(tids[0]));
    std::array<Delays, 2> theirs;
    Program iotop({"-b", "-k", "-t", "-q", "-d", "1", "-n", "3", "-p", std::to_string(tids[0])}, false,
                  path_of("iotop"));
    Program stat(stat_of(fmt::format("{},{}", tids[0], tids[1])));
    htop.watch(tids, theirs);
    const auto reports = reports_of(stat.finish().out);
    double exec = 0;
    for (std::size_t hog = 0; hog < tids.size(); ++hog) {
        const Told told = told_of(reports, tids[hog]);
        TSA_REQUIRE(misread_by_htop(told));
        std::printf("    cpu wait: probes %.1f %%, taskstats %.1f %%, htop %.1f %%\n", told.cpu_wait, told.cpu_delay,
                    theirs[hog].cpu.value());
        ASSERT_EQ(told.intervals, kSeconds);
        EXPECT_NEAR(told.cpu_wait, theirs[hog].cpu.value(), kPoints);
        EXPECT_NEAR(told.cpu_delay, theirs[hog].cpu.value(), kPoints);
        EXPECT_NEAR(told.exec + told.cpu_wait, 100, 1);
        EXPECT_EQ(told.io_wait, 0);
        EXPECT_EQ(theirs[hog].io.value(), 0);
        exec += told.exec;
    }
    EXPECT_LT(exec, 101) << "one CPU";
    const Mean io = io_by_iotop(iotop.finish().out, tids[0]);
    EXPECT_GT(io.count, 0);
    EXPECT_EQ(io.value(), 0);
}

}  // namespace
}  // namespace tsa::test
