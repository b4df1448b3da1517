// SPDX-License-Identifier: MIT
// What the screens remember between two runs, and what they copy, in a real terminal.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "program/terminal.h"
#include "support/feature.h"

namespace tsa::test {
namespace {

using ::testing::HasSubstr;

std::string text_in(const std::string& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

class Remembered : public ::testing::Test {
  protected:
    void SetUp() override {
        if (const auto missing = missing_tmux()) {
            GTEST_SKIP() << *missing;
        }
    }
    /// Starts the screens, presses the keys, quits.
    void run(Terminal& terminal, std::initializer_list<const char*> keys, const std::string& arguments = "") {
        ASSERT_TRUE(terminal.start("--source procfs " + arguments, " by ", settings_)) << terminal.screen();
        for (const char* key : keys) {
            terminal.key(key);
        }
        terminal.key("q");
        ASSERT_TRUE(terminal.await_text("ended 0")) << terminal.screen();
    }
    [[nodiscard]] std::string file() const { return folder_.path() + "/rstat-tsa/config.toml"; }

    TempDir folder_;
    std::string settings_ = "XDG_CONFIG_HOME=" + folder_.path();
};

TEST_F(Remembered, keys_change_the_file_and_the_next_start) {
    Terminal terminal(100, 24);
    run(terminal, {});
    EXPECT_FALSE(std::filesystem::exists(file()));  // nothing was changed
    run(terminal, {"t", "i", "M"});
    const std::string text = text_in(file());
    EXPECT_THAT(text, HasSubstr("\nmode = \"tree\"\n"));
    EXPECT_THAT(text, HasSubstr("\nhide_idle = true\n"));
    EXPECT_THAT(text, HasSubstr("\nsort = \"rss_bytes\"\n"));
    ASSERT_TRUE(terminal.start("--source procfs", "by RSS", settings_)) << terminal.screen();
    EXPECT_THAT(terminal.screen(), HasSubstr("idle hidden"));
    terminal.key("q");
    ASSERT_TRUE(terminal.await_text("ended 0"));
    ASSERT_TRUE(terminal.start("--source procfs --sort cpu -H", "by EXEC", settings_)) << terminal.screen();
    terminal.key("q");
    ASSERT_TRUE(terminal.await_text("ended 0"));
    EXPECT_EQ(text_in(file()), text);  // options are for one run
}

TEST_F(Remembered, a_damaged_file_is_named_and_stays) {
    Terminal terminal(100, 24);
    std::filesystem::create_directories(folder_.path() + "/rstat-tsa");
    std::ofstream(file()) << "theme = \"drak\"\n";
    ASSERT_TRUE(terminal.start("--source procfs", "'drak' is not a value", settings_)) << terminal.screen();
    terminal.key("i");
    terminal.key("q");
    ASSERT_TRUE(terminal.await_text("not overwritten")) << terminal.screen();
    EXPECT_EQ(text_in(file()), "theme = \"drak\"\n");
}

TEST_F(Remembered, settings_in_the_home_of_a_user_are_the_users) {
    if (geteuid() != 0) {
        GTEST_SKIP() << "root";
    }
    constexpr uid_t kSomeone = 12345;
    ASSERT_EQ(chown(folder_.path().c_str(), kSomeone, kSomeone), 0);
    Terminal terminal(100, 24);
    run(terminal, {"i"});
    for (const std::string& path : {file(), folder_.path() + "/rstat-tsa"}) {
        struct stat found {};
        ASSERT_EQ(stat(path.c_str(), &found), 0) << path;
        EXPECT_EQ(found.st_uid, kSomeone) << path;
        EXPECT_EQ(found.st_gid, kSomeone) << path;
    }
}

TEST_F(Remembered, the_keys_of_vi_are_chosen_by_an_option) {
    Terminal terminal(100, 24);
    ASSERT_TRUE(terminal.start("--source procfs --keys vim", " by ", settings_)) << terminal.screen();
    terminal.key("g");
    EXPECT_TRUE(terminal.await_text("g:  g top")) << terminal.screen();
    terminal.key("g");
    EXPECT_TRUE(terminal.await_no("g:  g top"));
    terminal.key("q");
    ASSERT_TRUE(terminal.await_text("ended 0"));
}

/// Copies the name of the server of the terminal, where another program is between the screens and it.
void copy_name(Terminal& terminal, const std::string& settings) {
    ASSERT_TRUE(terminal.start("--source procfs --filter 'comm ~ tmux*'", " by ", settings)) << terminal.screen();
    terminal.key("y");
    ASSERT_TRUE(terminal.await_text("Copy to the clipboard")) << terminal.screen();
    terminal.key("n");
    ASSERT_TRUE(terminal.await_text("copied: name")) << terminal.screen();
    terminal.key("q");
    ASSERT_TRUE(terminal.await_text("ended 0"));
}

TEST_F(Remembered, what_is_copied_is_in_the_buffer_of_tmux) {
    Terminal terminal(100, 24);
    terminal.shell("tmux set -s set-clipboard on; tmux set -g allow-passthrough on");
    ASSERT_NO_FATAL_FAILURE(copy_name(terminal, settings_));
    terminal.shell("clear; echo \"[$(tmux show-buffer)]\"");
    EXPECT_TRUE(terminal.await_text("[tmux: server]")) << terminal.screen();
}

TEST_F(Remembered, a_tmux_passes_what_is_copied_to_the_terminal_around_it) {
    Terminal terminal(100, 24);
    terminal.shell("tmux set -s set-clipboard on");
    terminal.shell("outer=$TMUX; unset TMUX; tmux -u -f /dev/null -S $HERE/inner new-session sh");
    ASSERT_TRUE(terminal.await_text("[0] 0:")) << terminal.screen();
    terminal.shell("tmux set -s set-clipboard off; tmux set -g allow-passthrough on");
    ASSERT_NO_FATAL_FAILURE(copy_name(terminal, settings_));
    terminal.shell("exit");
    ASSERT_TRUE(terminal.await_text("[exited]")) << terminal.screen();
    terminal.shell("export TMUX=$outer; clear; echo \"[$(tmux show-buffer)]\"");
    EXPECT_TRUE(terminal.await_text("[tmux: server]")) << terminal.screen();
}

TEST_F(Remembered, screen_passes_what_is_copied_to_the_terminal_around_it) {
    if (std::system("command -v screen >/dev/null 2>&1") != 0) {
        GTEST_SKIP() << "screen";
    }
    Terminal terminal(100, 24);
    terminal.shell("tmux set -s set-clipboard on");
    terminal.shell(
        "clear; SCREENDIR=$HERE/screens; mkdir -m 700 $SCREENDIR; export SCREENDIR; screen -U -c /dev/null sh");
    terminal.shell("clear; echo inside $TERM");
    ASSERT_TRUE(terminal.await_text("inside screen")) << terminal.screen();
    ASSERT_NO_FATAL_FAILURE(copy_name(terminal, settings_));
    terminal.shell("exit");
    ASSERT_TRUE(terminal.await_text("screen is terminating")) << terminal.screen();
    terminal.shell("clear; echo \"[$(tmux show-buffer)]\"");
    EXPECT_TRUE(terminal.await_text("[tmux: server]")) << terminal.screen();
}

}  // namespace
}  // namespace tsa::test
