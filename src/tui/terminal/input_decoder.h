// SPDX-License-Identifier: MIT
// InputDecoder: the bytes that a terminal sends, to keys and mouse events. A sequence that is not a key has no effect,
// whatever it is and however it is cut into reads: reports, answers to queries, pasted text. Bounded; never waits.
// Pure: Screen reads the bytes and reports the time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tui/keys.h"

namespace tsa {

/// A key of this terminal's description: its bytes, beginning with ESC.
struct KeySequence {
    std::string bytes;
    Key key = Key::none;
};

class InputDecoder {
  public:
    /// Characters of the locale: UTF-8, or one byte each, as btowc() converts it.
    enum class Characters : std::uint8_t { utf8, single_bytes };

    /// `named` take precedence over what is built in.
    explicit InputDecoder(Characters characters, std::vector<KeySequence> named = {});

    /// `now_ns`: any monotonic clock. A sequence that has not continued for kLongestGapNs is dropped.
    void feed(std::string_view bytes, std::uint64_t now_ns);
    /// The next event, oldest first; nothing: more bytes are needed.
    [[nodiscard]] std::optional<KeyEvent> next();

    /// What has arrived is either the key Esc (or a key with Alt), or the beginning of a sequence. Only time can
    /// distinguish them.
    [[nodiscard]] bool is_ambiguous() const;
    /// Nothing more has arrived for long enough: it was the key.
    void settle();

    static constexpr std::uint64_t kLongestGapNs = 1'000'000'000;
    /// Longer sequences have no effect.
    static constexpr std::size_t kLongestSequence = 64;

  private:
    enum class State : std::uint8_t {
        ground,
        character,      ///< within a character of UTF-8
        escape,         ///< ESC
        double_escape,  ///< ESC ESC: two keys, or Alt and a sequence
        csi,
        ss3,
        console,        ///< ESC [ [
        mouse,          ///< ESC [ M: three bytes follow
        string,         ///< OSC, DCS, APC, PM, SOS
        string_escape,  ///< ESC within it
        paste,
    };

    void take(unsigned char byte);
    void take_ground(unsigned char byte);
    void take_character(unsigned char byte);
    void take_escape(unsigned char byte);
    void take_csi(unsigned char byte);
    void take_ss3(unsigned char byte);
    void take_mouse(unsigned char byte);
    void take_string(unsigned char byte);
    void take_paste(unsigned char byte);
    void begin(State state);
    void add(unsigned char byte);
    void finish_csi(char final_byte);
    [[nodiscard]] const KeySequence* find_named() const;
    void finish(std::optional<KeyEvent> built_in);
    void emit(const KeyEvent& event);

    Characters characters_;
    std::vector<KeySequence> named_;
    std::deque<KeyEvent> events_;
    State state_ = State::ground;
    bool alt_ = false;           ///< the sequence was preceded by another ESC
    bool too_long_ = false;      ///< sequence_ is only its beginning
    std::string sequence_;       ///< without ESC; of a character: its bytes
    std::size_t paste_end_ = 0;  ///< bytes of the end of a paste that have arrived
    std::uint64_t last_ns_ = 0;
};

}  // namespace tsa
