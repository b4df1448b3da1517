// SPDX-License-Identifier: MIT
// Keys, and what is seen on the screen after them: rows of the tests of all keys.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/concat.h"

namespace tsa::test {

/// What is seen after keys. "text": it appears; "!text": it is no longer there; "~": the screen differs; "=": it is
/// again as it was before the last "~"; "": nothing is looked for, the keys prepare the next row.
struct Step {
    std::string_view keys;  ///< as tmux calls them, with spaces between; the last one is that which the row is about
    std::string_view seen;
    std::string_view undo{};  ///< keys after which what appeared is gone; "": it goes by itself, or stays
};

inline constexpr std::string_view kEsc = "Escape";

/// The moves of a list and back, from the top of a paused one: a line, a page, its ends.
inline constexpr std::array kLineMoves = std::to_array<Step>({
    {"Down", "~"},
    {"Up", "="},
    {"j", "~"},
    {"k", "="},
    {"C-n", "~"},
    {"C-p", "="},
});
inline constexpr std::array kPageMoves = std::to_array<Step>({
    {"NPage", "~"},
    {"PPage", "="},
    {"C-f", "~"},
    {"C-b", "="},
});
inline constexpr std::array kHalfMoves = std::to_array<Step>({
    {"C-d", "~"},
    {"C-u", "="},
});
inline constexpr std::array kEndMoves = std::to_array<Step>({
    {"End", "~"},
    {"Home", "="},
    {"G", "~"},
    {"g", "="},
});
inline constexpr auto kAllMoves = concat(kLineMoves, kPageMoves, kHalfMoves, kEndMoves);

/// "g l" as two keys.
[[nodiscard]] std::vector<std::string> words_of(std::string_view keys);

}  // namespace tsa::test
