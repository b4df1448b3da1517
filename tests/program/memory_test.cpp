// What a storm of short-lived threads takes of the program's memory is given back after it.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "program/run.h"
#include "support/feature.h"
#include "support/guards.h"
#include "support/puppet.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

constexpr std::uint64_t kMiB = 1024;  // in KiB

/// Private memory of a process, of its files the part that it has changed; 0: it is gone.
std::uint64_t private_kib(pid_t pid) {
    const std::string status = text_of("/proc/" + std::to_string(pid) + "/status");
    const std::size_t at = status.find("RssAnon:");
    return at == std::string::npos ? 0 : std::strtoull(status.c_str() + at + 8, nullptr, 10);
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
void expect_storm_given_back(const std::vector<std::string>& arguments, std::size_t lines_before) {
    Puppet lives("lives");
    Program program(arguments);
    ASSERT_TRUE(lines_before == 0 || program.wait_for_lines(lines_before));
    // What it has at its start is touched by and by: the file that it writes has some intervals then.
    ASSERT_TRUE(await([&] { return private_kib(program.pid()) != 0; }));
    let_pass(std::chrono::milliseconds{500});
    const std::uint64_t before = private_kib(program.pid());
    {
        const Halted halted(program.pid());
        (void)lives.ask("storm 8000 2");  // the kernel has room for 10,000 records
    }
    std::uint64_t most = 0;
    const auto grew = [&] {
        most = std::max(most, private_kib(program.pid()));
        return most > before + 6 * kMiB;
    };
    ASSERT_TRUE(await(grew)) << before << " KiB before, " << most << " KiB at most";
    std::uint64_t after = 0;
    EXPECT_TRUE(await([&] {
        after = private_kib(program.pid());
        return after < before + (most - before) / 2;
    })) << before
        << " KiB before the storm, " << most << " KiB in it, " << after << " KiB after it";
    EXPECT_EQ(program.finish(SIGINT).exit_code, 0);
}

TEST(Memory, of_a_storm_is_given_back_by_stat) {
    TSA_REQUIRE(missing_bpf());
    expect_storm_given_back({"stat", "--json", "-i", "10", "-o", "/dev/null"}, 0);
}

TEST(Memory, of_a_storm_is_given_back_by_waybar) {
    TSA_REQUIRE(missing_bpf());
    expect_storm_given_back({"waybar", "-i", "16"}, 3);
}

TEST(Memory, of_a_storm_is_given_back_by_record) {
    TSA_REQUIRE(missing_bpf());
    const TempDir folder;
    expect_storm_given_back({"record", "-o", folder.path() + "/r", "-i", "10"}, 0);
}

}  // namespace
}  // namespace tsa::test
