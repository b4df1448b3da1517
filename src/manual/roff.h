// SPDX-License-Identifier: MIT
// A manual page, written in the macros of man(7). Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "cli/help_part.h"

namespace tsa {

/// Text in which roff sees no requests, escapes or quotation marks, and keeps hyphens as they are typed.
[[nodiscard]] std::string roff_escaped(std::string_view text);

/// The characters beyond ASCII that pages may have, each with what is printed where the device lacks it.
inline constexpr std::pair<std::string_view, std::string_view> kRoffSubstitutes[] = {{"▒", "#"}, {"°", "deg"}};

class RoffPage {
  public:
    /// "RSTAT\-TSA" "1" "rstat-tsa 0.1.0".
    RoffPage(std::string_view name, int section, std::string_view version);

    void section(std::string_view title);
    void paragraph(std::string_view text);
    /// A name in bold, then text with that in the line after it: `term` is what one types.
    void entry(std::string_view term, std::string_view text);
    /// A line as it is typed.
    void line(std::string_view text);
    void part(const HelpPart& part);

    [[nodiscard]] const std::string& text() const { return text_; }

  private:
    std::string text_;
};

}  // namespace tsa
