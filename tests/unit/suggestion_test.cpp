// SPDX-License-Identifier: MIT
// What was meant by a name that there is not.
#include "text/suggestion.h"

#include <gtest/gtest.h>

#include <array>

namespace tsa {
namespace {

constexpr std::array<std::string_view, 5> kNames{"cpu", "exec_ns", "exec_entries", "interval", "mem"};
constexpr std::string_view kAll = "cpu, exec_ns, exec_entries, interval, mem";

TEST(Suggestion, corrects_a_typing_mistake) {
    EXPECT_EQ(suggestion("intervall", kNames), "did you mean interval? All: " + std::string(kAll));
    EXPECT_EQ(suggestion("exce_ns", kNames), "did you mean exec_ns? All: " + std::string(kAll));
    EXPECT_EQ(suggestion("cpi", kNames), "did you mean cpu? All: " + std::string(kAll));
}

TEST(Suggestion, names_all_that_begin_alike) {
    EXPECT_EQ(suggestion("exec_time_total", kNames), "did you mean exec_ns, exec_entries? All: " + std::string(kAll));
}

TEST(Suggestion, takes_no_other_word_for_a_mistake) {
    EXPECT_EQ(suggestion("foo", kNames), "one of " + std::string(kAll));
    EXPECT_EQ(suggestion("", kNames), "one of " + std::string(kAll));
    EXPECT_EQ(suggestion("x", kNames), "one of " + std::string(kAll));
}

TEST(Suggestion, bears_a_very_long_name) {
    EXPECT_EQ(suggestion(std::string(10'000, 'z'), kNames), "one of " + std::string(kAll));
}

}  // namespace
}  // namespace tsa
