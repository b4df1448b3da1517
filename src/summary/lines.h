// Lines of the reports in text: heads, cells, words that break at the width. Used by summary_text.cpp and
// summary_change_text.cpp only.
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

    /// A title in capitals with an empty line before it; bold with color. `words`: behind it, plain.
    void head(std::string_view title, std::string_view words);
    /// A cell of the line that is being made.
    void left(std::string_view text, std::size_t cells) { put_left(line_, text, cells); }
    void right(std::string_view text, std::size_t cells) { put_right(line_, text, cells); }
    void add(std::string_view text) { put(line_, text); }
    /// Ends the line: cut to the width, without blanks at its end.
    void end();
    /// Words of any length as lines of the width, the first one after `first`, the others indented as far.
    void wrapped(std::string_view first, std::string_view words);
    /// The same with things that stay whole, and `between` them.
    void listed(std::string_view first, const std::vector<std::string>& things, std::string_view between);

    [[nodiscard]] std::string take();

  private:
    std::size_t width_;
    bool color_;
    fmt::memory_buffer out_, line_;
};

/// Made printable, words joined by blanks.
[[nodiscard]] std::string words_of(const std::vector<std::string>& words, std::string_view between);
/// "host vm   Linux 6.18.44 x86_64   2 CPUs   probes".
[[nodiscard]] std::string machine_words(const Summary& summary, const SummaryContext& context);
/// "2026-11-21 14:05:31 to 2026-11-21 14:15:31 UTC+01:00: 10m00s in 600 intervals of 1.00 s".
[[nodiscard]] std::string time_words(const Summary& summary, const SummaryContext& context);
/// What is not complete, in words; empty: all is there.
[[nodiscard]] std::string loss_words(const Summary& summary);

}  // namespace tsa
