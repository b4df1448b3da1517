// SPDX-License-Identifier: MIT
// The documents agree with the program's tables, and every command line in them is one that the program accepts.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <string>

#include "base/privilege.h"
#include "model/columns.h"
#include "model/state.h"
#include "output/system_json.h"
#include "support/document_commands.h"
#include "unit/document.h"
#include "unit/parsed_options.h"

namespace tsa {
namespace {

constexpr const char* kSchema = "docs/schema.md";

/// A table of one object of JSON; columns side by side that have the same words share a line.
std::string table_of(SystemGroup group, const std::string& object) {
    std::string text = "| key in `" + object + "` | meaning |\n|---|---|\n";
    std::string_view help;
    for (const SystemColumn& column : system_columns()) {
        if (column.group != group) {
            continue;
        }
        const std::string key = "`" + std::string(json_key(column)) + "`";
        if (column.help == help) {
            text.insert(text.rfind(" | "), ", " + key);
        } else {
            text += "| " + key + " | " + std::string(column.help) + " |\n";
        }
        help = column.help;
    }
    return text;
}

std::string table_of(std::span<const Column> columns) {
    std::string text = "| key | meaning |\n|---|---|\n";
    for (const Column& column : columns) {
        text += "| `" + std::string(column.key) + "` | " + std::string(column.help) + " |\n";
    }
    return text;
}

TEST(Documents, the_schema_has_every_column_of_the_threads_in_the_words_of_their_table) {
    test::expect_made(kSchema, "columns", table_of(columns()));
    test::expect_made(kSchema, "process_columns", table_of(process_columns()));
}

TEST(Documents, the_schema_has_the_numbers_of_the_machine_in_the_words_of_their_table) {
    test::expect_made(kSchema, "system", table_of(SystemGroup::system, "system"));
    test::expect_made(kSchema, "health", table_of(SystemGroup::health, "health"));
    test::expect_made(kSchema, "own", table_of(SystemGroup::own, "own"));
}

std::string_view name_of(int capability) {
    const auto* info = std::ranges::find(kCapabilities, capability, &CapabilityInfo::number);
    return info != kCapabilities.end() ? info->name : "?";
}

TEST(Documents, the_capabilities_are_explained_in_the_words_of_their_table) {
    std::string granted = "| capability | what it does | without it |\n|---|---|---|\n";
    for (const CapabilityInfo& one : kCapabilities) {
        if (one.granted) {
            granted += fmt::format("| `{}` | {} | {} |\n", one.name, one.use, one.cost);
        }
    }
    test::expect_made("docs/install.md", "capabilities", granted);
    std::string kept = "| for | keeps | in |\n|---|---|---|\n";
    for (const PrivilegeUseInfo& use : kPrivilegeUses) {
        std::string names;
        for (const int capability : capabilities_for(use.use)) {
            names += fmt::format("{}`{}`", names.empty() ? "" : ", ", name_of(capability));
        }
        kept += fmt::format("| {} | {} | {} |\n", use.what, names, use.by);
    }
    test::expect_made("docs/install.md", "kept", kept);
}

TEST(Documents, the_capabilities_are_those_of_help_and_hints) {
    EXPECT_NE(test::document("docs/install.md").find(RSTAT_SETCAP), std::string::npos);
}

TEST(Documents, every_state_is_explained_in_the_words_of_the_state_table) {
    for (const char* path : {"README.md", "docs/states.md"}) {
        const std::string text = test::document(path);
        for (const StateInfo& state : state_table()) {
            const std::string row = "| " + std::string(state.head) + " | `" + std::string(state.key) + "` | " +
                                    std::string(state.meaning) + " |";
            EXPECT_NE(text.find(row), std::string::npos) << path << ": " << row;
        }
    }
}

TEST(Documents, the_readme_fits_on_a_few_screens) {
    const std::string text = test::document("README.md");
    ASSERT_FALSE(text.empty());
    EXPECT_LE(std::ranges::count(text, '\n'), 160);
}

TEST(Documents, the_program_accepts_every_command_line_in_them) {
    const std::vector<test::DocumentedCommand> commands = test::documented_commands();
    ASSERT_GT(commands.size(), 50U);
    for (const test::DocumentedCommand& command : commands) {
        std::vector<const char*> arguments;
        std::ranges::transform(command.words, std::back_inserter(arguments), &std::string::c_str);
        const auto parsed = testing::parse(arguments);
        const auto* end = std::get_if<EarlyEnd>(&parsed);
        EXPECT_TRUE(end == nullptr || end->code == kExitOk) << command.place << ": " << end->text;
    }
}

TEST(Documents, command_lines_are_found_as_a_shell_reads_them) {
    EXPECT_EQ(test::words_of("rstat-tsa record -o - --comm 'nginx*' | head"),
              (std::vector<std::string>{"rstat-tsa", "record", "-o", "-", "--comm", "nginx*"}));
    EXPECT_EQ(test::words_of("a \"b c\" ''"), (std::vector<std::string>{"a", "b c", ""}));
    EXPECT_EQ(test::command_in_block("sudo rstat-tsa stat -n 1   once"), "rstat-tsa stat -n 1");
    EXPECT_EQ(test::command_in_block("cmake --preset release"), "");
}

}  // namespace
}  // namespace tsa
