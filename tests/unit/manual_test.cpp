// SPDX-License-Identifier: MIT
// The manual pages and the completions: everything of the tables is in them, and roff and shells see only text.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>

#include "cli/command_help.h"
#include "manual/completions.h"
#include "manual/pages.h"
#include "manual/roff.h"
#include "model/columns.h"

namespace tsa {
namespace {

using ::testing::HasSubstr;

std::string page(const std::string& path) {
    for (const GeneratedFile& file : manual_pages("1.2.3")) {
        if (file.path == path) {
            return file.text;
        }
    }
    ADD_FAILURE() << "no page " << path;
    return {};
}

TEST(Manual, text_is_only_text_for_roff) {
    EXPECT_EQ(roff_escaped(".TH"), "\\&.TH");
    EXPECT_EQ(roff_escaped("'x'"), "\\(aqx\\(aq");
    EXPECT_EQ(roff_escaped("a\\b --c"), "a\\eb \\-\\-c");
    EXPECT_EQ(roff_escaped("\"~^`"), "\\(dq\\(ti\\(ha\\(ga");
    EXPECT_EQ(roff_escaped("▒ 1 µs"), "\\[u2592] 1 \\[u00B5]s");
}

TEST(Manual, each_command_has_a_page_with_each_of_its_options) {
    for (const CommandHelp& command : help_of_all()) {
        const std::string name = command.name.empty() ? "rstat-tsa" : "rstat-tsa-" + command.name;
        const std::string text = page(fmt::format("man1/{}.1", name));
        for (const char* section : {".SH NAME", ".SH SYNOPSIS", ".SH OPTIONS", ".SH EXIT CODES", ".SH SEE ALSO"}) {
            EXPECT_THAT(text, HasSubstr(section)) << name;
        }
        for (const OptionHelp& option : command.options) {
            EXPECT_THAT(text, HasSubstr("\\fB" + roff_escaped(option_term(option)) + "\\fR"));
        }
        EXPECT_THAT(text, HasSubstr("1.2.3"));
    }
}

TEST(Manual, the_page_of_columns_has_every_column) {
    const std::string text = page("man5/rstat-tsa-columns.5");
    for (const Column& column : columns()) {
        EXPECT_THAT(text, HasSubstr(fmt::format("\\fB{}\\fR", column.key)));
    }
    EXPECT_THAT(text, HasSubstr("\\fBpsi_cpu_some_pct\\fR"));
    EXPECT_THAT(page("man5/rstat-tsa-config.5"), HasSubstr("cpu\\-high"));
}

TEST(Manual, each_character_that_ascii_lacks_has_a_substitute) {
    int characters = 0;
    for (const GeneratedFile& file : manual_pages("1.2.3")) {
        for (std::size_t at = file.text.find("\\[u"); at != std::string::npos; at = file.text.find("\\[u", at + 1)) {
            const std::string escape = file.text.substr(at, file.text.find(']', at) + 1 - at);
            EXPECT_THAT(file.text, HasSubstr(".fchar " + escape + " ")) << file.path;
            ++characters;
        }
    }
    EXPECT_GT(characters, 0);
}

TEST(Manual, no_line_of_text_begins_with_a_request) {
    for (const GeneratedFile& file : manual_pages("1")) {
        std::size_t begin = 0;
        for (std::size_t end = 0; (end = file.text.find('\n', begin)) != std::string::npos; begin = end + 1) {
            const std::string line = file.text.substr(begin, end - begin);
            EXPECT_FALSE(line.starts_with('\'')) << file.path << ": " << line;
            if (line.starts_with('.')) {
                EXPECT_TRUE(line.starts_with(".TH ") || line.starts_with(".SH ") || line == ".PP" || line == ".TP" ||
                            line == ".br" || line == ".nh" || line == ".ad l" || line == ".ds AD l" ||
                            line.starts_with(".fchar "))
                    << file.path << ": " << line;
            }
        }
    }
}

TEST(Completions, each_shell_knows_every_command_and_option) {
    const std::vector<CommandHelp> commands = help_of_all();
    const std::string bash = bash_completion(commands), zsh = zsh_completion(commands),
                      fish = fish_completion(commands);
    for (const CommandHelp& command : commands) {
        for (const std::string& script : {bash, zsh, fish}) {
            EXPECT_THAT(script, HasSubstr(command.name));
        }
        for (const OptionHelp& option : command.options) {
            for (const std::string& flag : option.flags) {
                EXPECT_THAT(bash, HasSubstr(flag));
                EXPECT_THAT(zsh, HasSubstr(flag));
                EXPECT_THAT(fish,
                            HasSubstr(flag.starts_with("--") ? " -l " + flag.substr(2) : " -s " + flag.substr(1)));
            }
        }
    }
}

TEST(Completions, values_are_completed_by_what_they_are) {
    const auto kind = [](const char* flag, const char* value) {
        return completion_of(
            {flag[0] == 0 ? std::vector<std::string>{} : std::vector<std::string>{flag}, value, "", false, true});
    };
    EXPECT_EQ(kind("--pid", "PID"), Completes::process);
    EXPECT_EQ(kind("", "TID"), Completes::thread);
    EXPECT_EQ(kind("--sort", "KEY"), Completes::column);
    EXPECT_EQ(kind("", "DIR"), Completes::recording);
    EXPECT_EQ(kind("--output", "DIR"), Completes::directory);
    EXPECT_EQ(kind("--color", "auto|never"), Completes::choices);
    EXPECT_EQ(kind("--interval", "MS"), Completes::nothing);
    EXPECT_EQ(choices_of({{"--color"}, "auto|never", "", false, true}), (std::vector<std::string>{"auto", "never"}));
    const std::vector<std::string> keys = choices_of({{"--sort"}, "KEY", "", false, true});
    EXPECT_TRUE(std::ranges::count(keys, "io_wait_ns") == 1 && std::ranges::count(keys, "delay") == 1);
}

}  // namespace
}  // namespace tsa
