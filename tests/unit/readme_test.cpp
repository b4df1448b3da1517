// SPDX-License-Identifier: MIT
// The README's tables say what the program's tables say.
#include <gtest/gtest.h>

#include <string>

#include "base/privilege.h"
#include "model/columns.h"
#include "model/state.h"
#include "output/system_json.h"
#include "unit/document.h"

namespace tsa {
namespace {

std::string readme() {
    return test::document("README.md");
}

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

TEST(Readme, explains_the_numbers_of_the_machine_in_the_words_of_their_table) {
    test::expect_made("README.md", "system", table_of(SystemGroup::system, "system"));
    test::expect_made("README.md", "health", table_of(SystemGroup::health, "health"));
    test::expect_made("README.md", "own", table_of(SystemGroup::own, "own"));
}

TEST(Readme, explains_every_column_in_the_words_of_the_column_table) {
    const std::string text = readme();
    ASSERT_FALSE(text.empty());
    for (const Column& column : columns()) {
        const std::string row = "| `" + std::string(column.key) + "` | " + std::string(column.help) + " |";
        EXPECT_NE(text.find(row), std::string::npos) << row;
    }
}

TEST(Readme, names_the_capabilities_that_help_and_hints_name) {
    EXPECT_NE(readme().find(RSTAT_SETCAP), std::string::npos);
}

TEST(Readme, explains_every_state_in_the_words_of_the_state_table) {
    const std::string text = readme();
    for (const StateInfo& state : state_table()) {
        const std::string row = "| " + std::string(state.head) + " | `" + std::string(state.key) + "` | " +
                                std::string(state.meaning) + " |";
        EXPECT_NE(text.find(row), std::string::npos) << row;
    }
}

}  // namespace
}  // namespace tsa
