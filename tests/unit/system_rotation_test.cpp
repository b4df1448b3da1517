// SPDX-License-Identifier: MIT
// Rotation with test sources: fair, bounded, not more often than requested, and correct after a suspend.
#include "system/rotation.h"

#include <gtest/gtest.h>

#include <map>

#include "system/device_totals.h"
#include "unit/system_tree.h"

namespace tsa {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kShare = 6;

class CountingSource : public SlowSource {
  public:
    explicit CountingSource(std::size_t steps) : steps_(steps) {}
    void discover() override { ++discovered; }
    [[nodiscard]] std::size_t steps() const override { return steps_; }
    void step(std::size_t number, std::uint64_t /*now_ns*/, TextBuffer& buffer) override {
        EXPECT_EQ(number, static_cast<std::size_t>(taken) % steps_) << "steps come in order";
        ++taken;
        ++buffer.calls;
    }
    void publish(SystemSample& /*out*/) const override {}
    void resumed() override { ++resumes; }

    int discovered = 0;
    int taken = 0;
    int resumes = 0;

  private:
    std::size_t steps_;
};

class RotationTree : public SystemTree {
  protected:
    CountingSource& add(std::size_t steps, std::uint64_t period_ns, std::vector<std::string> directories = {}) {
        auto source = std::make_unique<CountingSource>(steps);
        CountingSource& added = *source;
        rotation_.add(std::move(source), period_ns, std::move(directories));
        return added;
    }
    // Calls that this refresh made.
    std::uint64_t run(std::uint64_t now_ns) {
        const std::uint64_t before = buffer_.calls;
        rotation_.run({now_ns, now_ns}, before + kShare, buffer_);
        return buffer_.calls - before;
    }

