// SPDX-License-Identifier: MIT
// Lines of the text reports: titles, cells, text wrapped at the width. Used by text.cpp and change_text.cpp only.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "summary/context.h"
#include "summary/summary.h"
#include "text/cells.h"

namespace tsa {

class SummaryLines {
  public:
    SummaryLines(std::size_t width, bool color) : width_(width), color_(color) {}

    /// A title in capitals with an empty line before it; bold with color. `words`: after it, plain.
    void head(std::string_view title, std::string_view words);
    /// Appends a cell to the current line.
    void left(std::string_view text, std::size_t cells) { put_left(line_, text, cells); }
    void right(std::string_view text, std::size_t cells) { put_right(line_, text, cells); }
    void add(std::string_view text) { put(line_, text); }
    /// Ends the line: cut to the width, without trailing spaces.
    void end();
    /// Text of any length, wrapped at the width; the first line starts with `first`, the others are indented by its
    /// width.
    void wrapped(std::string_view first, std::string_view words);
    /// The same for items that are not broken, with `between` between them.
    void listed(std::string_view first, const std::vector<std::string>& things, std::string_view between);

    [[nodiscard]] std::string take();

  private:
    std::size_t width_;
    bool color_;
    fmt::memory_buffer out_, line_;
};

/// Made printable, words joined by spaces.
[[nodiscard]] std::string words_of(const std::vector<std::string>& words, std::string_view between);
/// "host vm   Linux 6.18.44 x86_64   2 CPUs   probes".
[[nodiscard]] std::string machine_words(const Summary& summary, const SummaryContext& context);
/// "2026-11-21 14:05:31 to 2026-11-21 14:15:31 UTC+01:00: 10m00s in 600 intervals of 1.00 s".
[[nodiscard]] std::string time_words(const Summary& summary, const SummaryContext& context);
/// What is incomplete, as text; empty: nothing.
[[nodiscard]] std::string loss_words(const Summary& summary);

}  // namespace tsa
