// SPDX-License-Identifier: MIT
// Keys as a terminal sends them, and their names. What a key does is said by the bindings of each page: page.h.
#pragma once

#include <cstdint>
#include <string>

namespace tsa {

enum class Key : std::uint8_t {
    none,
    character,  ///< KeyEvent::character; control keys are characters below 0x20
    up,
    down,
    left,
    right,
    page_up,
    page_down,
    home,
    end,
    enter,
    escape,
    tab,
    back_tab,
    backspace,
    del,
    f1,
    f2,
    f3,
    f4,
    f5,
    f6,
    f7,
    f8,
    f9,
    f10,
    f11,
    f12,
    insert,
    unnamed,  ///< the terminal has it, nothing here does
    click,    ///< at x, y
    wheel_up,
    wheel_down,
    resize,
};

struct KeyEvent {
    Key key = Key::none;
    char32_t character = 0;
    int x = 0, y = 0;

    bool operator==(const KeyEvent&) const = default;
};

[[nodiscard]] constexpr KeyEvent special(Key key) {
    return {key, 0, 0, 0};
}
[[nodiscard]] constexpr KeyEvent letter(char32_t character) {
    return {Key::character, character, 0, 0};
}
[[nodiscard]] constexpr KeyEvent control(char32_t character) {
    return {Key::character, character - U'@', 0, 0};
}
/// The same key, wherever the mouse is.
[[nodiscard]] constexpr bool same_key(const KeyEvent& left, const KeyEvent& right) {
    return left.key == right.key && left.character == right.character;
}

/// "F5", "t", "Ctrl-L", "Space".
[[nodiscard]] std::string key_name(const KeyEvent& key);

}  // namespace tsa
