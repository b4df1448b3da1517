// SPDX-License-Identifier: MIT
// Wall-clock time derived from CLOCK_MONOTONIC.
#include "base/wall_clock.h"

#include <gtest/gtest.h>

namespace tsa {
namespace {

constexpr std::uint64_t kUnixNs = 1'700'000'000'000'000'000;
constexpr std::uint64_t kSecondNs = 1'000'000'000;

TEST(WallClock, DifferencesAreThoseOfTheMonotonicClockThoughTheReadingsJitter) {
    WallClock clock;
    const std::uint64_t first = clock.at(50 * kSecondNs, kUnixNs + 80);
    EXPECT_EQ(first, kUnixNs + 80);
    EXPECT_EQ(clock.at(51 * kSecondNs, kUnixNs + kSecondNs + 40) - first, kSecondNs);
    EXPECT_EQ(clock.at(52 * kSecondNs, kUnixNs + 2 * kSecondNs + 90'000) - first, 2 * kSecondNs);
}

TEST(WallClock, AClockThatWasSetIsFollowedInEitherDirection) {
    WallClock clock;
    ASSERT_EQ(clock.at(50 * kSecondNs, kUnixNs), kUnixNs);
    EXPECT_EQ(clock.at(51 * kSecondNs, kUnixNs + 3600 * kSecondNs), kUnixNs + 3600 * kSecondNs);
    EXPECT_EQ(clock.at(52 * kSecondNs, kUnixNs - 3600 * kSecondNs), kUnixNs - 3600 * kSecondNs);
}

TEST(WallClock, ADriftIsTakenUpOnceItIsAsLongAsAStep) {
    WallClock clock;
    ASSERT_EQ(clock.at(0, kUnixNs), kUnixNs);
    const auto step = static_cast<std::uint64_t>(WallClock::kStepNs);
    EXPECT_EQ(clock.at(kSecondNs, kUnixNs + kSecondNs + step), kUnixNs + kSecondNs);
    EXPECT_EQ(clock.at(2 * kSecondNs, kUnixNs + 2 * kSecondNs + step + 1), kUnixNs + 2 * kSecondNs + step + 1);
}

}  // namespace
}  // namespace tsa
