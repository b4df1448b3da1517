// SPDX-License-Identifier: MIT
// Keys from the bytes that terminals send, and the sequences that must have no effect.
#include "tui/terminal/input_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/time_units.h"

namespace tsa {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<KeyEvent> all_of(InputDecoder& decoder) {
    std::vector<KeyEvent> events;
    while (const auto event = decoder.next()) {
        events.push_back(*event);
    }
    return events;
}

InputDecoder utf8_decoder() {
    return InputDecoder(InputDecoder::Characters::utf8);
}

/// Whole, byte by byte, and after what a terminal has said before: always the same.
std::vector<KeyEvent> keys(std::string_view bytes) {
    InputDecoder whole = utf8_decoder();
    whole.feed(bytes, kNsPerSecond);
    const std::vector<KeyEvent> events = all_of(whole);
    InputDecoder cut = utf8_decoder();
    for (const char& byte : bytes) {
        cut.feed({&byte, 1}, kNsPerSecond);
    }
    EXPECT_EQ(all_of(cut), events) << bytes;
    return events;
}

TEST(InputDecoder, arrows_are_the_same_in_normal_and_in_application_mode) {
    EXPECT_THAT(keys("\x1b[A\x1b[B\x1b[C\x1b[D"),
                ElementsAre(special(Key::up), special(Key::down), special(Key::right), special(Key::left)));
    EXPECT_THAT(keys("\x1bOA\x1bOB\x1bOC\x1bOD"),
                ElementsAre(special(Key::up), special(Key::down), special(Key::right), special(Key::left)));
}

TEST(InputDecoder, keys_of_the_common_terminals) {
    EXPECT_THAT(keys("\x1bOP\x1b[11~\x1b[[A\x1b[P"),
                ElementsAre(special(Key::f1), special(Key::f1), special(Key::f1), special(Key::f1)));
    EXPECT_THAT(keys("\x1b[21~\x1b[24~"), ElementsAre(special(Key::f10), special(Key::f12)));
    EXPECT_THAT(keys("\x1b[5~\x1b[6~\x1b[3~\x1b[2~"),
                ElementsAre(special(Key::page_up), special(Key::page_down), special(Key::del), special(Key::insert)));
    EXPECT_THAT(keys("\x1b[H\x1b[1~\x1b[7~\x1bOH"),
                ElementsAre(special(Key::home), special(Key::home), special(Key::home), special(Key::home)));
    EXPECT_THAT(keys("\x1b[Z\x1bOM\x1bOR"), ElementsAre(special(Key::back_tab), special(Key::enter), special(Key::f3)));
    EXPECT_THAT(keys("\x1bOp\x1bOy\x1bOk"), ElementsAre(letter(U'0'), letter(U'9'), letter(U'+')));
}

TEST(InputDecoder, typed_characters) {
    EXPECT_THAT(keys("a\r\t\x7f\x03"), ElementsAre(letter(U'a'), special(Key::enter), special(Key::tab),
                                                   special(Key::backspace), control(U'C')));
    EXPECT_THAT(keys("é線\U0001F600"), ElementsAre(letter(U'é'), letter(U'線'), letter(U'\U0001F600')));
}

TEST(InputDecoder, invalid_utf8_is_dropped_and_what_follows_is_not) {
    EXPECT_THAT(keys("\xc3x\xff\x80\xe7\xb7y\xc0\xaf\xed\xa0\x80z"),
                ElementsAre(letter(U'x'), letter(U'y'), letter(U'z')));
    EXPECT_THAT(keys("\xc2\x9b[m"), ElementsAre(letter(U'['), letter(U'm'))) << "a control character of C1";
}

TEST(InputDecoder, one_byte_characters_of_another_locale) {
    InputDecoder latin(InputDecoder::Characters::single_bytes);
    latin.feed("a\xe9\x9b", 0);
    // Tests run in the C locale, which has no character there.
    EXPECT_THAT(all_of(latin), ElementsAre(letter(U'a')));
}

TEST(InputDecoder, reports_and_answers_have_no_effect) {
    for (const char* report : {
             "\x1b[I",
             "\x1b[O",  // focus
             "\x1b[24;80R",
             "\x1b[?24;80R",
             "\x1b[0n",  // cursor, status
             "\x1b[?64;1;2;6c",
             "\x1b[>0;276;0c",  // device attributes
             "\x1b[?2026;2$y",
             "\x1b[12;1$y",
             "\x1b[?1u",  // modes
             "\x1b[8;24;80t",
             "\x1b[?997;1n",  // size, color scheme
             "\x1b[1;2;3;4;5;6;7;8x",
             "\x1b[ q",
             "\x1b[>4;2m",
             "\x1b[q",
             "\x1b[!p",
             "\x1b[&w",
             "\x1b]11;rgb:0000/0000/0000\x07",
             "\x1b]11;rgb:ffff/ffff/ffff\x1b\\",
             "\x1b]52;c;a2tr\x1b\\",  // OSC
             "\x1bP>|xterm(390)\x1b\\",
             "\x1bP1+r544e=787465726d\x1b\\",
             "\x1bP0$r0m\x1b\\",  // DCS
             "\x1b_Gi=31;OK\x1b\\",
             "\x1b^kkk\x1b\\",
             "\x1bXkkk\x1b\\",  // APC, PM, SOS
             "\x1bOI",
             "\x1bO]",  // SS3
         }) {
        EXPECT_THAT(keys(report), IsEmpty()) << report + 1;
        EXPECT_THAT(keys(std::string(report) + "x"), ElementsAre(letter(U'x'))) << report + 1;
    }
}

TEST(InputDecoder, keys_with_modifiers_are_keys_without_a_use) {
    for (const char* key :
         {"\x1b[1;3A", "\x1b[1;5C", "\x1b[1;2P", "\x1b[15;2~", "\x1b[3;5~", "\x1b[3^", "\x1b[3$", "\x1b[3@", "\x1b[a",
          "\x1bOa", "\x1b[25~", "\x1b\x1b[A", "\x1b\x1bOA", "\x1bO2P", "\x1b[29~", "\x1b[113;3u"}) {
        EXPECT_THAT(keys(key), ElementsAre(special(Key::unnamed))) << key + 1;
    }
}

TEST(InputDecoder, esc_right_before_a_key_that_is_no_sequence_is_a_key_too) {
    EXPECT_THAT(keys("\x1b?"), ElementsAre(special(Key::escape), letter(U'?')));
    EXPECT_THAT(keys("\x1b\r"), ElementsAre(special(Key::escape), special(Key::enter)));
    EXPECT_THAT(keys("\x1b\xc3\xa9"), ElementsAre(special(Key::escape), letter(U'é')));
    EXPECT_THAT(keys("\x1b\x1bq"), ElementsAre(special(Key::escape), special(Key::escape), letter(U'q')));
}

TEST(InputDecoder, the_kitty_protocol_means_the_same_keys) {
    EXPECT_THAT(keys("\x1b[113u\x1b[27u\x1b[13u\x1b[9u\x1b[127u"),
                ElementsAre(letter(U'q'), special(Key::escape), special(Key::enter), special(Key::tab),
                            special(Key::backspace)));
    EXPECT_THAT(keys("\x1b[99;5u\x1b[9;2u\x1b[104;2u\x1b[49:33;2u"),
                ElementsAre(control(U'C'), special(Key::back_tab), letter(U'H'), letter(U'!')));
    EXPECT_THAT(keys("\x1b[27;5;99~\x1b[27;2;72~"), ElementsAre(control(U'C'), letter(U'H'))) << "modifyOtherKeys";
    EXPECT_THAT(keys("\x1b[57417u\x1b[57400u\x1b[57414u"),
                ElementsAre(special(Key::left), letter(U'1'), special(Key::enter)))
        << "keypad";
    EXPECT_THAT(keys("\x1b[113;129u\x1b[1;65A"), ElementsAre(letter(U'q'), special(Key::up))) << "Num and Caps Lock";
    EXPECT_THAT(keys("\x1b[113;1:3u\x1b[1;1:3A\x1b[3;1:3~"), IsEmpty()) << "released";
    EXPECT_THAT(keys("\x1b[1;1:2A"), ElementsAre(special(Key::up))) << "repeated";
    EXPECT_THAT(keys("\x1b[57441u\x1b[57358u\x1b[4294967409u\x1b[55296u"), IsEmpty());
}

TEST(InputDecoder, pasted_text_has_no_effect) {
    EXPECT_THAT(keys("\x1b[200~k9q\x1b[A\x1b[20\x1b[201q\r\x1b[201~x"), ElementsAre(letter(U'x')));
    EXPECT_THAT(keys("\x1b[201~x"), ElementsAre(letter(U'x'))) << "an end without a beginning";
}

TEST(InputDecoder, mouse_in_each_protocol) {
    EXPECT_THAT(keys("\x1b[<0;5;7M\x1b[<0;5;7m"), ElementsAre(KeyEvent{Key::click, 0, 4, 6}));
    EXPECT_THAT(keys("\x1b[<64;1;1M\x1b[<65;1;1M"), ElementsAre(special(Key::wheel_up), special(Key::wheel_down)));
    EXPECT_THAT(keys("\x1b[<35;5;7M\x1b[<2;5;7M\x1b[<0;5M\x1b[<0;0;1M\x1b[<0;1;2;3M"), IsEmpty());
    EXPECT_THAT(keys("\x1b[M %'x"), ElementsAre(KeyEvent{Key::click, 0, 4, 6}, letter(U'x')));
    EXPECT_THAT(keys("\x1b[M#\xff\x1bx"), ElementsAre(letter(U'x'))) << "released: any three bytes";
    EXPECT_THAT(keys("\x1b[32;5;7M\x1b[96;5;7M"),
                ElementsAre(KeyEvent{Key::click, 0, 4, 6}, KeyEvent{Key::wheel_up, 0, 4, 6}));
}

TEST(InputDecoder, what_interrupts_a_sequence_is_taken_for_what_it_is) {
    EXPECT_THAT(keys("\x1b[12\rx"), ElementsAre(special(Key::enter), letter(U'x')));
    EXPECT_THAT(keys("\x1b[1;\x1b[A"), ElementsAre(special(Key::up)));
    EXPECT_THAT(keys("\x1b]0;title\x1b[A"), ElementsAre(special(Key::up)));
    EXPECT_THAT(keys("\x1bPkkk\x18x"), ElementsAre(letter(U'x')));
}

TEST(InputDecoder, a_long_sequence_has_no_effect) {
    const std::string digits(1000, '1');
    EXPECT_THAT(keys("\x1b[" + digits + "Ax"), ElementsAre(letter(U'x')));
    EXPECT_THAT(keys("\x1bO" + digits + "Ax"), ElementsAre(letter(U'x')));
    EXPECT_THAT(keys("\x1b]" + std::string(100'000, 'k') + "\x07x"), ElementsAre(letter(U'x')));
}

TEST(InputDecoder, only_time_distinguishes_esc_from_a_sequence) {
    InputDecoder decoder = utf8_decoder();
    decoder.feed("\x1b", 0);
    EXPECT_TRUE(decoder.is_ambiguous());
    EXPECT_THAT(all_of(decoder), IsEmpty());
    decoder.settle();
    EXPECT_THAT(all_of(decoder), ElementsAre(special(Key::escape)));
    decoder.feed("\x1b\x1b", 0);
    decoder.settle();
    EXPECT_THAT(all_of(decoder), ElementsAre(special(Key::escape), special(Key::escape)));
    for (const char* alt : {"\x1b[", "\x1bO", "\x1b]", "\x1bP", "\x1b_"}) {
        decoder.feed(alt, 0);
        decoder.settle();
        decoder.feed("A", 0);
        EXPECT_THAT(all_of(decoder), ElementsAre(special(Key::unnamed), letter(U'A'))) << alt + 1;
    }
    decoder.feed("\x1b[1", 0);
    EXPECT_FALSE(decoder.is_ambiguous());
    decoder.settle();
    decoder.feed("5~", 0);
    EXPECT_THAT(all_of(decoder), ElementsAre(special(Key::f5))) << "a slow connection";
}

TEST(InputDecoder, a_sequence_that_never_ends_does_not_take_the_next_keys) {
    for (const char* begun : {"\x1b]0;title", "\x1b[12;", "\x1b[200~text", "\x1b[M!", "\xc3"}) {
        InputDecoder decoder = utf8_decoder();
        decoder.feed(begun, kNsPerSecond);
        decoder.feed("q", kNsPerSecond + InputDecoder::kLongestGapNs + 1);
        EXPECT_THAT(all_of(decoder), ElementsAre(letter(U'q'))) << begun;
    }
}

TEST(InputDecoder, keys_of_the_terminals_description_take_precedence) {
    InputDecoder decoder(InputDecoder::Characters::utf8, {{"\x1b[P", Key::del},
                                                          {"\x1b[4h", Key::insert},
                                                          {"\x1b"
                                                           "A",
                                                           Key::up}});
    decoder.feed(
        "\x1b[P\x1b[4h\x1b"
        "A\x1b[4l\x1b[Q",
        0);
    EXPECT_THAT(all_of(decoder),
                ElementsAre(special(Key::del), special(Key::insert), special(Key::up), special(Key::f2)));
}

}  // namespace
}  // namespace tsa
