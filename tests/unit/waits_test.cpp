// SPDX-License-Identifier: MIT
// Lengths of waits by bucket: the edges, what quantiles are off by, and that the probe counts as the model does.
#include "model/waits.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "tsa_waits.h"

namespace tsa {
namespace {

constexpr std::uint64_t kHuge = std::numeric_limits<std::uint64_t>::max();

WaitTotals totals_of(const std::vector<std::uint64_t>& lengths) {
    WaitTotals waits;
    for (const std::uint64_t ns : lengths) {
        ++waits.count;
        waits.total_ns += ns;
        waits.max_ns = std::max(waits.max_ns, ns);
        ++waits.lengths[wait_bucket(ns)];
    }
    return waits;
}

TEST(WaitBucket, begins_where_it_says_and_the_length_before_is_in_the_one_before) {
    EXPECT_EQ(wait_bucket_begin_ns(0), 0U);
    for (std::size_t bucket = 1; bucket < kWaitBuckets; ++bucket) {
        const std::uint64_t begin_ns = wait_bucket_begin_ns(bucket);
        EXPECT_EQ(wait_bucket(begin_ns), bucket);
        EXPECT_EQ(wait_bucket(begin_ns - 1), bucket - 1);
    }
}

TEST(WaitBucket, the_first_takes_what_is_shorter_and_the_last_what_is_longer) {
    EXPECT_EQ(wait_bucket(0), 0U);
    EXPECT_EQ(wait_bucket(1), 0U);
    EXPECT_EQ(wait_bucket(1151), 0U);
    EXPECT_EQ(wait_bucket(1152), 1U);
    EXPECT_EQ(wait_bucket((1ULL << 38U) - 1), kWaitBuckets - 1);
    EXPECT_EQ(wait_bucket(1ULL << 38U), kWaitBuckets - 1);
    EXPECT_EQ(wait_bucket(kHuge), kWaitBuckets - 1);
}

TEST(WaitBucket, is_what_the_probe_counts) {
    const auto expect_same = [](std::uint64_t ns) { ASSERT_EQ(tsa_wait_bucket(ns), wait_bucket(ns)) << ns; };
    for (unsigned power = 0; power < 64; ++power) {
        for (std::uint64_t sub = 0; sub < 16; ++sub) {
            const std::uint64_t edge = (1ULL << power) + sub * ((1ULL << power) / 16);
            expect_same(edge);
            expect_same(edge - 1);
        }
    }
    expect_same(0);
    expect_same(kHuge);
    std::mt19937_64 random(1);
    for (int i = 0; i < 100'000; ++i) {
        expect_same(random() >> (random() % 64));
    }
}

TEST(WaitQuantile, of_random_lengths_is_within_an_eighth) {
    std::mt19937_64 random(7);
    for (int round = 0; round < 200; ++round) {
        // From 2 us to a minute, each order of magnitude as likely.
        std::uniform_real_distribution<double> power(11, 35.8);
        std::vector<std::uint64_t> lengths(1 + random() % 500);
        for (std::uint64_t& ns : lengths) {
            ns = static_cast<std::uint64_t>(std::exp2(power(random)));
        }
        const WaitTotals waits = totals_of(lengths);
        std::sort(lengths.begin(), lengths.end());
        for (const double quantile : {0.0, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1.0}) {
            const double wanted = std::ceil(quantile * static_cast<double>(lengths.size()));
            const auto exact = static_cast<double>(lengths[static_cast<std::size_t>(std::max(wanted, 1.0)) - 1]);
            const auto told = static_cast<double>(wait_quantile_ns(waits, quantile).value());
            ASSERT_LE(std::abs(told - exact), exact / kWaitSubBuckets + 1) << quantile << " of " << lengths.size();
            ASSERT_LE(told, static_cast<double>(waits.max_ns));
        }
        ASSERT_EQ(wait_quantile_ns(waits, 1.0), waits.max_ns);
    }
}

TEST(WaitQuantile, of_short_lengths_is_off_by_the_first_bucket_at_most) {
    const WaitTotals waits = totals_of({0, 10, 300, 1000});
    EXPECT_LE(wait_quantile_ns(waits, 0.25).value(), 1152U);
    EXPECT_EQ(wait_quantile_ns(waits, 1.0), 1000U);
    EXPECT_EQ(wait_quantile_ns(totals_of({0}), 0.5), 0U);
}

TEST(WaitQuantile, beyond_the_last_bucket_ends_at_the_longest) {
    constexpr std::uint64_t kHour = 3'600'000'000'000;
    const WaitTotals waits = totals_of({kHour, 2 * kHour});
    EXPECT_GE(wait_quantile_ns(waits, 0.5).value(), wait_bucket_begin_ns(kWaitBuckets - 1));
    EXPECT_LT(wait_quantile_ns(waits, 0.5).value(), 2 * kHour);
    EXPECT_EQ(wait_quantile_ns(waits, 0.99), 2 * kHour);
    EXPECT_EQ(wait_quantile_ns(totals_of({kHuge}), 0.5), kHuge);
}

TEST(WaitQuantile, is_absent_without_a_wait) {
    EXPECT_EQ(wait_quantile_ns(WaitTotals{}, 0.5), std::nullopt);
}

TEST(WaitQuantile, takes_shares_outside_0_to_1_for_the_nearer_end) {
    const WaitTotals waits = totals_of({5'000, 7'000'000});
    EXPECT_EQ(wait_quantile_ns(waits, 7.5), 7'000'000U);
    EXPECT_EQ(wait_quantile_ns(waits, -1), wait_quantile_ns(waits, 0));
}

TEST(MergeWaits, is_the_same_as_having_counted_together) {
    std::vector<std::uint64_t> some{3'000, 8'000'000, 90};
    const std::vector<std::uint64_t> more{5'000'000'000, 3'001};
    WaitTotals merged = totals_of(some);
    merged.kind.wait.syscall = 7;
    merged.max_at_ns = 100;
    WaitTotals other = totals_of(more);
    other.kind.wait.syscall = 8;
    other.max_at_ns = 200;
    merge_waits(merged, other);
    some.insert(some.end(), more.begin(), more.end());
    const WaitTotals together = totals_of(some);
    EXPECT_EQ(merged.count, together.count);
    EXPECT_EQ(merged.total_ns, together.total_ns);
    EXPECT_EQ(merged.max_ns, together.max_ns);
    EXPECT_EQ(merged.max_at_ns, 200U) << "the longer one's moment";
    EXPECT_EQ(merged.lengths, together.lengths);
    EXPECT_EQ(merged.kind.wait.syscall, 7);

    merge_waits(merged, totals_of({1}));
    EXPECT_EQ(merged.max_at_ns, 200U);
}

TEST(MergeWaits, a_full_bucket_stays_full) {
    WaitTotals waits;
    waits.lengths[3] = std::numeric_limits<std::uint32_t>::max() - 1;
    WaitTotals other;
    other.lengths[3] = 5;
    merge_waits(waits, other);
    EXPECT_EQ(waits.lengths[3], std::numeric_limits<std::uint32_t>::max());
}

}  // namespace
}  // namespace tsa
