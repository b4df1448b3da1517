// SPDX-License-Identifier: MIT
// `bench` and `profile` from outside: what they print, and what they say when something is wrong.
#include <gmock/gmock.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>

#include "paths.h"
#include "program/run.h"
#include "support/feature.h"
#include "support/guards.h"
#include "support/strict_json.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

rapidjson::Document parsed(const std::string& json) {
    rapidjson::Document document;
    document.Parse(json.c_str());
    EXPECT_FALSE(document.HasParseError()) << json;
    return document;
}

/// From then on signals end it in order.
void await_signals_taken(const Program& program) {
    const std::string path = "/proc/" + std::to_string(program.pid()) + "/status";
    ASSERT_TRUE(await([&] {
        const std::string status = text_of(path);
        const std::size_t at = status.find("SigBlk:");
        return at != std::string::npos &&
               (std::strtoull(status.c_str() + at + 7, nullptr, 16) & (1ULL << (SIGINT - 1))) != 0;
    }));
}

TEST(Bench, measures_every_part_and_the_parts_make_the_whole) {
    TSA_REQUIRE(missing_bpf());
    const Finished bench = run({"bench", "50", "--json"});
    ASSERT_EQ(bench.exit_code, 0) << bench.err;
    const rapidjson::Document result = parsed(bench.out);
    EXPECT_EQ(result["refreshes"].GetUint(), 50U);
    EXPECT_EQ(result["wanted"].GetUint(), 50U);
    EXPECT_STREQ(result["source"].GetString(), "bpf");
    EXPECT_GE(result["cpus"].GetUint(), 1U);
    const auto threads = static_cast<double>(threads_of_machine());
    EXPECT_NEAR(result["threads"].GetDouble(), threads, threads / 2);
    double parts_ns = 0;
    double whole_ns = 0;
    for (const auto& stage : result["stages"].GetArray()) {
        const bool whole = std::string(stage["stage"].GetString()) == "whole";
        (whole ? whole_ns : parts_ns) += stage["avg_ns"].GetDouble();
        EXPECT_GT(stage["min_ns"].GetUint64(), 0U);
        EXPECT_LE(stage["min_ns"].GetUint64(), stage["p50_ns"].GetUint64());
        EXPECT_LE(stage["p50_ns"].GetUint64(), stage["p95_ns"].GetUint64());
        EXPECT_LE(stage["p95_ns"].GetUint64(), stage["p99_ns"].GetUint64());
        EXPECT_LE(stage["p99_ns"].GetUint64(), stage["max_ns"].GetUint64());
    }
    EXPECT_NEAR(parts_ns, whole_ns, 1.0);  // averages are rounded to tenths
}

TEST(Bench, prints_a_table_also_of_procfs_and_by_its_flag) {
    const Finished bench = run({"--source", "procfs", "--bench", "5"});
    ASSERT_EQ(bench.exit_code, 0) << bench.err;
    EXPECT_THAT(bench.out, StartsWith("5 refreshes, 1.00 ms apart; "));
    EXPECT_THAT(bench.out, HasSubstr(" threads from /proc; "));
    EXPECT_THAT(bench.out, HasSubstr("\nwhole "));
}

TEST(Bench, an_interrupt_prints_what_was_measured_so_far) {
    TSA_REQUIRE(missing_bpf());
    Program bench({"bench", "100000", "--json"});
    await_signals_taken(bench);
    const Finished ended = bench.finish(SIGINT);
    ASSERT_EQ(ended.exit_code, 0) << ended.err;
    const rapidjson::Document result = parsed(ended.out);
    EXPECT_LT(result["refreshes"].GetUint(), 100000U);
    EXPECT_EQ(result["wanted"].GetUint(), 100000U);
}

/// Heap allocations of a whole run.
std::uint64_t allocations_of(const std::vector<std::string>& arguments) {
    const TempDir folder;
    const std::string path = folder.path() + "/allocations";
    std::ofstream(path).write("\0\0\0\0\0\0\0\0", 8);
    ::setenv("RSTAT_ALLOCATIONS", path.c_str(), 1);
    ::setenv("LD_PRELOAD", paths::kCountAllocs.c_str(), 1);
    const Finished ended = run(arguments);
    ::unsetenv("LD_PRELOAD");
    ::unsetenv("RSTAT_ALLOCATIONS");
    EXPECT_EQ(ended.exit_code, 0) << ended.err;
    std::uint64_t count = 0;
    std::ifstream(path).read(reinterpret_cast<char*>(&count), sizeof count);
    return count;
}

