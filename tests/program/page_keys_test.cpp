// SPDX-License-Identifier: MIT
// The keys of the pages that look closer and about the measurement, and of a replay, in a real terminal.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "program/page_key_steps.h"
#include "program/run.h"
#include "program/screen_keys.h"
#include "support/guards.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

TEST_F(ScreenKeys, on_the_pages_that_look_closer_and_about) {
    ASSERT_NO_FATAL_FAILURE(open_list("htop", 60, 12));
    press_all(kLookSteps);
    terminal_->keys({"z"});
    press_all(kAboutSteps);
}

TEST_F(ScreenKeys, of_a_replay) {
    TempDir folder;
    const std::string recording = folder.path() + "/rec";
    const Finished recorded =
        run({"record", "-o", recording, "-i", "100", "-d", "2", "-p", fmt::format("{}", puppet().pid())});
    ASSERT_EQ(recorded.exit_code, 0) << recorded.err;
    ASSERT_NO_FATAL_FAILURE(open("replay " + recording, "interval "));
    const std::string line = terminal_->line_with("interval ");
    const std::string count = std::to_string(std::atoi(line.substr(line.find(" of ") + 4).c_str()));
    ASSERT_EQ(count.size(), 2U) << line;
    names_.emplace_back("{last}", count + " of " + count);
    press_all(kReplaySteps);
    // Which moments stand out depends on what else ran.
    terminal_->key("x");
    ASSERT_TRUE(await([&] {
        const std::string screen = terminal_->screen();
        return screen.find("interval  1 of") == std::string::npos ||
               screen.find("delayed in this") != std::string::npos ||
               screen.find("after this one") != std::string::npos;
    })) << terminal_->screen();
    terminal_->keys({"B", "X"});
    EXPECT_TRUE(await([&] {
        const std::string screen = terminal_->screen();
        return screen.find("before this one") != std::string::npos ||
               screen.find("delayed in this") != std::string::npos;
    })) << terminal_->screen();
}

}  // namespace
}  // namespace tsa::test
