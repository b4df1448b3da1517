// SPDX-License-Identifier: MIT
// The offsets of a time namespace, as /proc/PID/timens_offsets has them.
#include "base/time_namespace.h"

#include <gtest/gtest.h>

namespace tsa {
namespace {

TEST(TimeNamespace, has_an_offset_for_each_clock) {
    const auto offsets = parse_time_offsets("monotonic      86400         0\nboottime       -10 500000000\n");
    ASSERT_TRUE(offsets);
    EXPECT_EQ(offsets->monotonic_ns, 86'400'000'000'000);
    EXPECT_EQ(offsets->boottime_ns, -9'500'000'000);
}

TEST(TimeNamespace, an_unreadable_offset_is_none) {
    EXPECT_FALSE(parse_time_offsets(""));
    EXPECT_FALSE(parse_time_offsets("monotonic 0 0\n"));
    EXPECT_FALSE(parse_time_offsets("monotonic x 0\nboottime 0 0\n"));
    EXPECT_FALSE(parse_time_offsets("monotonic 0\nboottime 0 0\n"));
}

}  // namespace
}  // namespace tsa
