// SPDX-License-Identifier: MIT
// Pages that are longer than the screen: where each key leads, and that it never leads beyond the ends.
#include "tui/scrolling.h"

#include <gtest/gtest.h>

#include <initializer_list>

namespace tsa {
namespace {

std::size_t after(Scrolling page, std::initializer_list<CursorMove> moves) {
    for (const CursorMove move : moves) {
        page.move(move);
    }
    return page.first;
}

constexpr Scrolling kPage{.first = 0, .lines = 100, .rows = 11};

TEST(Scrolling, moves_by_a_line_half_a_page_and_a_page) {
    using enum CursorMove;
    EXPECT_EQ(after(kPage, {down, down}), 2U);
    EXPECT_EQ(after(kPage, {down, down, up}), 1U);
    EXPECT_EQ(after(kPage, {page_down}), 11U);
    EXPECT_EQ(after(kPage, {page_down, half_down}), 16U);
    EXPECT_EQ(after(kPage, {page_down, half_up}), 6U);
    EXPECT_EQ(after(kPage, {last}), 89U);
    EXPECT_EQ(after(kPage, {last, page_up}), 78U);
    EXPECT_EQ(after(kPage, {last, first}), 0U);
}

TEST(Scrolling, ends_at_the_first_and_at_the_last_line) {
    using enum CursorMove;
    for (const CursorMove back : {up, page_up, half_up, first}) {
        EXPECT_EQ(after(kPage, {back}), 0U);
        EXPECT_EQ(after(kPage, {down, back, back}), 0U);
    }
    for (const CursorMove on : {down, page_down, half_down, last}) {
        EXPECT_EQ(after(kPage, {last, on}), 89U);
        EXPECT_EQ(after({.first = 0, .lines = 5, .rows = 11}, {on}), 0U) << "all fit";
        EXPECT_EQ(after({}, {on}), 0U) << "nothing was drawn yet";
    }
}

TEST(Scrolling, a_page_that_became_shorter_shows_its_last_lines) {
    const Scrolling page{.first = 89, .lines = 40, .rows = 11};
    EXPECT_EQ(page.top(), 29U);
    EXPECT_EQ(after(page, {CursorMove::up}), 28U);
}

TEST(Scrolling, a_screen_without_rows_moves_by_lines) {
    const Scrolling page{.first = 0, .lines = 40, .rows = 0};
    EXPECT_EQ(after(page, {CursorMove::page_down}), 1U);
    EXPECT_EQ(after(page, {CursorMove::half_down}), 1U);
}

}  // namespace
}  // namespace tsa
