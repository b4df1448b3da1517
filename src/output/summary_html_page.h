// The constant parts of the HTML report: its style and its script. The page is complete without the script, which adds
// the read-out under the pointer, series that can be switched off, sorting and searching.
#pragma once

#include <string_view>

namespace tsa {

[[nodiscard]] std::string_view html_style();
[[nodiscard]] std::string_view html_script();
/// Of html_script(), as a Content-Security-Policy names it: "sha256-...". No other script may run in the page.
[[nodiscard]] std::string_view html_script_hash();

}  // namespace tsa
