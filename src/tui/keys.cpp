// SPDX-License-Identifier: MIT
// See keys.h.
#include "tui/keys.h"

#include <array>
#include <string_view>

#include "tui/text.h"

namespace tsa {
namespace {

std::string_view special_name(Key key) {
    static constexpr std::array<std::string_view, 34> kNames{
        "",    "",          "Up",        "Down", "Left",   "Right", "PgUp", "PgDn", "Home", "End", "Enter", "Esc",
        "Tab", "Shift-Tab", "Backspace", "Del",  "F1",     "F2",    "F3",   "F4",   "F5",   "F6",  "F7",    "F8",
        "F9",  "F10",       "F11",       "F12",  "Insert", "",      "",     "",     "",     ""};
    return kNames[static_cast<std::size_t>(key)];
}

}  // namespace

std::string key_name(const KeyEvent& key) {
    if (key.key != Key::character) {
        return std::string(special_name(key.key));
    }
    if (key.character == U' ') {
        return "Space";
    }
    std::string name;
    if (key.character < 0x20) {
        name = "Ctrl-";
        append_utf8(name, key.character + U'@');
    } else {
        append_utf8(name, key.character);
    }
    return name;
}

}  // namespace tsa
