// SPDX-License-Identifier: MIT
// See key_codes.h.
#include "tui/terminal/key_codes.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>

namespace tsa {
namespace {

/// Modifiers of a key, as the bits of xterm's and kitty's parameter less 1.
enum Modifier : unsigned { shift = 1, control_key = 4, caps_lock = 64, num_lock = 128 };
constexpr unsigned kReleased = 3;  ///< kitty's event type

struct LetterKey {
    char final_byte;
    Key key;
};
// R is only in SS3: as a CSI it is the report of the cursor's position.
constexpr LetterKey kLetterKeys[] = {{'A', Key::up},  {'B', Key::down}, {'C', Key::right},   {'D', Key::left},
                                     {'F', Key::end}, {'H', Key::home}, {'E', Key::unnamed}, {'P', Key::f1},
                                     {'Q', Key::f2},  {'S', Key::f4},   {'Z', Key::back_tab}};

struct NumberKey {
    unsigned number;
    Key key;
};
constexpr NumberKey kTildeKeys[] = {
    {1, Key::home}, {2, Key::insert}, {3, Key::del},     {4, Key::end}, {5, Key::page_up}, {6, Key::page_down},
    {7, Key::home}, {8, Key::end},    {11, Key::f1},     {12, Key::f2}, {13, Key::f3},     {14, Key::f4},
    {15, Key::f5},  {17, Key::f6},    {18, Key::f7},     {19, Key::f8}, {20, Key::f9},     {21, Key::f10},
    {23, Key::f11}, {24, Key::f12},   {29, Key::unnamed}};
/// Of the kitty protocol: the keypad without Num Lock.
constexpr NumberKey kKittyKeys[] = {{57414, Key::enter},     {57417, Key::left}, {57418, Key::right},
                                    {57419, Key::up},        {57420, Key::down}, {57421, Key::page_up},
                                    {57422, Key::page_down}, {57423, Key::home}, {57424, Key::end},
                                    {57425, Key::insert},    {57426, Key::del}};
constexpr unsigned kKittyKeypad = 57399;  ///< its 0; the following characters are in order
constexpr std::string_view kKittyKeypadText = "0123456789./*-+";
/// The private use area: keys without a character.
constexpr char32_t kPrivateFirst = 0xe000, kPrivateLast = 0xf8ff;

/// The keypad in application mode: SS3 and one of these.
constexpr std::string_view kKeypadFinals = "pqrstuvwxyjklmnoX";
constexpr std::string_view kKeypadText = "0123456789*+,-./=";

/// "1;5:2" as numbers: parameter and sub-parameter, each 0 where absent.
class Parameters {
  public:
    static constexpr std::size_t kMost = 4;

    explicit Parameters(std::string_view text) {
        std::size_t at = 0, sub = 0;
        for (const char c : text) {
            if (c == ';' || c == ':') {
                at += c == ';' ? 1 : 0;
                sub = c == ';' ? 0 : sub + 1;
            } else if (c < '0' || c > '9') {
                valid_ = false;
            } else if (at < kMost && sub < kMost) {
                unsigned& value = values_[at][sub];
                value = std::min(value * 10 + static_cast<unsigned>(c - '0'), kLargest);
            }
        }
        count_ = text.empty() ? 0 : at + 1;
    }

    [[nodiscard]] bool valid() const { return valid_; }
    [[nodiscard]] std::size_t count() const { return count_; }
    [[nodiscard]] unsigned at(std::size_t parameter, std::size_t sub = 0) const { return values_[parameter][sub]; }
    /// Of the second parameter: 0 where it is absent. The locks are not modifiers here.
    [[nodiscard]] unsigned modifiers() const {
        const unsigned given = std::max(at(1), 1U) - 1;
        return given & ~static_cast<unsigned>(caps_lock | num_lock);
    }
    [[nodiscard]] bool released() const { return at(1, 1) == kReleased; }

