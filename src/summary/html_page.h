// SPDX-License-Identifier: MIT
// The constant parts of the HTML report: its style and its script. The page is complete without the script, which adds
// values under the pointer, series that can be switched off, sorting and searching.
#pragma once

#include <fmt/format.h>

#include <string_view>

namespace tsa {

/// Appends the style sheet. The states' hues are those of the screens (warm for delays, green for exec, dim for idle);
/// neighbors in the chart differ in lightness too, so that they can be distinguished without color.
void put_html_style(fmt::memory_buffer& out);
[[nodiscard]] std::string_view html_script();
/// The hash of html_script() for the Content-Security-Policy: "sha256-...". No other script may run in the page.
[[nodiscard]] std::string_view html_script_hash();

}  // namespace tsa
