// SPDX-License-Identifier: MIT
// The command line: what is accepted, and the error for each mistake.
#include "cli/options.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "unit/parsed_options.h"

namespace tsa {
namespace {

using ::testing::ElementsAre;
using testing::good;
using ::testing::HasSubstr;
using testing::parse;

TEST(Options, without_arguments_it_is_the_overview) {
    const auto options = good<ScreensOptions>({});
    EXPECT_FALSE(options.tid);
    EXPECT_TRUE(options.kernel_threads);
    EXPECT_FALSE(options.tgid);
    EXPECT_EQ(good<ScreensOptions>({"-p", "12"}).tgid, 12U);
}

TEST(Options, a_number_is_the_thread_to_drill_into) {
    const auto options = good<ScreensOptions>({"4177", "--color", "never"});
    EXPECT_EQ(options.tid, 4177U);
    EXPECT_EQ(options.color, ColorMode::never);
}

TEST(Options, stat_takes_format_interval_count_targets_and_order) {
    const auto options =
        good<StatOptions>({"stat", "--json", "-i", "250", "-n", "4", "--tid", "7,8,7", "--sort", "lock", "--top", "5",
                           "--kernel-threads", "off", "--max-threads", "1000", "-o", "x.json"});
    EXPECT_EQ(options.format->key, "json");
    EXPECT_EQ(options.interval_ms, 250U);
    EXPECT_EQ(options.intervals, 4U);
    EXPECT_THAT(options.tids, ElementsAre(7, 8));
    EXPECT_EQ(options.sort, find_column("lock_wait_ns"));
    EXPECT_EQ(options.top, 5U);
    EXPECT_FALSE(options.kernel_threads);
    EXPECT_EQ(options.max_threads, 1000U);
    EXPECT_EQ(options.output_path, "x.json");
    EXPECT_EQ(good<StatOptions>({"stat", "--csv", "-p", "9"}).tgid, 9U);
}

TEST(Options, everything_after_two_dashes_is_the_command) {
    const auto options = good<StatOptions>({"stat", "--json", "--", "ls", "--json", "--", "-5", ""});
    EXPECT_THAT(options.command_line, ElementsAre("ls", "--json", "--", "-5", ""));
    EXPECT_EQ(options.format->key, "json");
}

struct Mistake {
    std::vector<const char*> arguments;
    const char* complaint;
};

TEST(Options, each_mistake_has_a_message_a_hint_and_exit_code_2) {
    const Mistake mistakes[] = {
        {{"0"}, "idle task"},
        {{"-5"}, "negative"},
        {{"stat", "-i", "-5"}, "negative"},
        {{"abc"}, "neither a thread ID nor a command"},
        {{"12x"}, "neither a thread ID nor a command"},
        {{"recrod"}, "neither a thread ID nor a command"},
        {{"4194305"}, "out of range"},
        {{"99999999999999999999999"}, "out of range"},
        {{"12", "13"}, "not expected"},
        {{"12", "-p", "3"}, "exclude each other"},
        {{"-p", "0"}, "idle task"},
        {{"-p", ""}, "empty"},
        {{"-p"}, "missing"},
        {{"-i", "0"}, "out of range"},
        {{"--", "ls"}, "only stat and record run a command"},
        {{"stat", "--taskstats", "--", "ls"}, "live threads"},
        {{"stat", "--json", "--stacks", "--", "ls"}, "live threads"},
        {{"stat", "--stacks"}, "only JSON"},
        {{"stat", "--wakers"}, "only JSON"},
        {{"stat", "--json", "--wakers", "--", "ls"}, "live threads"},
        {{"stat", "--json", "--neighbors"}, "chosen threads only"},
        {{"stat", "--neighbors", "-p", "1"}, "only JSON"},
        {{"stat", "--csv", "--stacks"}, "only JSON"},
        {{"--source", "ebpf"}, "no source"},
        {{"stat", "--source", "procfs", "--", "true"}, "needs the scheduler probes"},
        {{"doctor", "--csv"}, "--csv"},
        {{"123", "doctor"}, "before doctor"},
        {{"--kernel-threads", "maybe"}, "neither on nor off"},
        {{"--max-threads", "0"}, "out of range"},
        {{"--color", "pink"}, "not known"},
        {{"--bogus"}, "not expected"},
        {{"12", "stat"}, "before stat"},
        {{"stat", "-i", "0"}, "out of range"},
        {{"stat", "-i", "1.5"}, "not a whole number"},
        {{"stat", "-i", "fast"}, "not a whole number"},
        {{"stat", "-i", "86400001"}, "out of range"},
        {{"stat", "-n", "0"}, "out of range"},
        {{"stat", "--tid", "1,,2"}, "not a whole number"},
        {{"stat", "--tid", "1,0"}, "idle task"},
        {{"stat", "--tid", ""}, "empty"},
        {{"stat", "--sort", "nonsense"}, "no column 'nonsense'"},
        {{"stat", "--json", "--csv"}, "exclude each other"},
        {{"stat", "ls"}, "not expected"},
        {{"stat", "--"}, "no command after --"},
        {{"stat", "-p", "1", "--", "ls"}, "-- CMD"},
        {{"-i", "0", "stat", "-i", "5"}, "-i: interval in ms 0 is out of range"},
    };
    for (const Mistake& mistake : mistakes) {
        const auto parsed = parse(mistake.arguments);
        const auto* end = std::get_if<EarlyEnd>(&parsed);
        ASSERT_NE(end, nullptr) << mistake.complaint;
        EXPECT_EQ(end->code, kExitUsage) << end->text;
        EXPECT_THAT(end->text, HasSubstr(mistake.complaint));
        EXPECT_THAT(end->text, HasSubstr("\nhint: "));
        EXPECT_EQ(end->text.back(), '\n');
    }
}

TEST(Options, an_unknown_sort_key_gets_the_list) {
    const auto parsed = parse({"stat", "--sort", "exec_time"});
    const std::string text = std::get<EarlyEnd>(parsed).text;
    EXPECT_THAT(text, HasSubstr("did you mean exec_ns"));
    EXPECT_THAT(text, HasSubstr("rss_bytes"));
}

TEST(Options, help_tells_states_columns_exit_codes_and_examples) {
    const EarlyEnd overview = std::get<EarlyEnd>(parse({"--help"}));
    const EarlyEnd stat = std::get<EarlyEnd>(parse({"stat", "--help"}));
    EXPECT_EQ(overview.code, kExitOk);
    EXPECT_EQ(stat.code, kExitOk);
    for (const StateInfo& state : state_table()) {
        EXPECT_THAT(overview.text, HasSubstr(std::string(state.meaning)));
    }
    for (const Column& column : columns()) {
        EXPECT_THAT(stat.text, HasSubstr(fmt::format("\n  {} ", column.key)));
    }
    for (const std::string& text : {overview.text, stat.text}) {
        EXPECT_THAT(text, HasSubstr("Usage:"));
        EXPECT_THAT(text, HasSubstr("Exit codes:"));
        EXPECT_THAT(text, HasSubstr("Examples:"));
    }
    for (const char* word : {"record -o DIR", "replay DIR", "report DIR [DIR2]", "export DIR --chrome-trace FILE"}) {
        EXPECT_THAT(overview.text, HasSubstr(std::string("rstat-tsa ") + word));
    }
    EXPECT_EQ(std::get<EarlyEnd>(parse({"--version"})).text, "rstat-tsa 1.2.3\n");
}

}  // namespace
}  // namespace tsa
