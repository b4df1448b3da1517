// SPDX-License-Identifier: MIT
// See input_decoder.h. The states are those of ECMA-48's sequences (DEC's parser), as far as keyboards send them.
#include "tui/terminal/input_decoder.h"

#include <algorithm>
#include <cwchar>
#include <utility>

#include "base/saturating.h"
#include "text/characters.h"
#include "tui/terminal/key_codes.h"

namespace tsa {
namespace {

constexpr unsigned char kBell = 0x07, kCancel = 0x18, kSubstitute = 0x1a, kEscape = 0x1b, kDelete = 0x7f;
constexpr std::string_view kPasteEnd = "\x1b[201~";
constexpr std::string_view kPasteBegin = "[200~";

/// DCS, SOS, OSC, PM, APC.
bool begins_string(unsigned char byte) {
    return byte == 'P' || byte == 'X' || byte == ']' || byte == '^' || byte == '_';
}

bool is_parameter(unsigned char byte) {
    return byte >= 0x20 && byte < 0x40;  // and intermediate bytes
}

bool is_final(unsigned char byte) {
    return byte >= 0x40 && byte < kDelete;
}

/// Sequences end at a control character or a byte beyond ASCII; that byte is then taken for what it is.
bool interrupts(unsigned char byte) {
    return byte < 0x20 || byte >= kDelete;
}

std::size_t utf8_length(unsigned char first) {
    return first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
}

}  // namespace

InputDecoder::InputDecoder(Characters characters, std::vector<KeySequence> named)
    : characters_(characters), named_(std::move(named)) {}

void InputDecoder::feed(std::string_view bytes, std::uint64_t now_ns) {
    if (saturating_sub(now_ns, last_ns_) > kLongestGapNs) {
        begin(State::ground);
    }
    last_ns_ = now_ns;
    for (const char c : bytes) {
        take(static_cast<unsigned char>(c));
    }
}

std::optional<KeyEvent> InputDecoder::next() {
    if (events_.empty()) {
        return std::nullopt;
    }
    const KeyEvent event = events_.front();
    events_.pop_front();
    return event;
}

bool InputDecoder::is_ambiguous() const {
    switch (state_) {
        case State::escape:
        case State::double_escape:
            return true;
        case State::csi:
        case State::ss3:
        case State::string:
            return sequence_.size() == 1;
        default:
            return false;
    }
}

void InputDecoder::settle() {
    if (!is_ambiguous()) {
        return;
    }
    const State was = state_;
    begin(State::ground);
    if (was == State::escape || was == State::double_escape) {
        emit(special(Key::escape));
    }
    if (was != State::escape) {
        emit(special(was == State::double_escape ? Key::escape : Key::unnamed));
    }
}

void InputDecoder::emit(const KeyEvent& event) {
    events_.push_back(event);
}

void InputDecoder::begin(State state) {
    state_ = state;
    sequence_.clear();
    too_long_ = false;
    paste_end_ = 0;
    alt_ = alt_ && state != State::ground;
}

void InputDecoder::add(unsigned char byte) {
    too_long_ = too_long_ || sequence_.size() == kLongestSequence;
    if (!too_long_) {
        sequence_.push_back(static_cast<char>(byte));
    }
}

void InputDecoder::take(unsigned char byte) {
    switch (state_) {
        case State::ground:
            return take_ground(byte);
        case State::character:
            return take_character(byte);
        case State::escape:
        case State::double_escape:
            return take_escape(byte);
        case State::csi:
            return take_csi(byte);
        case State::ss3:
            return take_ss3(byte);
        case State::console:
            add(byte);
            return finish(key_of_console(static_cast<char>(byte)));
        case State::mouse:
            return take_mouse(byte);
        case State::string:
        case State::string_escape:
            return take_string(byte);
        case State::paste:
            return take_paste(byte);
    }
}

void InputDecoder::take_ground(unsigned char byte) {
    if (byte == kEscape) {
        begin(State::escape);
    } else if (byte < 0x80) {
        emit(key_of_character(byte));
    } else if (characters_ == Characters::single_bytes) {
        const std::wint_t wide = std::btowc(byte);
        if (wide != WEOF && shows_as_itself(static_cast<char32_t>(wide))) {
            emit(letter(static_cast<char32_t>(wide)));
        }
    } else if (byte >= 0xc2 && byte < 0xf5) {
        begin(State::character);
        add(byte);
    }
}

/// Whatever is not a valid character is dropped; a byte that cannot continue one begins something else.
void InputDecoder::take_character(unsigned char byte) {
    if (byte < 0x80 || byte >= 0xc0) {
        begin(State::ground);
        return take_ground(byte);
    }
    add(byte);
    if (sequence_.size() < utf8_length(static_cast<unsigned char>(sequence_.front()))) {
        return;
    }
    const Utf8Character character = utf8_character(sequence_);
    if (character.length == sequence_.size() && character.code_point >= 0xa0) {
        emit(letter(character.code_point));
    }
    begin(State::ground);
}

void InputDecoder::take_escape(unsigned char byte) {
    if (byte == kEscape) {
        if (state_ == State::double_escape) {
            emit(special(Key::escape));
        }
        state_ = State::double_escape;
        return;
    }
    const bool second = state_ == State::double_escape;
    const bool sequence = byte == '[' || byte == 'O';
    if (second && !sequence) {
        emit(special(Key::escape));
    }
    alt_ = second && sequence;
    begin(byte == '[' ? State::csi : byte == 'O' ? State::ss3 : begins_string(byte) ? State::string : State::escape);
    add(byte);
    if (state_ != State::escape) {
        return;
    }
    if (const KeySequence* named = find_named()) {
        begin(State::ground);
        return emit(special(named->key));
    }
    // Alt and a character, or Esc and the next key, both typed while the program was busy: no key may be lost.
    begin(State::ground);
    emit(special(Key::escape));
    take_ground(byte);
}

void InputDecoder::take_csi(unsigned char byte) {
    if (interrupts(byte)) {
        begin(State::ground);
        return take_ground(byte);
    }
    // rxvt ends keys with Shift by what is an intermediate byte elsewhere: one number and nothing private.
    const std::string_view so_far = std::string_view(sequence_).substr(1);
    const bool is_number = !so_far.empty() && so_far.find_first_not_of("0123456789") == std::string_view::npos;
    if (is_parameter(byte) && !(byte == '$' && is_number)) {
        return add(byte);
    }
    finish_csi(static_cast<char>(byte));
}

void InputDecoder::finish_csi(char final_byte) {
    const bool bare = sequence_.size() == 1 && !too_long_;
    if (bare && (final_byte == '[' || final_byte == 'M')) {
        state_ = final_byte == '[' ? State::console : State::mouse;
        return add(static_cast<unsigned char>(final_byte));
    }
    const std::string parameters = sequence_.substr(1);
    add(static_cast<unsigned char>(final_byte));
    if (sequence_ == kPasteBegin) {
        return begin(State::paste);
    }
    finish(key_of_csi(parameters, final_byte));
}

void InputDecoder::take_ss3(unsigned char byte) {
    if (interrupts(byte)) {
        begin(State::ground);
        return take_ground(byte);
    }
    if (!is_final(byte)) {
        return add(byte);
    }
    const std::string parameters = sequence_.substr(1);
    add(byte);
    finish(key_of_ss3(parameters, static_cast<char>(byte)));
}

/// X10's report: "[M", then button, column and row, each with 32 added.
void InputDecoder::take_mouse(unsigned char byte) {
    constexpr std::size_t kWhole = 5;
    constexpr unsigned kOffset = 32;
    add(byte);
    if (sequence_.size() < kWhole) {
        return;
    }
    const auto number = [this](std::size_t at) {
        return static_cast<unsigned>(saturating_sub(static_cast<unsigned char>(sequence_[at]), kOffset));
    };
    const auto event = key_of_mouse(number(2), number(3), number(4));
    begin(State::ground);
    if (event) {
        emit(*event);
    }
}

void InputDecoder::take_string(unsigned char byte) {
    if (state_ == State::string_escape) {
        begin(byte == '\\' ? State::ground : State::escape);
        return byte == '\\' ? void() : take_escape(byte);
    }
    if (byte == kEscape) {
        state_ = State::string_escape;
    } else if (byte == kBell || byte == kCancel || byte == kSubstitute) {
        begin(State::ground);
    } else {
        add(byte);
    }
}

/// Text that was pasted is not a command: it has no effect.
void InputDecoder::take_paste(unsigned char byte) {
    const bool continues = byte == static_cast<unsigned char>(kPasteEnd[paste_end_]);
    paste_end_ = continues ? paste_end_ + 1 : (byte == kEscape ? 1 : 0);
    if (paste_end_ == kPasteEnd.size()) {
        begin(State::ground);
    }
}

/// The key that the terminal's description has for the sequence; null: none.
const KeySequence* InputDecoder::find_named() const {
    const auto matches = [this](const KeySequence& named) {
        return !too_long_ && std::string_view(named.bytes).substr(1) == sequence_;
    };
    const auto found = std::ranges::find_if(named_, matches);
    return found != named_.end() ? &*found : nullptr;
}

/// The sequence is complete. A key with Alt is none of the keys here; the mouse has no Alt.
void InputDecoder::finish(std::optional<KeyEvent> built_in) {
    if (const KeySequence* named = find_named()) {
        built_in = special(named->key);
    }
    const bool is_mouse =
        built_in && (built_in->key == Key::click || built_in->key == Key::wheel_up || built_in->key == Key::wheel_down);
    if (built_in && !too_long_) {
        emit(alt_ && !is_mouse ? special(Key::unnamed) : *built_in);
    }
    begin(State::ground);
}

}  // namespace tsa
