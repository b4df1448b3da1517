// SPDX-License-Identifier: MIT
// The same TID is not the same thread.
#include "base/task_identity.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <string>

namespace tsa {
namespace {

TEST(StartTicks, are_found_after_any_name) {
    EXPECT_EQ(start_ticks_of("12 (a) b) (c) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20"), 4711U);
    EXPECT_EQ(start_ticks_of("12 (a) S 1 2"), 0U);
    EXPECT_EQ(start_ticks_of(""), 0U);
}

TEST(TaskExists, knows_this_process_by_its_start_time) {
    const auto self = static_cast<std::uint32_t>(::getpid());
    std::ifstream file("/proc/self/stat");
    const std::string text(std::istreambuf_iterator<char>(file), {});
    const auto ns_per_tick = 1'000'000'000 / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
    EXPECT_TRUE(task_exists(self, start_ticks_of(text) * ns_per_tick + 1));
    EXPECT_FALSE(task_exists(self, 1));
}

}  // namespace
}  // namespace tsa
