// SPDX-License-Identifier: MIT
// What the sequences of keys mean: CSI and SS3 as xterm, VT220, rxvt, the Linux console and st send them, modified keys
// of xterm (modifyOtherKeys) and of the kitty keyboard protocol, mouse reports. Pure; input_decoder.cpp finds where a
// sequence ends.
#pragma once

#include <optional>
#include <string_view>

#include "tui/keys.h"

namespace tsa {

/// A complete CSI sequence: `parameters` is what is between "ESC [" and the final byte. Nothing if it is not a key (a
/// report of focus, of the cursor, of the terminal's properties), not a press (a key was released), or unknown.
/// Key::unnamed: a key that has no use here, as those with Alt.
[[nodiscard]] std::optional<KeyEvent> key_of_csi(std::string_view parameters, char final_byte);
/// The same for "ESC O".
[[nodiscard]] std::optional<KeyEvent> key_of_ss3(std::string_view parameters, char final_byte);
/// The Linux console's F1 to F5: the byte after "ESC [ [".
[[nodiscard]] std::optional<KeyEvent> key_of_console(char final_byte);
/// A mouse report: `button` with its modifiers and motion as in xterm's protocol, less the offset of 32; column and
/// row from 1.
[[nodiscard]] std::optional<KeyEvent> key_of_mouse(unsigned button, unsigned column, unsigned row);
/// A typed character; the control characters of Tab, Enter, Esc and Backspace become those keys.
[[nodiscard]] KeyEvent key_of_character(char32_t character);

}  // namespace tsa
