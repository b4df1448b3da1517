// SPDX-License-Identifier: MIT
// The memory that the program holds: within its budget, and given back after a storm of short-lived threads.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/sanitizer.h"
#include "program/run.h"
#include "support/feature.h"
#include "support/guards.h"
#include "support/puppet.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

constexpr std::uint64_t kMiB = 1024;  // in KiB

/// What the machine gets back when the process ends: pages that only it has, and has written to. 0: it is gone.
std::uint64_t dirty_kib(pid_t pid) {
    constexpr std::string_view kKey = "Private_Dirty:";
    const std::string rollup = text_of("/proc/" + std::to_string(pid) + "/smaps_rollup");
    const std::size_t at = rollup.find(kKey);
    return at == std::string::npos ? 0 : std::strtoull(rollup.c_str() + at + kKey.size(), nullptr, 10);
}

/// Of the whole machine: "0.53 0.41 0.30 2/123 4567" has it behind the slash.
std::uint64_t threads_now() {
    const std::string loads = text_of("/proc/loadavg");
    const std::size_t slash = loads.find('/');
    return slash == std::string::npos ? 0 : std::strtoull(loads.c_str() + slash + 1, nullptr, 10);
}

/// Goes on when it goes out of scope.
class Halted {
  public:
    explicit Halted(pid_t pid) : pid_(pid) {
        ::kill(pid_, SIGSTOP);
        EXPECT_TRUE(await([&] { return state_letter(static_cast<std::uint32_t>(pid_)) == 'T'; }));
    }
    Halted(const Halted&) = delete;
    Halted& operator=(const Halted&) = delete;
    ~Halted() { ::kill(pid_, SIGCONT); }

  private:
    pid_t pid_;
};

/// The program, which takes a sample every few ms, finds thousands of ended threads in one of them.
/// `written`: where it prints, or where it writes intervals to.
void expect_storm_given_back(const std::vector<std::string>& arguments, const std::string& written) {
    Puppet lives("lives");
    Program program(arguments);
    // Its start takes megabytes, which it gives back; what the loop has is touched by and by.
    if (written.empty()) {
        ASSERT_TRUE(program.wait_for_lines(3));
    } else {
        ASSERT_TRUE(await([&] { return lines_of(text_of(written)).size() > 3; }));
    }
    let_pass(std::chrono::milliseconds{500});
    const std::uint64_t before = dirty_kib(program.pid());
    {
        const Halted halted(program.pid());
        (void)lives.ask("storm 8000 2");  // the kernel has room for 10,000 records
    }
    std::uint64_t most = 0;
    const auto grew = [&] {
        most = std::max(most, dirty_kib(program.pid()));
        return most > before + 3 * kMiB;
    };
    ASSERT_TRUE(await(grew)) << before << " KiB before, " << most << " KiB at most";
    std::uint64_t after = 0;
    EXPECT_TRUE(await([&] {
        after = dirty_kib(program.pid());
        return after < before + (most - before) / 2;
    })) << before
        << " KiB before the storm, " << most << " KiB in it, " << after << " KiB after it";
    EXPECT_EQ(program.finish(SIGINT).exit_code, 0);
}

class Memory : public ::testing::Test {
  protected:
    void SetUp() override {
        if (kAddressSanitizer) {
            GTEST_SKIP() << "the address sanitizer's memory is larger";
        }
    }
};

TEST_F(Memory, of_the_status_bar_is_2_MB_at_most_at_100_threads) {
    TSA_REQUIRE(missing_bpf());
    Program program({"waybar", "-i", "16"});
    ASSERT_TRUE(program.wait_for_lines(20));
    const std::uint64_t threads = std::max<std::uint64_t>(threads_now(), 100);
    // Each thread more is in two samples and a report.
    EXPECT_LE(dirty_kib(program.pid()), 2 * kMiB + (threads - 100) * 2) << threads << " threads";
    EXPECT_EQ(program.finish(SIGINT).exit_code, 0);
}

TEST_F(Memory, of_a_storm_is_given_back_by_stat) {
    TSA_REQUIRE(missing_bpf());
    const TempDir folder;
    const std::string output = folder.path() + "/out";
    expect_storm_given_back({"stat", "--json", "-i", "10", "-o", output}, output);
}

TEST_F(Memory, of_a_storm_is_given_back_by_waybar) {
    TSA_REQUIRE(missing_bpf());
    expect_storm_given_back({"waybar", "-i", "16"}, "");
}

TEST_F(Memory, of_a_storm_is_given_back_by_record) {
    TSA_REQUIRE(missing_bpf());
    const TempDir folder;
    expect_storm_given_back({"record", "-o", folder.path() + "/r", "-i", "10"}, folder.path() + "/r/system.csv");
}

}  // namespace
}  // namespace tsa::test
