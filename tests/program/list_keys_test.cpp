// SPDX-License-Identifier: MIT
// The keys of the overview in a real terminal, of both sets; those that draw again and that quit.
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "program/list_key_steps.h"
#include "program/screen_keys.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

class KeysOfSet : public ScreenKeys, public ::testing::WithParamInterface<std::string> {};
INSTANTIATE_TEST_SUITE_P(Sets, KeysOfSet, ::testing::Values("htop", "vim"), [](const auto& set) { return set.param; });

TEST_P(KeysOfSet, on_the_rows_of_a_process) {
    ASSERT_NO_FATAL_FAILURE(open_list(GetParam()));
    if (GetParam() == "vim") {
        press_all(kVimListSteps);
    } else {
        press_all(kHtopListSteps);
    }
    press_all(kListSteps);
    EXPECT_NE(state_letter(static_cast<std::uint32_t>(puppet().pid())), 'Z') << "no key may end what it only shows";
}

TEST_P(KeysOfSet, on_the_rows_of_the_machine) {
    ASSERT_NO_FATAL_FAILURE(open("--keys " + GetParam() + " -i 250", "threads by DELAY"));
    press_all(kMachineSteps);
}

TEST_P(KeysOfSet, that_move_and_fold) {
    ASSERT_NO_FATAL_FAILURE(open_list(GetParam(), 100, 18));
    const std::string pause = GetParam() == "vim" ? "Z" : "z";
    terminal_->keys({"Home", pause});
    ASSERT_TRUE(terminal_->await_text("PAUSED")) << terminal_->screen();
    press_all(kMoveSteps);
    if (GetParam() == "vim") {
        press_all(kVimMoveSteps);
    } else {
        press_all(kHtopMoveSteps);
    }
    terminal_->keys({"t"});
    press_all(kTreeSteps);
    if (GetParam() == "vim") {
        press_all(kVimTreeSteps);
    }
}

TEST_F(ScreenKeys, that_draw_again_and_that_quit) {
    puppet();
    for (const char* key : {"q", "F10", "C-c"}) {
        ASSERT_NO_FATAL_FAILURE(open_list("htop"));
        terminal_->key("z");
        ASSERT_TRUE(terminal_->await_text("PAUSED"));
        // As another program's output on this terminal.
        std::ofstream(terminal_->variable("pane_tty")) << "\x1b[38;1Hscribble" << std::flush;
        ASSERT_TRUE(terminal_->await_text("scribble"));
        terminal_->key("C-l");
        EXPECT_TRUE(terminal_->await_no("scribble")) << terminal_->screen();
        terminal_->key(key);
        EXPECT_TRUE(terminal_->await_text("ended 0")) << key << "\n" << terminal_->screen();
    }
}

}  // namespace
}  // namespace tsa::test
