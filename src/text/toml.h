// SPDX-License-Identifier: MIT
// toml++ as this program uses it: it returns errors and does not throw. Slow to compile: only for the files that read a
// configuration file.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "text/sanitize.h"

// Some malformed files violate what toml++ asserts (3.3), and then end in an error as they should. Its assertions must
// neither end the program nor, in a build without them, become facts for the optimizer.
#pragma push_macro("NDEBUG")
#undef NDEBUG
#define TOML_ASSERT(expr) static_assert(true)
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")

namespace tsa {

/// Error: the file is too long for its reader.
[[nodiscard]] inline Result<void> check_toml_size(std::string_view text, std::size_t max_bytes) {
    // Each dot of a key may open a table within the previous one: the parser recurses.
    constexpr std::ptrdiff_t kMaxDots = 2048;
    if (text.size() > max_bytes || std::ranges::count(text, '.') > kMaxDots) {
        return Error{"the file is too long", fmt::format("at most {} bytes, and {} dots", max_bytes, kMaxDots), 0};
    }
    return {};
}

/// What is wrong, printable. The parser's messages begin "Error while parsing key-value pair: ".
[[nodiscard]] inline std::string toml_error_words(const toml::parse_error& error) {
    constexpr std::string_view kPreamble = "Error while parsing ";
    std::string_view words = error.description();
    words.remove_prefix(words.starts_with(kPreamble) ? kPreamble.size() : 0);
    return printable(words);
}

}  // namespace tsa
