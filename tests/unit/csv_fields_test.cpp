// SPDX-License-Identifier: MIT
// Valid CSV lines by RFC 4180, and invalid ones.
#include "record/csv_fields.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace tsa {
namespace {

using Texts = std::vector<std::string>;

Texts split(std::string_view line) {
    CsvFields fields;
    EXPECT_TRUE(fields.split(line)) << line;
    return {fields.fields().begin(), fields.fields().end()};
}

TEST(CsvFields, commas_separate_also_empty_fields) {
    EXPECT_EQ(split("a,b"), (Texts{"a", "b"}));
    EXPECT_EQ(split(",a,,"), (Texts{"", "a", "", ""}));
    EXPECT_EQ(split(""), (Texts{""}));
    EXPECT_EQ(split("a b, c"), (Texts{"a b", " c"}));
}

TEST(CsvFields, a_newline_is_not_part_of_the_last_field) {
    EXPECT_EQ(split("a,b\r\n"), (Texts{"a", "b"}));
    EXPECT_EQ(split("a,\n"), (Texts{"a", ""}));
    EXPECT_EQ(split("a,\"b\"\r\n"), (Texts{"a", "b"}));
}

TEST(CsvFields, quotes_hold_commas_and_doubled_quotes) {
    EXPECT_EQ(split(R"("a,b",c)"), (Texts{"a,b", "c"}));
    EXPECT_EQ(split(R"(x,"say ""hi""","")"), (Texts{"x", "say \"hi\"", ""}));
    EXPECT_EQ(split(R"("""")"), (Texts{"\""}));
    EXPECT_EQ(split(R"(a"b,c)"), (Texts{"a\"b", "c"})) << "inside an unquoted field it is a character";
}

TEST(CsvFields, unterminated_quotes_and_text_after_quotes_are_rejected) {
    CsvFields fields;
    for (const std::string line : {"\"a", "a,\"b,c", "\"a\"b,c", "\"", "\"a\"\"", "\"a\" ,b"}) {
        EXPECT_FALSE(fields.split(line)) << line;
        EXPECT_TRUE(fields.fields().empty());
    }
    EXPECT_TRUE(fields.split("a")) << "and the next line is read";
}

TEST(CsvFields, whatever_was_quoted_comes_back) {
    std::mt19937 random(3);
    constexpr std::string_view kBytes = "a,\"\r;\x80 ";
    CsvFields fields;
    for (int round = 0; round < 5000; ++round) {
        Texts wanted(1 + random() % 5);
        std::string line;
        for (std::string& text : wanted) {
            for (auto left = random() % 6; left > 0; --left) {
                text += kBytes[random() % kBytes.size()];
            }
            line += line.empty() && &text == wanted.data() ? "\"" : ",\"";
            for (const char c : text) {
                line += c == '"' ? std::string("\"\"") : std::string(1, c);
            }
            line += '"';
        }
        ASSERT_TRUE(fields.split(line)) << line;
        EXPECT_EQ(Texts(fields.fields().begin(), fields.fields().end()), wanted) << line;
    }
}

}  // namespace
}  // namespace tsa
