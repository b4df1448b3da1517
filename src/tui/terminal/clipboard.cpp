// SPDX-License-Identifier: MIT
// See clipboard.h.
#include "tui/terminal/clipboard.h"

#include <fmt/format.h>

#include <cstddef>

namespace tsa {

Multiplexer multiplexer_of(std::string_view tmux, std::string_view term) {
    // Of screen alone, which leaves $TMUX as it is when it runs inside tmux: "screen." and the terminal around it.
    if (term.starts_with("screen.")) {
        return Multiplexer::screen;
    }
    if (!tmux.empty()) {
        return Multiplexer::tmux;
    }
    return term == "screen" || term.starts_with("screen-") ? Multiplexer::screen : Multiplexer::none;
}

std::string base64(std::string_view bytes) {
    constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const std::string_view part = bytes.substr(at, 3);
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 3; ++i) {
            bits = bits << 8U | (i < part.size() ? static_cast<unsigned char>(part[i]) : 0U);
        }
        for (std::size_t i = 0; i < 4; ++i) {
            out += i <= part.size() ? kDigits[bits >> (18 - 6 * i) & 63U] : '=';
        }
    }
    return out;
}

std::string clipboard_sequence(std::string_view text, Multiplexer multiplexer) {
    std::string plain = fmt::format("\x1b]52;c;{}\a", base64(text));
    switch (multiplexer) {
        case Multiplexer::none:
            break;
        case Multiplexer::tmux:
            // Its own buffer by the plain one (set-clipboard on), the terminal's clipboard by the wrapped one
            // (allow-passthrough on): in that, each Esc is doubled.
            return fmt::format("{}\x1bPtmux;\x1b{}\x1b\\", plain, plain);
        case Multiplexer::screen: {
            // It passes on only short sequences.
            constexpr std::size_t kMostBytes = 512;
            std::string wrapped;
            for (std::size_t at = 0; at < plain.size(); at += kMostBytes) {
                wrapped += fmt::format("\x1bP{}\x1b\\", plain.substr(at, kMostBytes));
            }
            return wrapped;
        }
    }
    return plain;
}

}  // namespace tsa