TEST(Bench, allocates_nothing_while_it_measures) {
    TSA_REQUIRE(missing_bpf());
    if (paths::kCountAllocs.empty()) {
        GTEST_SKIP() << "the library that counts allocations was not built";
    }
    // The start of one run in two makes some 120 allocations more: the least of three runs counts.
    const auto least_of = [](const char* refreshes) {
        std::uint64_t least = UINT64_MAX;
        for (int run = 0; run < 3; ++run) {
            least = std::min(least, allocations_of({"bench", refreshes}));
        }
        return least;
    };
    const std::uint64_t few = least_of("10");
    const std::uint64_t many = least_of("510");
    ASSERT_GT(few, 0U);
    // Threads that are born on this machine meanwhile make a buffer grow now and then; a refresh that allocated would
    // show 500 times.
    EXPECT_LT(many, few + 250);
}

TEST(Profile, prints_histograms_whose_runs_sum_up) {
    TSA_REQUIRE(missing_bpf());
    const Finished profile = run({"profile", "1", "--json"});
    ASSERT_EQ(profile.exit_code, 0) << profile.err;
    const rapidjson::Document result = parsed(profile.out);
    EXPECT_GE(result["interval_ns"].GetUint64(), 1'000'000'000U);
    EXPECT_GT(result["empty_ns"].GetDouble(), 0);
    std::uint64_t all = 0;
    for (const auto& program : result["programs"].GetArray()) {
        std::uint64_t runs = 0;
        std::uint64_t least_ns = 0;
        std::uint64_t most_ns = 0;
        for (const auto& bucket : program["buckets"].GetArray()) {
            runs += bucket["runs"].GetUint64();
            least_ns += bucket["runs"].GetUint64() * bucket["from_ns"].GetUint64();
            most_ns += bucket["runs"].GetUint64() * bucket["to_ns"].GetUint64();
        }
        EXPECT_EQ(program["runs"].GetUint64(), runs);
        EXPECT_EQ(program["mean_ns"].IsNull(), runs == 0);
        // A run that ends while its CPU's histogram is read may be in only one of the two.
        EXPECT_GE(static_cast<double>(program["total_ns"].GetUint64()), 0.9 * static_cast<double>(least_ns));
        EXPECT_LE(static_cast<double>(program["total_ns"].GetUint64()), 1.1 * static_cast<double>(most_ns) + 10'000);
        all += runs;
    }
    EXPECT_EQ(result["runs"].GetUint64(), all);
    EXPECT_GT(all, 0U);
    EXPECT_GT(result["seed"]["runs"].GetUint64(), 0U);
}

TEST(Profile, draws_bars_without_a_terminal_and_by_its_flag) {
    TSA_REQUIRE(missing_bpf());
    const Finished profile = run({"--profile", "1"});
    ASSERT_EQ(profile.exit_code, 0) << profile.err;
    EXPECT_THAT(profile.out, StartsWith("Cost of the probes in 1.0"));
    EXPECT_THAT(profile.out, HasSubstr(" at sched_switch: "));
    EXPECT_THAT(profile.out, HasSubstr("█"));
    EXPECT_THAT(profile.out, HasSubstr("ns of the clock reads themselves"));
}

TEST(Profile, an_interrupt_prints_what_was_measured_so_far) {
    TSA_REQUIRE(missing_bpf());
    Program profile({"profile", "600"});
    await_signals_taken(profile);
    const Finished ended = profile.finish(SIGINT);
    ASSERT_EQ(ended.exit_code, 0) << ended.err;
    EXPECT_THAT(ended.out, HasSubstr(" s of 600.00 s; "));
}

TEST(Profile, without_privilege_says_what_is_lacking_and_who_knows_more) {
    const Finished profile = run({"profile", "1"}, true);
    EXPECT_EQ(profile.exit_code, 1);
    EXPECT_EQ(profile.out, "");
    EXPECT_THAT(profile.err, HasSubstr("rstat-tsa: profile times the scheduler probes, which do not run: "));
    EXPECT_THAT(profile.err, HasSubstr("hint: "));
    EXPECT_THAT(profile.err, HasSubstr("rstat-tsa doctor"));
}

TEST(Profile, of_procfs_and_numbers_that_are_none_are_wrong_usage) {
    EXPECT_EQ(run({"--source", "procfs", "profile"}).exit_code, 2);
    EXPECT_EQ(run({"profile", "0"}).exit_code, 2);
    EXPECT_EQ(run({"bench", "many"}).exit_code, 2);
    EXPECT_EQ(run({"bench", "0"}).exit_code, 2);
}

}  // namespace
}  // namespace tsa::test
