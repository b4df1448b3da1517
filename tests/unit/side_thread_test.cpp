// SPDX-License-Identifier: MIT
// A thread for work that may hang: results, deadlines, and resources after the caller stops waiting.
#include "base/side_thread.h"

#include <gtest/gtest.h>

#include <atomic>

#include "unit/gate.h"

namespace tsa {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(SideThread, runs_its_job_once_for_each_begin) {
    std::atomic<int> runs{0};
    auto thread = SideThread::start("test-side", [&runs] { ++runs; });
    ASSERT_TRUE(thread.ok());
    for (int i = 1; i <= 3; ++i) {
        thread.value()->begin();
        ASSERT_TRUE(thread.value()->wait_for(seconds(30)));
        EXPECT_EQ(runs, i);
        EXPECT_FALSE(thread.value()->is_busy());
    }
}

TEST(SideThread, a_job_that_hangs_is_waited_for_only_until_the_deadline) {
    const auto gate = std::make_shared<Gate>();
    auto thread = SideThread::start("test-side", [gate] { gate->wait(); });
    ASSERT_TRUE(thread.ok());
    thread.value()->begin();
    EXPECT_FALSE(thread.value()->wait_for(milliseconds(1)));
    EXPECT_TRUE(thread.value()->is_busy());
    gate->let_go();
    EXPECT_TRUE(thread.value()->wait_for(seconds(30)));
    EXPECT_EQ(gate->runs, 1);
}

TEST(SideThread, does_not_wait_for_a_job_that_hangs_when_it_is_destroyed) {
    const auto gate = std::make_shared<Gate>();
    {
        auto thread = SideThread::start("test-side", [gate] { gate->wait(); });
        ASSERT_TRUE(thread.ok());
        thread.value()->begin();
        EXPECT_FALSE(thread.value()->wait_for(milliseconds(1)));
    }
    EXPECT_EQ(gate->runs, 0);
    gate->let_go();  // the job's data still exists
}

}  // namespace
}  // namespace tsa
