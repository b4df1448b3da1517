// SPDX-License-Identifier: MIT
// What a terminal sends besides keys, to the screens in a real one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "program/terminal.h"
#include "support/feature.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ScreenInput : public ::testing::Test {
  protected:
    void SetUp() override {
        TSA_REQUIRE(missing_bpf());
        TSA_REQUIRE(missing_tmux());
    }
};

TEST_F(ScreenInput, reports_answers_and_pasted_text_change_nothing) {
    Terminal terminal(120, 24);
    ASSERT_TRUE(terminal.start("-i 400", "threads by")) << terminal.screen();
    for (const char* sent :
         {"\x1b[I\x1b[O", "\x1b[24;80R", "\x1b[?64;1;2c\x1b[>0;276;0c", "\x1b[?2026;2$y",
          "\x1b]11;rgb:ffff/ffff/ffff\x1b\\", "\x1bP>|term(q)\x1b\\", "\x1b_Gq\x1b\\", "\x1b^q\x1b\\", "\x1bXq\x1b\\",
          "\x1bOI", "\x1b[200~qR[k\r\x1b[201~", "\x1b\x1b[A", "\x1b[1;3A", "\x1b[113;1:3u"}) {
        terminal.bytes(sent);
    }
    terminal.key("F1");
    ASSERT_TRUE(terminal.await_text("Moving")) << terminal.screen();
    terminal.bytes("\x1b\x1b[A");  // Alt-Up: neither Esc nor Up
    terminal.bytes("\x1b[B");
    let_pass(std::chrono::milliseconds(300));
    EXPECT_THAT(terminal.screen(), HasSubstr("where does each thread's time go"));
    terminal.key("Escape");
    ASSERT_TRUE(terminal.await_text("threads by")) << terminal.screen();
    EXPECT_THAT(terminal.lines().front(), HasSubstr("every 400 ms"));
    EXPECT_THAT(terminal.lines().front(), Not(HasSubstr("REC")));
}

TEST_F(ScreenInput, keys_of_the_kitty_protocol_and_of_the_normal_mode_do_what_they_mean) {
    Terminal terminal(120, 24);
    ASSERT_TRUE(terminal.start("-i 400", "threads by")) << terminal.screen();
    terminal.bytes("\x1b[57350u\x1b[47u");  // a separate key, then /
    ASSERT_TRUE(terminal.await_text("Search")) << terminal.screen();
    terminal.bytes("\x1b[27u");
    ASSERT_TRUE(terminal.await_no("Search:")) << terminal.screen();
    terminal.bytes("\x1b[F");  // End, as without keypad mode
    ASSERT_TRUE(terminal.await_no(" 1-")) << terminal.screen();
    terminal.bytes("\x1b[99;5u");
    EXPECT_TRUE(terminal.await_text("ended 0")) << terminal.screen();
}

}  // namespace
}  // namespace tsa::test
