// SPDX-License-Identifier: MIT
// Text for cells: safe decoding of names of unknown origin, the width of a character on a terminal, and the forms of
// numbers that only screens have. Pure; no locale.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/thread.h"
#include "text/units.h"

namespace tsa {

/// One character as a terminal may show it. width 0: nothing is shown (a combining mark).
struct Glyph {
    char32_t code = U' ';
    int width = 1;
};

/// Takes the next character off `text`. Control bytes, invalid UTF-8 and invisible or direction-changing characters
/// become U+FFFD; without `unicode` everything outside printable ASCII becomes '?' (the micro sign: 'u').
[[nodiscard]] Glyph next_glyph(std::string_view& text, bool unicode);

/// Cells that `put` needs for the whole text.
[[nodiscard]] int text_width(std::string_view text, bool unicode);
/// The text in `cells`, shortened in its middle: the end of an address or a path is the most specific.
/// Keeps the first word where it leaves room for as much again. No cells: the whole text, which is for put() to leave
/// out.
[[nodiscard]] std::string cut_middle(std::string_view text, int cells, bool unicode);
/// The text on lines of at most `cells`, broken at spaces; a longer word stays whole.
[[nodiscard]] std::vector<std::string> wrap_words(std::string_view text, int cells, bool unicode);
void append_utf8(std::string& out, char32_t code);
/// Removes the last character of UTF-8 text.
void drop_last_character(std::string& text);

/// True when `text` contains `part`, ASCII letters compared without case. No allocation.
[[nodiscard]] bool contains_ignoring_case(std::string_view text, std::string_view part);

// The forms of text/units.h as strings: a frame takes both.
[[nodiscard]] inline std::string format_duration(std::uint64_t ns) {
    return std::string(short_duration_text(ns).view());
}
[[nodiscard]] inline std::string format_bytes(std::uint64_t bytes) {
    return std::string(bytes_text(bytes).view());
}
[[nodiscard]] inline std::string format_bytes_short(std::uint64_t bytes) {
    return std::string(short_bytes_text(bytes).view());
}
[[nodiscard]] inline std::string format_rate(double bytes_per_s) {
    return std::string(rate_text(bytes_per_s).view());
}
[[nodiscard]] inline std::string format_count(std::uint64_t count) {
    return std::string(count_text(count).view());
}
/// How long a thread has been in its state; marked when it began before it was watched: "≥12 m". 6 cells.
[[nodiscard]] std::string format_age(const Thread& thread, std::uint64_t now_ns, std::string_view at_least);
/// "48.1", "100.0", "3436", "500k": a percentage in five cells.
[[nodiscard]] std::string format_share(double percent);

}  // namespace tsa
