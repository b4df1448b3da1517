// SPDX-License-Identifier: MIT
// Waits for a CPU that are due to a CPU quota, held against the kernel's own account of the group.
#include <gtest/gtest.h>

#include <memory>
#include <sstream>
#include <string>

#include "observer.h"
#include "support/feature.h"
#include "support/guards.h"
#include "support/puppet.h"
#include "support/witness.h"

namespace tsa::test {
namespace {

double of(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

/// Time in which the group had used up its quota, added up over the CPUs.
std::uint64_t throttled_ns(const Cgroup& group) {
    std::istringstream lines(group.get("cpu.stat"));
    std::string key;
    std::uint64_t value = 0;
    while (lines >> key >> value) {
        if (key == "throttled_time") {
            return value;
        }
        if (key == "throttled_usec") {
            return value * 1000;
        }
    }
    return 0;
}

class Throttle : public testing::Test {
  protected:
    void SetUp() override {
        TSA_REQUIRE(missing_bpf());
        TSA_REQUIRE(missing_cgroup("cpu"));
        group_ = std::make_unique<Cgroup>("cpu");
        group_->limit_cpu(5);
    }

    /// Lets `members` run in the group until it has been throttled for `at_least`, and reports on that time. The
    /// kernel's count grows at the end of a throttling, so the interval starts and ends soon after one.
    void observe(Puppet& members, std::uint64_t at_least_ns) {
        group_->add(members.pid());
        await_end_of_throttling();
        observer_ = std::make_unique<Observer>();
        await_end_of_throttling();
        observer_->mark();
        const std::uint64_t from_ns = throttled_ns(*group_);
        ASSERT_TRUE(await([&] { return throttled_ns(*group_) >= from_ns + at_least_ns; }));
        observer_->report();
        counted_ns_ = throttled_ns(*group_) - from_ns;
    }

    std::unique_ptr<Cgroup> group_;
    std::unique_ptr<Observer> observer_;
    std::uint64_t counted_ns_ = 0;  ///< by the kernel

  private:
    void await_end_of_throttling() {
        const std::uint64_t before = throttled_ns(*group_);
        ASSERT_TRUE(await([&] { return throttled_ns(*group_) != before; }));
    }
};

constexpr std::uint64_t kSecond = 1'000'000'000;

TEST_F(Throttle, four_threads_of_one_group_wait_for_its_quota_as_long_as_the_kernel_counts) {
    Puppet hogs("hogs", {std::to_string(test_cpu()), "4"});
    observe(hogs, 2 * kSecond);
    for (const char* name : {"hog0", "hog1", "hog2", "hog3"}) {
        const ThreadRow* row = observer_->row(hogs.tid(name));
        ASSERT_NE(row, nullptr);
        const std::uint64_t throttled = row->part_ns[Part::throttled];
        EXPECT_NEAR(of(throttled, counted_ns_), 1.0, 0.15) << name << describe(*row);
        EXPECT_LE(throttled + row->part_ns[Part::preempted], row->state_ns[index(ThreadState::cpu_wait)]);
    }
}

TEST_F(Throttle, is_told_apart_from_contention_with_a_thread_that_has_no_quota) {
    Puppet other("hogs", {std::to_string(test_cpu()), "1"});
    Puppet hogs("hogs", {std::to_string(test_cpu()), "1"});
    observe(hogs, kSecond);
    const ThreadRow* row = observer_->row(hogs.tid("hog0"));
    const ThreadRow* rival = observer_->row(other.tid("hog0"));
    ASSERT_NE(row, nullptr);
    ASSERT_NE(rival, nullptr);
    EXPECT_NEAR(of(row->part_ns[Part::throttled], counted_ns_), 1.0, 0.15) << describe(*row);
    // While it may run it shares the CPU with its rival.
    EXPECT_GT(row->part_ns[Part::preempted], 0U) << describe(*row);
    EXPECT_EQ(rival->part_ns[Part::throttled], 0U) << describe(*rival);
    EXPECT_GT(rival->part_ns[Part::preempted], 0U) << describe(*rival);
}

TEST_F(Throttle, of_a_thread_that_sleeps_between_is_not_more_than_it_waited) {
    Puppet hogs("hogs", {std::to_string(test_cpu()), "2"});
    Puppet waits("waits");
    group_->add(waits.pid());
    observe(hogs, kSecond);
    for (const ThreadRow& row : observer_->last().threads) {
        EXPECT_LE(row.part_ns[Part::throttled], row.state_ns[index(ThreadState::cpu_wait)]) << describe(row);
    }
    const ThreadRow* asleep = observer_->row(waits.tid("nanosleep"));
    ASSERT_NE(asleep, nullptr);
    EXPECT_EQ(asleep->part_ns[Part::throttled], 0U) << describe(*asleep);
}

}  // namespace
}  // namespace tsa::test
