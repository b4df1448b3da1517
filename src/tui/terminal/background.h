// SPDX-License-Identifier: MIT
// Whether the terminal's background is light: by $COLORFGBG, else by its answer to a question. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tsa {

/// Of "15;0" or "0;default;15"; absent: it does not say.
[[nodiscard]] std::optional<bool> is_light_by_variable(std::string_view colorfgbg);

/// Asks for the color of the background (OSC 11), then for what the terminal is (DA), which all answer: so a terminal
/// that does not answer the first question is not waited for.
inline constexpr std::string_view kBackgroundQuestion = "\x1b]11;?\x1b\\\x1b[c";

struct BackgroundAnswer {
    std::optional<bool> is_light;
    bool is_whole = false;  ///< nothing more will come
    std::string rest;       ///< of the bytes, without the answers: what was typed
};
[[nodiscard]] BackgroundAnswer read_background(std::string_view bytes);

}  // namespace tsa
