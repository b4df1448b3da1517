// SPDX-License-Identifier: MIT
// The command lines of `bench` and `profile`, as modes and as flags.
#include <gmock/gmock.h>

#include "cli/options.h"
#include "unit/parsed_options.h"

namespace tsa {
namespace {

using testing::good;
using ::testing::HasSubstr;
using testing::parse;

TEST(OwnCostOptions, bench_takes_a_number_of_refreshes_a_pause_and_a_source) {
    EXPECT_EQ(good<BenchOptions>({"bench"}).refreshes, kDefaultBenchRefreshes);
    const auto options = good<BenchOptions>({"bench", "60", "--json", "-i", "500", "--source", "procfs"});
    EXPECT_EQ(options.refreshes, 60U);
    EXPECT_TRUE(options.json);
    EXPECT_EQ(options.interval_ms, 500U);
    EXPECT_EQ(options.source, SourceChoice::procfs);
}

TEST(OwnCostOptions, profile_takes_a_number_of_seconds) {
    EXPECT_EQ(good<ProfileOptions>({"profile"}).seconds, kDefaultProfileSeconds);
    EXPECT_EQ(good<ProfileOptions>({"profile", "60", "--json"}).seconds, 60U);
    EXPECT_TRUE(good<ProfileOptions>({"profile", "60", "--json"}).json);
}

TEST(OwnCostOptions, both_are_flags_too) {
    EXPECT_EQ(good<BenchOptions>({"--bench", "7"}).refreshes, 7U);
    EXPECT_EQ(good<ProfileOptions>({"--profile", "3"}).seconds, 3U);
}

TEST(OwnCostOptions, each_mistake_has_a_message_a_hint_and_exit_code_2) {
    const std::pair<std::vector<const char*>, const char*> mistakes[] = {
        {{"bench", "0"}, "bench: number of refreshes 0 is out of range"},
        {{"bench", "1000001"}, "out of range"},
        {{"bench", "many"}, "not a whole number"},
        {{"bench", "5", "6"}, "not expected"},
        {{"bench", "-5"}, "negative"},
        {{"bench", "-i", "0"}, "out of range"},
        {{"bench", "--csv"}, "--csv"},
        {{"bench", "--", "ls"}, "bench does not run a command"},
        {{"-p", "1", "bench"}, "bench measures the whole machine"},
        {{"profile", "0"}, "profile: number of seconds 0 is out of range"},
        {{"profile", "1.5"}, "not a whole number"},
        {{"profile", "86401"}, "out of range"},
        {{"profile", "--source", "procfs"}, "--source"},
        {{"--source", "procfs", "profile"}, "--source procfs has none"},
        {{"-i", "5", "profile"}, "no interval"},
        {{"--bench"}, "--bench"},
        {{"--bench", ""}, "empty"},
        {{"--bench", "5", "--profile", "5"}, "alone"},
        {{"--bench", "5", "stat"}, "alone"},
        {{"12", "--bench", "5"}, "exclude each other"},
        {{"12", "bench"}, "before bench"},
    };
    for (const auto& [arguments, complaint] : mistakes) {
        const auto parsed = parse(arguments);
        const auto* end = std::get_if<EarlyEnd>(&parsed);
        ASSERT_NE(end, nullptr) << complaint;
        EXPECT_EQ(end->code, kExitUsage) << end->text;
        EXPECT_THAT(end->text, HasSubstr(complaint));
        EXPECT_THAT(end->text, HasSubstr("\nhint: "));
    }
}

TEST(OwnCostOptions, help_of_both_says_what_is_measured) {
    for (const char* mode : {"bench", "profile"}) {
        const auto parsed = parse({mode, "--help"});
        const auto* end = std::get_if<EarlyEnd>(&parsed);
        ASSERT_NE(end, nullptr);
        EXPECT_EQ(end->code, kExitOk);
        EXPECT_THAT(end->text, HasSubstr("Ctrl-C prints what was"));
        EXPECT_THAT(end->text, HasSubstr("--json"));
    }
}

}  // namespace
}  // namespace tsa
