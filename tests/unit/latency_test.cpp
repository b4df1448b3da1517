// SPDX-License-Identifier: MIT
// Quantiles and histograms of the program's own cost, and their output.
#include "model/latency.h"

#include <gmock/gmock.h>

#include <vector>

#include "output/latency_json.h"
#include "output/latency_text.h"
#include "text/cells.h"
#include "tsa_latency.h"

namespace tsa {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

LatencyHistogram histogram(const std::vector<std::uint64_t>& times_ns) {
    LatencyHistogram result;
    for (const std::uint64_t ns : times_ns) {
        ++result.counts[tsa_latency_bucket(ns)];
        result.total_ns += ns;
    }
    return result;
}

TEST(Quantiles, are_the_smallest_times_that_their_share_does_not_exceed) {
    std::vector<std::uint64_t> times;
    for (std::uint64_t ns = 100; ns >= 1; --ns) {
        times.push_back(ns);
    }
    const auto result = quantiles_of(times);
    ASSERT_TRUE(result);
    EXPECT_EQ(result->avg_ns, 50.5);
    EXPECT_EQ(result->p50_ns, 50U);
    EXPECT_EQ(result->p95_ns, 95U);
    EXPECT_EQ(result->p99_ns, 99U);
    EXPECT_EQ(result->min_ns, 1U);
    EXPECT_EQ(result->max_ns, 100U);
}

TEST(Quantiles, of_one_time_are_that_time_and_of_none_are_absent) {
    std::vector<std::uint64_t> one{7};
    const auto result = quantiles_of(one);
    ASSERT_TRUE(result);
    EXPECT_EQ(result->p50_ns, 7U);
    EXPECT_EQ(result->p99_ns, 7U);
    EXPECT_FALSE(quantiles_of({}));
}

TEST(LatencyHistogram, each_time_is_within_the_bounds_of_its_bucket) {
    for (std::uint64_t ns = 1; ns < (std::uint64_t{1} << 32U); ns = ns * 3 / 2 + 1) {
        const std::size_t bucket = tsa_latency_bucket(ns);
        ASSERT_LT(bucket, LatencyHistogram::kBuckets);
        EXPECT_LE(LatencyHistogram::bucket_from_ns(bucket), ns);
        EXPECT_GT(LatencyHistogram::bucket_to_ns(bucket), ns);
    }
    EXPECT_EQ(tsa_latency_bucket(0), 0U);
    EXPECT_EQ(tsa_latency_bucket(1), 0U);
    EXPECT_EQ(tsa_latency_bucket(2), 1U);
    EXPECT_EQ(tsa_latency_bucket(3), 1U);
    EXPECT_EQ(tsa_latency_bucket(4), 2U);
    EXPECT_EQ(tsa_latency_bucket(~std::uint64_t{0}), LatencyHistogram::kBuckets - 1);
}

TEST(LatencyHistogram, has_a_count_a_mean_and_the_end_of_the_bucket_that_holds_a_quantile) {
    std::vector<std::uint64_t> times(98, 100);
    times.insert(times.end(), {200, 5000});
    const LatencyHistogram runs = histogram(times);
    EXPECT_EQ(runs.count(), 100U);
    EXPECT_EQ(runs.mean_ns(), 150.0);
    EXPECT_EQ(runs.below_ns(0.5), 128U);
    EXPECT_EQ(runs.below_ns(0.99), 256U);
    EXPECT_EQ(runs.below_ns(1.0), 8192U);
}

TEST(LatencyHistogram, without_a_run_has_neither_mean_nor_quantile) {
    EXPECT_FALSE(LatencyHistogram{}.mean_ns());
    EXPECT_FALSE(LatencyHistogram{}.below_ns(0.99));
}

TEST(LatencyHistogram, of_an_interval_is_what_was_added_in_it_and_never_negative) {
    const LatencyHistogram before = histogram({100, 100, 9});
    LatencyHistogram after = before;
    after.add(histogram({100, 3000}));
    const LatencyHistogram between = after.since(before);
    EXPECT_EQ(between.count(), 2U);
    EXPECT_EQ(between.total_ns, 3100U);
    EXPECT_EQ(before.since(after).count(), 0U);
    EXPECT_EQ(before.since(after).total_ns, 0U);
}

CostContext context() {
    return {"6.18.5", "x86_64", 2, 312};
}

BenchResult bench() {
    BenchResult result;
    result.context = context();
    result.pause_ns = 1'000'000;
    result.wanted = 1000;
    result.refreshes = 1000;
    for (std::size_t stage = 0; stage < kStageCount; ++stage) {
        result.stages[stage] = Quantiles{1230.44, 1200, 1'900'000, 2100, 900, 3'000'000'000};
    }
    return result;
}

TEST(BenchText, has_a_row_per_stage_in_aligned_columns) {
    const std::string text = bench_text(bench());
    EXPECT_THAT(text, HasSubstr("1000 refreshes, 1.00 ms apart; 312 threads from the scheduler probes; 2 CPUs, "
                                "Linux 6.18.5 x86_64\n"));
    EXPECT_THAT(text, HasSubstr("stage          avg      p50      p95      p99      min      max\n"
                                "system     1.23 µs  1.20 µs  1.90 ms  2.10 µs   900 ns   3.00 s  "));
    for (const char* stage : {"threads", "report", "format", "whole"}) {
        EXPECT_THAT(text, HasSubstr(std::string("\n") + stage));
    }
}

TEST(BenchText, reports_an_early_stop_and_omits_an_empty_table) {
    BenchResult result = bench();
    result.refreshes = 17;
    EXPECT_THAT(bench_text(result), HasSubstr("17 of 1000 refreshes"));
    result.refreshes = 0;
    result.stages = {};
    EXPECT_THAT(bench_text(result), HasSubstr("0 of 1000 refreshes"));
    EXPECT_THAT(bench_text(result), Not(HasSubstr("stage")));
}

TEST(BenchJson, has_every_stage_and_null_for_unmeasured_values) {
    BenchResult result = bench();
    result.source = Source::procfs;
    result.stages[0].reset();
    const std::string json = bench_json(result);
    EXPECT_THAT(json, HasSubstr(R"({"schema":1,"kernel":"6.18.5","architecture":"x86_64","cpus":2,"threads":312,)"
                                R"("source":"procfs","pause_ns":1000000,"wanted":1000,"refreshes":1000,"stages":[)"));
    EXPECT_THAT(json, HasSubstr(R"({"stage":"system","avg_ns":null,"p50_ns":null,)"));
    EXPECT_THAT(json, HasSubstr(R"({"stage":"whole","avg_ns":1230.4,"p50_ns":1200,"p95_ns":1900000,"p99_ns":2100,)"
                                R"("min_ns":900,"max_ns":3000000000}]})"
                                "\n"));
}

ProfileResult profile() {
    ProfileResult result;
    result.context = context();
    result.interval_ns = 2'000'000'000;
    result.wanted_ns = 2'000'000'000;
    result.empty_ns = 21.4;
    std::vector<std::uint64_t> times(30, 100);
    times.insert(times.end(), {200, 500, 500});
    result.programs.push_back({"tsa_switch", "sched_switch", histogram(times)});
    result.programs.push_back({"tsa_reclaim_begin", "mm_vmscan_direct_reclaim_begin", {}});
    result.seed = ProgramLatency{"tsa_seed", "task", histogram({900, 1100})};
    return result;
}

TEST(ProfileText, draws_each_program_that_ran_from_its_first_to_its_last_bucket) {
    const std::string text = profile_text(profile(), 80);
    EXPECT_THAT(text, HasSubstr("Cost of the probes in 2.00 s; 312 threads, 2 CPUs, Linux 6.18.5 x86_64\n"));
    EXPECT_THAT(text, HasSubstr("tsa_switch at sched_switch: 33 runs, mean 127 ns, 99 % below 512 ns, <0.001 % of one "
                                "CPU\n   64 - 127 ns  ██"));
    EXPECT_THAT(text, HasSubstr("\n  128 - 255 ns  █"));
    EXPECT_THAT(text, HasSubstr("\n  256 - 511 ns  ██"));
    EXPECT_THAT(text, HasSubstr("   1    3.0 %\n"));
    EXPECT_THAT(text, HasSubstr("  30   90.9 %\n"));
    EXPECT_THAT(text, Not(HasSubstr("  32 - ")));
    EXPECT_THAT(text, Not(HasSubstr("512 - 1023")));
}

TEST(ProfileText, has_sums_idle_programs_the_seeding_and_the_clock_cost) {
    const std::string text = profile_text(profile(), 80);
    EXPECT_THAT(text, HasSubstr("all: 33 runs, 4.20 µs total, <0.001 % of one CPU, <0.001 % of all 2 CPUs\n"));
    EXPECT_THAT(text, HasSubstr("did not run: tsa_reclaim_begin\n"));
    EXPECT_THAT(text, HasSubstr("tsa_seed once for each of 2 threads, mean 1000 ns\n"));
    EXPECT_THAT(text, HasSubstr("includes 21 ns of the clock reads"));
}

TEST(ProfileText, aligns_its_columns_within_the_width) {
    const std::string text = profile_text(profile(), 60);
    std::size_t end = 0;
    for (std::size_t begin = 0; begin < text.size(); begin = text.find('\n', begin) + 1) {
        const std::string line = text.substr(begin, text.find('\n', begin) - begin);
        if (line.find(" ns  ") == std::string::npos) {
            continue;
        }
        EXPECT_TRUE(end == 0 || cells_of(line) == end) << line;
        end = cells_of(line);
        EXPECT_LE(end, 60U);
    }
    EXPECT_GT(end, 0U);
}

TEST(ProfileText, says_when_it_was_cut_short_and_copes_with_nothing_measured) {
    ProfileResult result = profile();
    result.interval_ns = 500'000'000;
    EXPECT_THAT(profile_text(result, 80), HasSubstr("in 0.50 s of 2.00 s;"));
    const std::string nothing = profile_text({}, 80);
    EXPECT_THAT(nothing, HasSubstr("all: 0 runs"));
    EXPECT_THAT(nothing, Not(HasSubstr("the clock's own")));
}

TEST(ProfileJson, has_every_program_its_filled_buckets_and_the_sums) {
    const std::string json = profile_json(profile());
    EXPECT_THAT(json, HasSubstr(R"("interval_ns":2000000000,"wanted_ns":2000000000,"empty_ns":21.4,"programs":[)"
                                R"({"program":"tsa_switch","event":"sched_switch","runs":33,"total_ns":4200,)"
                                R"("mean_ns":127.3,"p99_below_ns":512,"cpu_pct":0.00021)"));
    EXPECT_THAT(json, HasSubstr(R"("buckets":[{"from_ns":64,"to_ns":128,"runs":30},{"from_ns":128,"to_ns":256,)"
                                R"("runs":1},{"from_ns":256,"to_ns":512,"runs":2}]})"));
    EXPECT_THAT(json, HasSubstr(R"("runs":0,"total_ns":0,"mean_ns":null,"p99_below_ns":null,"cpu_pct":0.0,)"
                                R"("buckets":[]})"));
    EXPECT_THAT(json, HasSubstr(R"("seed":{"program":"tsa_seed","event":"task","runs":2,)"));
    EXPECT_THAT(json, HasSubstr(R"("runs":33,"total_ns":4200,"cpu_pct":0.00021)"));
}

}  // namespace
}  // namespace tsa