    TextBuffer buffer_;
    Rotation rotation_{10 * kSecond};
};

TEST_F(RotationTree, a_refresh_stays_within_its_budget_for_any_number_of_sources) {
    std::vector<CountingSource*> sources;
    for (std::size_t steps : {1U, 64U, 3U, 16U, 7U}) {
        sources.push_back(&add(steps, kSecond));
    }
    for (std::uint64_t refresh = 1; refresh <= 200; ++refresh) {
        EXPECT_LE(run(refresh * kSecond), kShare);
    }
    EXPECT_GE(sources[1]->taken, 64) << "the long one finishes a round";
    EXPECT_GE(sources[0]->taken, 50) << "and the short ones do not wait for it";
}

TEST_F(RotationTree, no_round_begins_before_its_time) {
    CountingSource& often = add(1, kSecond);
    CountingSource& seldom = add(2, 5 * kSecond);
    for (std::uint64_t ms = 0; ms < 10'000; ms += 100) {
        (void)run(kSecond + ms * 1'000'000);
    }
    EXPECT_EQ(often.taken, 10);
    EXPECT_EQ(seldom.taken, 4);
}

TEST_F(RotationTree, what_is_absent_costs_nothing) {
    (void)add(0, 0);
    EXPECT_EQ(run(kSecond), 0U);
    EXPECT_EQ(Rotation(kSecond).look(kSecond, buffer_), false);
}

TEST_F(RotationTree, everything_is_read_once_at_the_start) {
    CountingSource& source = add(50, kSecond);
    rotation_.read_all({kSecond, kSecond}, buffer_);
    EXPECT_EQ(source.taken, 50);
    EXPECT_EQ(run(kSecond + 1), 0U);
}

TEST_F(RotationTree, a_directory_that_changed_is_noticed_in_its_time_and_once) {
    write("sys/one/a", "");
    CountingSource& one = add(1, kSecond, {root() + "/sys/one"});
    CountingSource& two = add(1, kSecond, {root() + "/sys/two"});
    EXPECT_EQ(one.discovered, 1);
    write("sys/one/b", "");
    write("sys/two/a", "");
    rotation_.read_all({100 * kSecond, 100 * kSecond}, buffer_);
    EXPECT_FALSE(rotation_.look(101 * kSecond, buffer_));
    for (std::uint64_t now_s = 105; now_s < 130; ++now_s) {
        const std::uint64_t calls = buffer_.calls;
        (void)rotation_.look(now_s * kSecond, buffer_);
        EXPECT_LE(buffer_.calls - calls, 4U);
    }
    EXPECT_EQ(one.discovered, 2);
    EXPECT_EQ(two.discovered, 2);
    remove("sys/two");
    write("sys/one/b", "another content is no other device");
    for (std::uint64_t now_s = 130; now_s < 160; ++now_s) {
        (void)rotation_.look(now_s * kSecond, buffer_);
    }
    EXPECT_EQ(one.discovered, 2);
    EXPECT_EQ(two.discovered, 3);
}

TEST_F(RotationTree, a_suspend_is_noticed_by_the_distance_of_the_clocks) {
    CountingSource& source = add(1, kSecond);
    rotation_.run({kSecond, 100 * kSecond}, kShare, buffer_);
    rotation_.run({2 * kSecond, 101 * kSecond}, kShare, buffer_);
    EXPECT_EQ(source.resumes, 0);
    rotation_.run({3 * kSecond, 3702 * kSecond}, kShare, buffer_);
    EXPECT_EQ(source.resumes, 1);
    rotation_.run({4 * kSecond, 3703 * kSecond}, kShare, buffer_);
    EXPECT_EQ(source.resumes, 1);
}

TEST(CounterRate, needs_two_readings_and_follows_a_wrap_only_where_it_is_known) {
    CounterRate rate;
    EXPECT_FALSE(rate.update(100, 10).has_value());
    EXPECT_DOUBLE_EQ(rate.update(120, 20).value(), 2);
    EXPECT_FALSE(rate.update(130, 20).has_value()) << "no time has passed";
    EXPECT_FALSE(rate.update(10, 30).has_value());
    EXPECT_DOUBLE_EQ(rate.update(20, 40, 1000).value(), 1);
    EXPECT_DOUBLE_EQ(rate.update(10, 50, 25).value(), 1.5);
    rate.forget();
    EXPECT_FALSE(rate.update(30, 60).has_value());
}

TEST(DeviceTotals, only_growth_counts_after_the_first_reading) {
    DeviceTotals totals;
    const auto reading = [&](const std::map<std::string, std::uint64_t>& devices) {
        totals.begin();
        for (const auto& [name, bytes] : devices) {
            totals.add(name, {bytes, 2 * bytes});
        }
        return totals.end();
    };
    EXPECT_FALSE(reading({}));
    EXPECT_TRUE(reading({{"a", 100}, {"b", 50}}));
    EXPECT_EQ(totals.sums()[0], 150U);
    EXPECT_TRUE(reading({{"a", 110}, {"b", 10}, {"c", 9'000'000}}));  // b wrapped, c is new
    EXPECT_EQ(totals.sums()[0], 160U);
    EXPECT_TRUE(reading({{"b", 15}, {"c", 9'000'001}}));
    EXPECT_EQ(totals.sums()[0], 166U);
    EXPECT_TRUE(reading({{"a", 500}, {"b", 15}}));  // a different a: it was removed in between
    EXPECT_EQ(totals.sums()[0], 166U);
    EXPECT_FALSE(reading({}));
    EXPECT_EQ(totals.sums()[1], 332U);
}

TEST(DeviceTotals, devices_beyond_the_bound_do_not_count) {
    DeviceTotals totals;
    totals.begin();
    for (std::size_t i = 0; i < DeviceTotals::kMaxDevices + 5; ++i) {
        totals.add("device" + std::to_string(i), {1, 0});
    }
    EXPECT_TRUE(totals.end());
    EXPECT_EQ(totals.sums()[0], DeviceTotals::kMaxDevices);
}

}  // namespace
}  // namespace tsa
