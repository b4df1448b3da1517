// SPDX-License-Identifier: MIT
// Text on cells: hostile bytes, widths, numbers that keep to their field, and a frame that cannot be overrun.
#include "tui/text.h"

#include <gtest/gtest.h>

#include <random>

#include "tui/bars.h"
#include "tui/frame.h"
#include "unit/view_fixture.h"

namespace tsa {
namespace {

std::string shown(std::string_view bytes, bool unicode = true) {
    Frame frame(40, 1, unicode);
    frame.put(0, 0, bytes);
    return frame.line(0);
}

TEST(CellText, control_bytes_never_reach_a_cell) {
    EXPECT_EQ(shown("a\x1b[31mb"), "a\uFFFD[31mb");
    EXPECT_EQ(shown("a\nb\tc\x7f"), "a\uFFFDb\uFFFDc\uFFFD");
    EXPECT_EQ(shown("\xc2\x9b"
                    "31m"),
              "\uFFFD31m");  // CSI as one C1 character
    EXPECT_EQ(shown("a\x1b"
                    "b",
                    false),
              "a?b");
}

TEST(CellText, invalid_utf8_costs_one_replacement_per_byte) {
    EXPECT_EQ(shown("\xff\xfe"
                    "ok"),
              "\uFFFD\uFFFDok");
    EXPECT_EQ(shown("\xc0\xaf"), "\uFFFD\uFFFD");            // overlong slash
    EXPECT_EQ(shown("\xed\xa0\x80"), "\uFFFD\uFFFD\uFFFD");  // a surrogate
    EXPECT_EQ(shown("cut\xe4\xb8"), "cut\uFFFD\uFFFD");      // ends in the middle of a character
}

TEST(CellText, characters_that_reorder_or_hide_text_are_made_visible) {
    EXPECT_EQ(shown("a\u202Eb"), "a\uFFFDb");
    EXPECT_EQ(shown("a\u200Bb"), "a\uFFFDb");
}

TEST(CellText, wide_characters_take_two_cells_and_combining_marks_none) {
    EXPECT_EQ(text_width("数据库", true), 6);
    EXPECT_EQ(text_width("e\u0301x", true), 2);
    EXPECT_EQ(text_width("🔥", true), 2);
    EXPECT_EQ(text_width("数", false), 1);  // as '?'
}

TEST(CellText, a_wide_character_is_never_cut_in_half) {
    Frame frame(5, 1, true);
    EXPECT_EQ(frame.put(0, 0, "数据库"), 5);
    EXPECT_EQ(frame.line(0), "数据…");
    Frame odd(4, 1, true);
    odd.put(0, 0, "数据库");
    EXPECT_EQ(odd.line(0), "数…");
    odd.put(1, 0, "x");  // over the right half
    EXPECT_EQ(odd.line(0), " x…");
}

TEST(CellText, text_longer_than_its_field_ends_in_an_ellipsis) {
    Frame frame(20, 1, true);
    EXPECT_EQ(frame.put(2, 0, "connection-18", Role::text, 6), 8);
    EXPECT_EQ(frame.line(0), "  conne…");
}

TEST(CellText, numbers_keep_to_their_fields_from_nothing_to_the_largest) {
    std::mt19937_64 random(1);
    for (int step = 0; step < 5000; ++step) {
        const std::uint64_t value = random() >> (random() % 64);
        EXPECT_LE(text_width(format_duration(value), true), 8) << value;
        EXPECT_LE(text_width(format_bytes_short(value), true), 5) << value;
        EXPECT_LE(text_width(format_bytes(value), true), 9) << value;
    }
    for (const std::uint64_t ns : {0ULL, 999'999ULL, 1'000'000ULL, 999'999'999ULL, 9'999'999'999ULL, 119'999'999'999ULL,
                                   7'199'999'999'999ULL, 172'799'999'999'999ULL, 86'400'000'000'000ULL * 999}) {
        EXPECT_LE(text_width(format_duration(ns), true), 6) << ns;
    }
    EXPECT_EQ(format_share(99.96), "100.0");
    EXPECT_EQ(format_share(999.96), "1000");
    EXPECT_EQ(format_share(99'999.4), "99999");
    EXPECT_EQ(format_share(99'999.6), "100k");
    EXPECT_EQ(format_share(500'000), "500k");
    EXPECT_EQ(format_count(1234567), "1,234,567");
    EXPECT_EQ(format_duration(412 * test::kMs), "412 ms");
    EXPECT_EQ(format_rate(181 << 20U), "181 MiB/s");
}

TEST(CellText, backspace_removes_a_whole_character) {
    std::string text = "a数";
    drop_last_character(text);
    EXPECT_EQ(text, "a");
    drop_last_character(text);
    drop_last_character(text);
    EXPECT_EQ(text, "");
}

TEST(StackedBar, cells_add_up_to_the_width_whatever_the_parts_are) {
    std::mt19937_64 random(7);
    for (int step = 0; step < 2000; ++step) {
        PerState<double> values{};
        double total = 0;
        for (double& value : values) {
            value = static_cast<double>(random() % 1000);
            total += value;
        }
        const int width = static_cast<int>(random() % 60) + 1;
        PerPart<double> inside{};
        inside[Part::throttled] = values[index(ThreadState::cpu_wait)] * static_cast<double>(random() % 3) / 2;
        const auto parts = state_parts(values, inside, glyphs(true));
        const std::vector<int> cells = share_cells(parts, total, width);
        int sum = 0;
        for (std::size_t at = 0; at < cells.size(); ++at) {
            sum += cells[at];
            EXPECT_LT(std::abs(cells[at] - parts[at].value / total * width), 1.0);
        }
        EXPECT_EQ(sum, total > 0 ? width : 0);
    }
}

}  // namespace
}  // namespace tsa
