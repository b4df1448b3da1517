// SPDX-License-Identifier: MIT
// Names of users: cached, bounded, and never waited for longer than a refresh can take.
#include "procfs/user_names.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "unit/gate.h"

namespace tsa {
namespace {

using namespace std::string_literals;
using std::chrono::seconds;
using std::chrono::steady_clock;

/// Waits until the look-up of `uid` has a name.
std::string await_name(UserNames& names, std::uint32_t uid) {
    const auto until = steady_clock::now() + seconds(30);
    while (!names.find(uid) && steady_clock::now() < until) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return std::string(names.name(uid));
}

TEST(UserNames, a_name_is_looked_up_once) {
    const auto lookups = std::make_shared<std::atomic<int>>(0);
    UserNames names([lookups](std::uint32_t) {
        ++*lookups;
        return std::optional("seven"s);
    });
    EXPECT_EQ(await_name(names, 7), "seven");
    EXPECT_EQ(names.name(7), "seven");
    EXPECT_EQ(*lookups, 1);
}

TEST(UserNames, a_user_without_a_name_is_a_number_and_is_looked_up_once) {
    const auto lookups = std::make_shared<std::atomic<int>>(0);
    UserNames names([lookups](std::uint32_t uid) {
        ++*lookups;
        return uid == 9 ? std::optional("nine"s) : std::nullopt;
    });
    EXPECT_EQ(names.name(8), "8");
    EXPECT_EQ(await_name(names, 9), "nine");  // after 8: one look-up at a time
    EXPECT_EQ(names.name(8), "8");
    EXPECT_FALSE(names.find(8).has_value());
    EXPECT_EQ(*lookups, 2);
}

TEST(UserNames, a_look_up_that_hangs_delays_neither_the_caller_nor_other_names) {
    const auto gate = std::make_shared<Gate>();
    UserNames names([gate](std::uint32_t uid) -> std::optional<std::string> {
        if (uid == 78000) {
            gate->wait();
        }
        return "u"s + std::to_string(uid);
    });
    const auto begin = steady_clock::now();
    for (int refresh = 0; refresh < 1000; ++refresh) {
        EXPECT_EQ(names.name(78000), "78000");
    }
    EXPECT_LT(steady_clock::now() - begin, seconds(1)) << "1000 calls, of which the first may wait 5 ms";
    EXPECT_EQ(await_name(names, 5), "u5");
    EXPECT_EQ(names.name(78000), "78000");
    gate->let_go();
    EXPECT_EQ(await_name(names, 78000), "u78000");
}

TEST(UserNames, the_memory_is_bounded) {
    const auto lookups = std::make_shared<std::atomic<std::size_t>>(0);
    UserNames names([lookups](std::uint32_t uid) {
        ++*lookups;
        return std::optional(std::to_string(uid) + "u");
    });
    for (std::uint32_t uid = 0; uid <= UserNames::kMaxNames; ++uid) {
        EXPECT_EQ(await_name(names, uid), std::to_string(uid) + "u");
    }
    EXPECT_EQ(await_name(names, 0), "0u");
    EXPECT_EQ(*lookups, UserNames::kMaxNames + 2) << "the cache was cleared once";
}

TEST(UserNames, root_is_known_to_every_machine) {
    UserNames names;
    EXPECT_EQ(await_name(names, 0), "root");
    EXPECT_EQ(names.name(4294901234U), "4294901234");
}

}  // namespace
}  // namespace tsa
