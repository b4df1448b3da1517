// SPDX-License-Identifier: MIT
// Steps of which one hangs: the caller goes on, nothing is lost, and an error is reported once.
#include "base/side_queue.h"

#include <gmock/gmock.h>

#include <chrono>
#include <thread>

#include "unit/gate.h"

namespace tsa {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

bool await_idle(const SideQueue& queue) {
    const auto until = steady_clock::now() + seconds(30);
    while (queue.is_late() && steady_clock::now() < until) {
        std::this_thread::sleep_for(milliseconds(1));
    }
    return !queue.is_late();
}

SideQueue::Step waits(const std::shared_ptr<Gate>& gate) {
    return [gate] {
        gate->wait();
        return Result<void>{};
    };
}

TEST(SideQueue, a_step_is_done_when_run_returns) {
    SideQueue queue("test-queue", {}, 100);
    const auto done = std::make_shared<int>(0);
    for (int i = 1; i <= 3; ++i) {
        ASSERT_TRUE(queue.run([done] { return ++*done, Result<void>{}; }, 0, seconds(30)).ok());
        EXPECT_EQ(*done, i);
        EXPECT_FALSE(queue.is_late());
    }
}

TEST(SideQueue, steps_after_one_that_hangs_wait_in_their_order) {
    const auto gate = std::make_shared<Gate>();
    const auto done = std::make_shared<std::vector<int>>();
    SideQueue queue("test-queue", {}, 100);
    const auto begin = steady_clock::now();
    ASSERT_TRUE(queue.run(waits(gate)).ok());
    for (int i = 1; i <= 5; ++i) {
        ASSERT_TRUE(queue.run([done, i] { return done->push_back(i), Result<void>{}; }).ok());
    }
    EXPECT_LT(steady_clock::now() - begin, seconds(5)) << "one wait of 100 ms";
    EXPECT_EQ(queue.queued(), 6U);
    gate->let_go();
    ASSERT_TRUE(await_idle(queue));
    EXPECT_THAT(*done, ElementsAre(1, 2, 3, 4, 5));
}

TEST(SideQueue, waits_for_a_step_as_long_as_it_was_made_for) {
    const auto shortest = [](milliseconds patience) {
        auto least = steady_clock::duration::max();
        for (int attempt = 0; attempt < 5; ++attempt) {
            const auto gate = std::make_shared<Gate>();
            SideQueue queue("test-queue", {}, 100, patience);
            const auto begin = steady_clock::now();
            EXPECT_TRUE(queue.run(waits(gate)).ok());
            least = std::min(least, steady_clock::now() - begin);
            EXPECT_TRUE(queue.is_late());
            gate->let_go();
        }
        return least;
    };
    EXPECT_GE(shortest(milliseconds(30)), milliseconds(30));
    EXPECT_LT(shortest(milliseconds(1)), milliseconds(30)) << "of five";
    EXPECT_GE(shortest(seconds(60)), SideQueue::kPatience);
}

TEST(SideQueue, an_error_drops_what_was_queued_after_it_and_is_reported_once) {
    const auto gate = std::make_shared<Gate>();
    const auto done = std::make_shared<int>(0);
    SideQueue queue("test-queue", {}, 100);
    ASSERT_TRUE(queue.run([gate] { return gate->wait(), Result<void>(Error{"disk full", "", 0}); }).ok());
    ASSERT_TRUE(queue.run([done] { return ++*done, Result<void>{}; }).ok());
    gate->let_go();
    ASSERT_TRUE(await_idle(queue));
    EXPECT_THAT(queue.run([done] { return ++*done, Result<void>{}; }).error().text(), HasSubstr("disk full"));
    EXPECT_EQ(*done, 0);
    EXPECT_TRUE(queue.run([done] { return ++*done, Result<void>{}; }, 0, seconds(30)).ok());
    EXPECT_EQ(*done, 1);
}

TEST(SideQueue, the_memory_of_what_waits_is_bounded) {
    const auto gate = std::make_shared<Gate>();
    SideQueue queue("test-queue", {}, 100);
    const auto nothing = [] { return Result<void>{}; };
    ASSERT_TRUE(queue.run(waits(gate), 60).ok());
    ASSERT_TRUE(queue.run(nothing, 40).ok());
    EXPECT_FALSE(queue.run(nothing, 1).ok());
    gate->let_go();
    ASSERT_TRUE(await_idle(queue));
    EXPECT_TRUE(queue.run(nothing, 1000).ok()) << "nothing waits";
}

}  // namespace
}  // namespace tsa
