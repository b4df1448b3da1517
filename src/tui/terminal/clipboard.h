// SPDX-License-Identifier: MIT
// Text for the clipboard of the terminal that shows the screens, wherever the program runs: the sequence OSC 52. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tsa {

/// What is between the program and the terminal; it passes the sequence on in a wrapping of its kind.
enum class Multiplexer : std::uint8_t { none, tmux, screen };
/// By $TMUX and $TERM.
[[nodiscard]] Multiplexer multiplexer_of(std::string_view tmux, std::string_view term);

[[nodiscard]] std::string base64(std::string_view bytes);
/// Sets the clipboard to the text.
[[nodiscard]] std::string clipboard_sequence(std::string_view text, Multiplexer multiplexer);

}  // namespace tsa
