// The README's tables say what the program's tables say.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "base/privilege.h"
#include "model/columns.h"
#include "model/state.h"

namespace tsa {
namespace {

std::string readme() {
    std::ifstream file(std::string(RSTAT_SOURCE_DIR) + "/README.md");
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
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
