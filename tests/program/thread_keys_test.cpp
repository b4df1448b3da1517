// SPDX-License-Identifier: MIT
// The keys of the pages of a thread, and of time by stack, in a real terminal.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "program/screen_keys.h"
#include "program/thread_key_steps.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

TEST_F(ScreenKeys, on_a_thread) {
    ASSERT_NO_FATAL_FAILURE(open_list("htop"));
    terminal_->key("Enter");
    ASSERT_TRUE(terminal_->await_text("WORST AT")) << terminal_->screen();
    press_all(kThreadSteps);
}

TEST_F(ScreenKeys, that_scroll_a_thread_and_its_wakers) {
    ASSERT_NO_FATAL_FAILURE(open(fmt::format("-i 250 {}", ::gettid()), "WORST AT", 120, 20));
    ASSERT_TRUE(await([&] { return terminal_->line_with("WAIT WAITS ON").find(" s +") != std::string::npos; }))
        << "more kinds of waits than lines\n"
        << terminal_->screen();
    press_all(kBusyThreadSteps);
    press_all(kWakerSteps);
}

TEST_F(ScreenKeys, on_the_wait_lengths_of_a_thread) {
    ASSERT_NO_FATAL_FAILURE(open(fmt::format("-i 250 {}", ::gettid()), "WORST AT", 120, 16));
    press_all(kHeatSteps);
}

TEST_F(ScreenKeys, on_the_stack_of_a_thread) {
    ASSERT_NO_FATAL_FAILURE(open_list("htop", 120, 16));
    terminal_->key("Enter");
    ASSERT_TRUE(terminal_->await_text(fmt::format("TID {} ", tid_))) << terminal_->screen();
    press_all(kStackSteps);
    press_all(kThreadStackTimesEnds);
    press_all(kBackToThread);
}

TEST_F(ScreenKeys, on_the_time_by_stack_of_a_process) {
    ASSERT_NO_FATAL_FAILURE(open_list("htop", 120, 16));
    press_all(kStackTimesEnds);
    terminal_->key("S");
    ASSERT_TRUE(terminal_->await_text("start_thread")) << terminal_->screen();
    press_all(kStackTimesSteps);
}

}  // namespace
}  // namespace tsa::test
