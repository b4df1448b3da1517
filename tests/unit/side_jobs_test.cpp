// SPDX-License-Identifier: MIT
// Jobs of which some hang: the others are done, and the number of threads is bounded.
#include "base/side_jobs.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "unit/gate.h"

namespace tsa {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

void let_it_be_late() {
    std::this_thread::sleep_for(SideJobs::kLate + milliseconds(50));
}

TEST(SideJobs, run_one_after_the_other_on_one_thread) {
    SideJobs jobs("test-jobs");
    std::vector<std::thread::id> threads;
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(jobs.begin([&threads] { threads.push_back(std::this_thread::get_id()); }));
        ASSERT_TRUE(jobs.wait_for(seconds(30)));
    }
    ASSERT_EQ(threads.size(), 3U);
    EXPECT_EQ(threads[0], threads[2]);
    EXPECT_NE(threads[0], std::this_thread::get_id());
}

TEST(SideJobs, a_late_job_does_not_stop_the_next_one) {
    const auto gate = std::make_shared<Gate>();
    SideJobs jobs("test-jobs");
    ASSERT_TRUE(jobs.begin([gate] { gate->wait(); }));
    EXPECT_FALSE(jobs.begin([] {})) << "it may still end in time";
    let_it_be_late();
    std::atomic<bool> done{false};
    ASSERT_TRUE(jobs.begin([&done] { done = true; }));
    EXPECT_TRUE(jobs.wait_for(seconds(30)));
    EXPECT_TRUE(done);
    EXPECT_EQ(gate->runs, 0);
    gate->let_go();
}

TEST(SideJobs, no_job_begins_while_every_thread_hangs) {
    const auto gate = std::make_shared<Gate>();
    SideJobs jobs("test-jobs");
    for (std::size_t i = 0; i < SideJobs::kMaxThreads; ++i) {
        ASSERT_TRUE(jobs.begin([gate] { gate->wait(); })) << i;
        let_it_be_late();
    }
    EXPECT_FALSE(jobs.begin([] {}));
    gate->let_go();
    EXPECT_TRUE(jobs.wait_for(seconds(30)));
    EXPECT_TRUE(jobs.begin([] {}));
}

}  // namespace
}  // namespace tsa