  private:
    static constexpr unsigned kLargest = 0x11'0000;  ///< more than any character
    std::array<std::array<unsigned, kMost>, kMost> values_{};
    std::size_t count_ = 0;
    bool valid_ = true;
};

std::optional<KeyEvent> with_modifiers(Key key, const Parameters& parameters) {
    if (parameters.released()) {
        return std::nullopt;
    }
    const unsigned modifiers = parameters.modifiers();
    if (modifiers == shift && key == Key::tab) {
        return special(Key::back_tab);
    }
    return special(modifiers == 0 || key == Key::back_tab ? key : Key::unnamed);
}

bool is_character(char32_t code) {
    const bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
    const bool surrogate = code >= 0xd800 && code < 0xe000;
    return !control && !surrogate && code <= 0x10ffff && (code < kPrivateFirst || code > kPrivateLast);
}

/// Control and a character, as a terminal without such a protocol sends it.
KeyEvent with_control(char32_t code) {
    const char32_t upper = code >= U'a' && code <= U'z' ? code - U'a' + U'A' : code;
    return upper >= U'@' && upper <= U'_' ? key_of_character(upper - U'@') : special(Key::unnamed);
}

/// `shifted`: what the key types with Shift; 0: not reported.
KeyEvent typed_with(char32_t code, char32_t shifted, unsigned modifiers) {
    if (modifiers == control_key) {
        return with_control(code);
    }
    if (modifiers == shift) {
        const bool is_letter = code >= U'a' && code <= U'z';
        const char32_t upper = shifted != 0 ? shifted : is_letter ? code - U'a' + U'A' : code;
        return is_character(upper) ? key_of_character(upper) : special(Key::unnamed);
    }
    return modifiers == 0 ? key_of_character(code) : special(Key::unnamed);
}

/// A key of the kitty protocol or of modifyOtherKeys by its number.
std::optional<KeyEvent> coded_key(unsigned code, char32_t shifted, const Parameters& parameters) {
    if (parameters.released()) {
        return std::nullopt;
    }
    const KeyEvent plain = key_of_character(code);
    if (plain.key != Key::character) {
        return with_modifiers(plain.key, parameters);
    }
    const auto* const found = std::ranges::find(kKittyKeys, code, &NumberKey::number);
    if (found != std::end(kKittyKeys)) {
        return with_modifiers(found->key, parameters);
    }
    if (code >= kKittyKeypad && code < kKittyKeypad + kKittyKeypadText.size()) {
        return typed_with(static_cast<char32_t>(kKittyKeypadText[code - kKittyKeypad]), 0, parameters.modifiers());
    }
    return is_character(code) ? std::optional(typed_with(code, shifted, parameters.modifiers())) : std::nullopt;
}

std::optional<KeyEvent> tilde_key(const Parameters& parameters) {
    constexpr unsigned kOtherKey = 27;  // modifyOtherKeys: "27;modifiers;code"
    if (parameters.at(0) == kOtherKey && parameters.count() == 3) {
        return coded_key(parameters.at(2), 0, parameters);
    }
    const auto* const found = std::ranges::find(kTildeKeys, parameters.at(0), &NumberKey::number);
    if (found != std::end(kTildeKeys)) {
        return with_modifiers(found->key, parameters);
    }
    constexpr unsigned kFirstShifted = 25, kLastShifted = 34;  // F13 to F20 of a VT220
    const bool beyond_f12 = parameters.at(0) >= kFirstShifted && parameters.at(0) <= kLastShifted;
    return beyond_f12 ? std::optional(special(Key::unnamed)) : std::nullopt;
}

std::optional<KeyEvent> letter_key(char final_byte, const Parameters& parameters) {
    const auto* const found = std::ranges::find(kLetterKeys, final_byte, &LetterKey::final_byte);
    return found != std::end(kLetterKeys) ? with_modifiers(found->key, parameters) : std::nullopt;
}

/// xterm's "<button;column;row" and, by its final byte, whether the button was pressed.
std::optional<KeyEvent> sgr_mouse(std::string_view text, char final_byte) {
    const Parameters parameters(text);
    if (final_byte != 'M' || !parameters.valid() || parameters.count() != 3) {
        return std::nullopt;
    }
    return key_of_mouse(parameters.at(0), parameters.at(1), parameters.at(2));
}

/// rxvt's: "button;column;row" with the offset of 32.
std::optional<KeyEvent> rxvt_mouse(const Parameters& parameters) {
    constexpr unsigned kOffset = 32;
    if (parameters.count() != 3 || parameters.at(0) < kOffset) {
        return std::nullopt;
    }
    return key_of_mouse(parameters.at(0) - kOffset, parameters.at(1), parameters.at(2));
}

}  // namespace

KeyEvent key_of_character(char32_t character) {
    switch (character) {
        case U'\r':
        case U'\n':
            return special(Key::enter);
        case U'\t':
            return special(Key::tab);
        case 0x1b:
            return special(Key::escape);
        case 0x7f:
        case 0x08:
            return special(Key::backspace);
        default:
            return letter(character);
    }
}

std::optional<KeyEvent> key_of_mouse(unsigned button, unsigned column, unsigned row) {
    constexpr unsigned kMotion = 32, kModifiers = 4 | 8 | 16;
    if (column == 0 || row == 0 || (button & kMotion) != 0) {
        return std::nullopt;
    }
    KeyEvent event{Key::none, 0, static_cast<int>(column) - 1, static_cast<int>(row) - 1};
    switch (button & ~kModifiers) {
        case 0:
            event.key = Key::click;
            return event;
        case 64:
            event.key = Key::wheel_up;
            return event;
        case 65:
            event.key = Key::wheel_down;
            return event;
        default:
            return std::nullopt;
    }
}

std::optional<KeyEvent> key_of_csi(std::string_view parameters, char final_byte) {
    if (parameters.starts_with('<')) {
        return sgr_mouse(parameters.substr(1), final_byte);
    }
    const Parameters numbers(parameters);
    if (!numbers.valid()) {
        return std::nullopt;
    }
    switch (final_byte) {
        case '~':
            return tilde_key(numbers);
        case 'u':
            return coded_key(numbers.at(0), numbers.at(0, 1), numbers);
        case 'M':
            return rxvt_mouse(numbers);
        default:
            break;
    }
    constexpr std::string_view kRxvtModified = "^$@", kRxvtArrows = "abcd";
    const std::string_view modified = numbers.count() == 0 ? kRxvtArrows : kRxvtModified;
    return modified.find(final_byte) != std::string_view::npos ? std::optional(special(Key::unnamed))
                                                               : letter_key(final_byte, numbers);
}

std::optional<KeyEvent> key_of_ss3(std::string_view parameters, char final_byte) {
    const Parameters numbers(parameters);
    if (!numbers.valid()) {
        return std::nullopt;
    }
    if (numbers.count() > 0) {
        return special(Key::unnamed);  // a modifier, in the form of old terminals
    }
    if (final_byte == 'M') {
        return special(Key::enter);
    }
    if (final_byte == 'R') {
        return special(Key::f3);
    }
    if (const std::size_t at = kKeypadFinals.find(final_byte); at != std::string_view::npos) {
        return letter(static_cast<char32_t>(kKeypadText[at]));
    }
    const bool modified_arrow = final_byte >= 'a' && final_byte <= 'd';
    return modified_arrow ? std::optional(special(Key::unnamed)) : letter_key(final_byte, numbers);
}

std::optional<KeyEvent> key_of_console(char final_byte) {
    if (final_byte < 'A' || final_byte > 'E') {
        return std::nullopt;
    }
    return special(static_cast<Key>(static_cast<int>(Key::f1) + (final_byte - 'A')));
}

}  // namespace tsa
