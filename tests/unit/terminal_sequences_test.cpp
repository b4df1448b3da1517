// SPDX-License-Identifier: MIT
// Sequences that the program exchanges with the terminal: its background, and its clipboard.
#include <gtest/gtest.h>

#include <string>

#include "tui/terminal/background.h"
#include "tui/terminal/clipboard.h"

namespace tsa {
namespace {

TEST(Background, the_variable_has_it_at_its_end) {
    EXPECT_EQ(is_light_by_variable("0;15"), true);
    EXPECT_EQ(is_light_by_variable("0;default;7"), true);
    EXPECT_EQ(is_light_by_variable("15;0"), false);
    EXPECT_EQ(is_light_by_variable("7;8"), false);
    for (const char* unclear : {"", "15", "15;default", "0;99"}) {
        EXPECT_EQ(is_light_by_variable(unclear), std::nullopt) << unclear;
    }
}

TEST(Background, the_answer_is_told_from_what_is_typed_meanwhile) {
    const BackgroundAnswer light = read_background("q\x1b]11;rgb:ffff/fafa/f0f0\x1b\\x\x1b[?62;22cy");
    EXPECT_EQ(light.is_light, true);
    EXPECT_TRUE(light.is_whole);
    EXPECT_EQ(light.rest, "qxy");
    const BackgroundAnswer dark = read_background("\x1b]11;rgb:1e/1e/2e\a\x1b[?6c");
    EXPECT_EQ(dark.is_light, false);
    EXPECT_TRUE(dark.is_whole);
    const BackgroundAnswer none = read_background("\x1b[?1;2c\x1b[A");
    EXPECT_EQ(none.is_light, std::nullopt);
    EXPECT_TRUE(none.is_whole);
    EXPECT_EQ(none.rest, "\x1b[A");
}

TEST(Background, every_part_of_an_answer_waits_for_the_rest) {
    const std::string whole = "\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b[?62c";
    for (std::size_t size = 1; size < whole.size(); ++size) {
        EXPECT_FALSE(read_background(whole.substr(0, size)).is_whole) << size;
    }
    EXPECT_TRUE(read_background(whole).is_whole);
    EXPECT_EQ(read_background("\x1b]11;rgb:x/y/z\a").is_light, std::nullopt);
    EXPECT_EQ(read_background("\x1b]11;\a").is_light, std::nullopt);
}

TEST(Clipboard, text_is_in_base64) {
    EXPECT_EQ(base64(""), "");
    EXPECT_EQ(base64("a"), "YQ==");
    EXPECT_EQ(base64("ab"), "YWI=");
    EXPECT_EQ(base64("abc"), "YWJj");
    EXPECT_EQ(base64("\xff\xfe\xfd\x00z"), "//79");
}

TEST(Clipboard, multiplexers_get_it_wrapped) {
    EXPECT_EQ(clipboard_sequence("abc", Multiplexer::none), "\x1b]52;c;YWJj\a");
    EXPECT_EQ(clipboard_sequence("abc", Multiplexer::tmux), "\x1b]52;c;YWJj\a\x1bPtmux;\x1b\x1b]52;c;YWJj\a\x1b\\");
    EXPECT_EQ(clipboard_sequence("abc", Multiplexer::screen), "\x1bP\x1b]52;c;YWJj\a\x1b\\");
    const std::string longer = clipboard_sequence(std::string(1000, 'x'), Multiplexer::screen);
    EXPECT_EQ(longer.find("\x1bP", 3), 2 + 512 + 2U);
    EXPECT_EQ(multiplexer_of("/tmp/tmux", "screen"), Multiplexer::tmux);
    EXPECT_EQ(multiplexer_of("", "screen.xterm-256color"), Multiplexer::screen);
    EXPECT_EQ(multiplexer_of("/tmp/tmux", "screen.tmux-256color"), Multiplexer::screen) << "screen inside tmux";
    EXPECT_EQ(multiplexer_of("", "xterm"), Multiplexer::none);
}

}  // namespace
}  // namespace tsa
