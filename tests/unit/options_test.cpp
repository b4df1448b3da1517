// SPDX-License-Identifier: MIT
// The command line: what is accepted, and the error for each mistake.
#include "cli/options.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <regex>
#include <sstream>

#include "cli/command_help.h"
#include "cli/help_layout.h"
#include "text/cells.h"
#include "unit/parsed_options.h"

namespace tsa {
namespace {

using ::testing::ElementsAre;
using testing::good;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::parse;

TEST(Options, without_arguments_it_is_the_overview) {
    const auto options = good<ScreensOptions>({});
    EXPECT_FALSE(options.tid);
    EXPECT_TRUE(options.kernel_threads);
    EXPECT_FALSE(options.flags.kernel_threads) << "as config.toml has it";
    EXPECT_EQ(good<ScreensOptions>({"--kernel-threads", "on"}).flags.kernel_threads, true);
    EXPECT_EQ(good<ScreensOptions>({"--kernel-threads", "off"}).flags.kernel_threads, false);
    EXPECT_FALSE(options.any());
    EXPECT_EQ(good<ScreensOptions>({"-p", "12,7"}).tgids, (std::vector<std::uint32_t>{12, 7}));
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
    EXPECT_EQ(good<StatOptions>({"stat", "--csv", "-p", "9"}).tgids, std::vector<std::uint32_t>{9});
}

TEST(Options, threads_are_chosen_alike_in_every_command) {
    const auto check = [](const ChooserOptions& options) {
        EXPECT_THAT(options.tgids, ElementsAre(1, 2));
        EXPECT_EQ(options.user, "www-data");
        EXPECT_EQ(options.comm_pattern, "ng*");
        EXPECT_EQ(options.cgroup, "/a.slice");
        EXPECT_EQ(options.unit, "nginx");
        EXPECT_EQ(options.container, "shop");
        EXPECT_TRUE(options.any() && options.has_numbers() && options.needs_places());
    };
    const std::vector<const char*> choice{"-p",       "1,2,1",    "--user", "www-data", "--comm",      "ng*",
                                          "--cgroup", "/a.slice", "--unit", "nginx",    "--container", "shop"};
    const auto with = [&](std::vector<const char*> before) {
        before.insert(before.end(), choice.begin(), choice.end());
        return before;
    };
    check(good<ScreensOptions>(with({"-i", "100"})));
    check(good<StatOptions>(with({"stat"})));
    check(good<RecordOptions>(with({"record", "-o", "x"})));
    EXPECT_EQ(good<StatOptions>({"stat", "--by", "container"}).by, GroupKey::container);
    EXPECT_EQ(good<ScreensOptions>({"--by", "user"}).by, GroupKey::user);
    EXPECT_EQ(good<ReportCommandOptions>({"report", "x", "--by", "unit"}).by, GroupKey::unit);
    EXPECT_TRUE(good<StatOptions>({"stat", "--json", "--cmdline"}).cmdline);
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

TEST(Options, a_word_that_is_no_command_is_the_name_of_a_process) {
    for (const char* word : {"postgres", "12x", "recrod"}) {
        const auto options = good<ScreensOptions>({word});
        EXPECT_EQ(options.name, word);
        EXPECT_FALSE(options.tid);
        EXPECT_THAT(options.unknown_name.message, HasSubstr("nor the name of a process"));
    }
    EXPECT_THAT(good<ScreensOptions>({"recrod"}).unknown_name.hint, HasSubstr("did you mean rstat-tsa record?"));
}

TEST(Options, each_mistake_has_a_message_a_hint_and_exit_code_2) {
    const Mistake mistakes[] = {
        {{"0"}, "idle task"},
        {{"-5"}, "negative"},
        {{"stat", "-i", "-5"}, "negative"},
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
        {{"help", "stat", "record"}, "help takes one command"},
        {{"help", "mysqld"}, "no command 'mysqld'"},
        {{"stat", "--"}, "no command after --"},
        {{"stat", "-p", "1", "--", "ls"}, "-- CMD"},
        {{"stat", "--unit", "x", "--", "ls"}, "-- CMD"},
        {{"stat", "--by", "units"}, "no groups by 'units'"},
        {{"stat", "--by", "unit", "--csv"}, "rows of threads only"},
        {{"stat", "--by", "unit", "--json", "--stacks"}, "sums threads up"},
        {{"stat", "--cmdline"}, "only JSON"},
        {{"report", "a", "b", "--by", "unit"}, "of one recording"},
        {{"waybar", "--user", "x"}, "--user"},
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

std::string text_of(const std::vector<const char*>& arguments) {
    const auto parsed = parse(arguments);
    const auto* end = std::get_if<EarlyEnd>(&parsed);
    EXPECT_TRUE(end != nullptr && end->code == kExitOk);
    return end != nullptr ? end->text : std::string();
}

TEST(Options, help_has_usage_exit_codes_and_examples) {
    for (const std::string& text : {text_of({"--help"}), text_of({"stat", "--help"})}) {
        EXPECT_THAT(text, HasSubstr("Usage: "));
        EXPECT_THAT(text, HasSubstr("\nExit codes:"));
        EXPECT_THAT(text, HasSubstr("\nExamples:"));
        EXPECT_THAT(text, HasSubstr("--help-all"));
    }
    const std::string overview = text_of({"--help"});
    for (const char* word :
         {"record -o DIR", "replay DIR", "report DIR [DIR2]", "export DIR --chrome-trace|--folded|"}) {
        EXPECT_THAT(overview, HasSubstr(std::string("rstat-tsa ") + word));
    }
    EXPECT_EQ(text_of({"--version"}), "rstat-tsa 1.2.3\n");
}

TEST(Options, help_all_has_states_and_columns_too) {
    const auto words_of = [](std::string text) { return std::regex_replace(text, std::regex("\\s+"), " "); };
    for (const std::string& text : {text_of({"--help-all"}), text_of({"stat", "--help-all"})}) {
        for (const StateInfo& state : state_table()) {
            EXPECT_THAT(words_of(text), HasSubstr(std::string(state.meaning)));
        }
    }
    for (const Column& column : columns()) {
        EXPECT_THAT(text_of({"stat", "--help-all"}), HasSubstr(fmt::format("\n  {}", column.key)));
    }
    EXPECT_THAT(text_of({"stat", "--help-all"}), HasSubstr("--max-threads"));
    EXPECT_THAT(text_of({"stat", "--help"}), Not(HasSubstr("--max-threads")));
    EXPECT_GT(text_of({"--help-all"}).size(), text_of({"--help"}).size());
}

TEST(Options, help_of_a_command_is_the_same_in_both_forms) {
    for (const CommandSpec& command : commands()) {
        const std::string name(command.name);
        EXPECT_EQ(text_of({"help", name.c_str()}), text_of({name.c_str(), "--help"}));
    }
    EXPECT_EQ(text_of({"help"}), text_of({"--help"}));
    EXPECT_EQ(text_of({"help", "help"}), text_of({"--help"}));
}

TEST(Options, every_option_has_a_line_in_help_all) {
    for (const CommandHelp& command : help_of_all()) {
        EXPECT_FALSE(command.options.empty()) << command.name;
        const std::string text = format_help(command, 80, true);
        for (const OptionHelp& option : command.options) {
            EXPECT_FALSE(option.text.empty()) << command.name << option_term(option);
            EXPECT_THAT(text, HasSubstr("\n  " + option_term(option)));
        }
    }
}

TEST(Options, essential_options_are_options_of_the_command) {
    for (const CommandHelp& command : help_of_all()) {
        const CommandSpec* const row = command.name.empty() ? &screens_command() : command_of(command.name);
        const auto named = static_cast<std::size_t>(std::ranges::count(row->essential, ' ')) + 1;
        // Beside --help and --help-all, which are in every list.
        const auto essential = static_cast<std::size_t>(std::ranges::count_if(command.options, &OptionHelp::essential));
        EXPECT_EQ(essential, named + 2) << command.name << ": an option of its list does not exist";
    }
}

TEST(Options, help_fits_into_the_terminal) {
    for (const std::size_t columns : {40U, 60U, 80U, 110U}) {
        for (const CommandHelp& command : help_of_all()) {
            std::istringstream lines(format_help(command, columns, true));
            for (std::string line; std::getline(lines, line);) {
                // A line to type is not broken, nor is a long word.
                const bool typed = line.find("rstat-tsa ") != std::string::npos ||
                                   line.find("sudo ") != std::string::npos || line.find('=') != std::string::npos;
                const std::size_t begin = std::min(line.find_first_not_of(' '), line.size());
                EXPECT_TRUE(typed || cells_of(line) <= columns || line.find(' ', begin) == std::string::npos)
                    << columns << ": " << line;
                EXPECT_FALSE(line.ends_with(' ')) << line;
            }
        }
    }
}

TEST(Options, a_typo_gets_what_was_probably_meant) {
    const std::pair<std::vector<const char*>, const char*> typos[] = {
        {{"recrod", "-o", "x"}, "did you mean rstat-tsa record?"},
        {{"docter", "--plain"}, "did you mean rstat-tsa doctor?"},
        {{"help", "repotr"}, "did you mean report?"},
        {{"stat", "--jsno"}, "did you mean --json?"},
        {{"stat", "--intervall=5"}, "did you mean --interval?"},
        {{"record", "-o", "x", "--compres"}, "did you mean --compress?"}};
    for (const auto& [arguments, hint] : typos) {
        const auto parsed = parse(arguments);
        const auto* end = std::get_if<EarlyEnd>(&parsed);
        ASSERT_NE(end, nullptr);
        EXPECT_EQ(end->code, kExitUsage);
        EXPECT_THAT(end->text, HasSubstr(std::string("hint: ") + hint));
    }
    EXPECT_THAT(good<ScreensOptions>({"mysqld"}).unknown_name.hint, Not(HasSubstr("did you mean")));
    EXPECT_THAT(std::get<EarlyEnd>(parse({"stat", "--xyzzy"})).text, Not(HasSubstr("did you mean")));
}

}  // namespace
}  // namespace tsa
