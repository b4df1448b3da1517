// SPDX-License-Identifier: MIT
// libFuzzer target for the decoder of terminal input: for any bytes, cut into reads in any way, it gives the same keys,
// keeps its bounds, and takes the next key after a pause. Seeds: tests/data/terminal_input; run by scripts/check fuzz.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "tui/terminal/input_decoder.h"

namespace {

using tsa::InputDecoder;
using tsa::Key;
using tsa::KeyEvent;

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

std::vector<KeyEvent> take_all(InputDecoder& decoder) {
    std::vector<KeyEvent> events;
    while (const auto event = decoder.next()) {
        events.push_back(*event);
    }
    return events;
}

InputDecoder decoder_for(bool utf8) {
    return InputDecoder(utf8 ? InputDecoder::Characters::utf8 : InputDecoder::Characters::single_bytes,
                        {{"\x1b[P", Key::del}, {"\x1b[4h", Key::insert}});
}

bool is_valid(const KeyEvent& event) {
    const bool is_mouse = event.key == Key::click || event.key == Key::wheel_up || event.key == Key::wheel_down;
    const bool has_place = event.x != 0 || event.y != 0;
    const bool is_text = event.key == Key::character;
    const bool is_scalar = event.character <= 0x10ffff && (event.character < 0xd800 || event.character > 0xdfff);
    const bool is_c1 = event.character >= 0x7f && event.character < 0xa0;
    return event.key != Key::none && event.key != Key::resize && event.x >= 0 && event.y >= 0 &&
           (is_mouse || !has_place) && (is_text ? is_scalar && !is_c1 : event.character == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {  // NOLINT: libFuzzer's name
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const bool utf8 = size % 2 == 0;
    InputDecoder whole = decoder_for(utf8);
    whole.feed(bytes, 1);
    const std::vector<KeyEvent> events = take_all(whole);
    require(events.size() <= size);
    for (const KeyEvent& event : events) {
        require(is_valid(event));
    }
    InputDecoder cut = decoder_for(utf8);
    std::vector<KeyEvent> of_cut;
    for (std::size_t at = 0; at < size;) {
        const std::size_t length = data[at] % 7 + 1;
        cut.feed(bytes.substr(at, length), 1);
        at += length;
        const std::vector<KeyEvent> part = take_all(cut);
        of_cut.insert(of_cut.end(), part.begin(), part.end());
    }
    require(of_cut == events);
    whole.settle();
    require(take_all(whole).size() <= 2 && !whole.is_ambiguous());
    whole.feed("q", 2 + InputDecoder::kLongestGapNs);
    const std::vector<KeyEvent> after = take_all(whole);
    require(after.size() == 1 && after.front() == tsa::letter(U'q'));
    return 0;
}
