// SPDX-License-Identifier: MIT
// Waits by length as sparse counts.
#include "model/length_counts.h"

#include <gmock/gmock.h>

#include <limits>

namespace tsa {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(LengthCounts, growth_has_what_was_added_and_nothing_else) {
    WaitHistogram before{}, now{};
    before[3] = now[3] = 7;
    before[5] = 1;
    now[5] = 4;
    now[kWaitBuckets - 1] = 2;
    EXPECT_THAT(lengths_since(now, before),
                ElementsAre(LengthCount{5, 3}, LengthCount{static_cast<std::uint8_t>(kWaitBuckets - 1), 2}));
    EXPECT_THAT(lengths_since(before, now), IsEmpty()) << "a torn read does not count back";
}

TEST(LengthCounts, merging_keeps_the_order_and_adds_up) {
    LengthCounts into{{2, 1}, {9, 1}};
    merge_lengths(into, LengthCounts{{0, 5}, {9, 2}, {200, 1}});
    EXPECT_THAT(into, ElementsAre(LengthCount{0, 5}, LengthCount{2, 1}, LengthCount{9, 3}, LengthCount{200, 1}));
}

TEST(LengthCounts, a_full_count_stays_full) {
    constexpr std::uint32_t kFull = std::numeric_limits<std::uint32_t>::max();
    LengthCounts into{{2, kFull - 1}};
    merge_lengths(into, LengthCounts{{2, 5}});
    EXPECT_THAT(into, ElementsAre(LengthCount{2, kFull}));
    WaitHistogram all{};
    all[2] = 3;
    add_lengths(all, into);
    EXPECT_EQ(all[2], kFull);
}

}  // namespace
}  // namespace tsa
