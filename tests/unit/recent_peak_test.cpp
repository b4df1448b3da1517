// SPDX-License-Identifier: MIT
// Memory allocated during a storm is released after it; a steady load releases nothing.
#include "base/recent_peak.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include <cstdint>
#include <vector>

#include "model/report.h"
#include "output/csv.h"
#include "output/ndjson.h"
#include "unit/allocations.h"

namespace tsa {
namespace {

using testing::AllocationCount;

/// One interval of a buffer's use.
void fill(std::vector<std::uint64_t>& buffer, RecentPeak& peak, std::size_t count) {
    clear_to(peak, buffer);
    buffer.insert(buffer.end(), count, 0);
    peak.note(count);
}

TEST(RecentPeak, forgets_a_storm_after_one_to_two_windows) {
    RecentPeak peak;
    peak.note(1'000'000);
    for (std::size_t i = 1; i < RecentPeak::kWindow; ++i) {
        peak.note(10);
        ASSERT_EQ(peak.value(), 1'000'000U);
    }
    for (std::size_t i = 0; i < RecentPeak::kWindow; ++i) {
        ASSERT_EQ(peak.value(), 1'000'000U);
        peak.note(20);
    }
    peak.note(5);
    EXPECT_EQ(peak.value(), 20U);
}

TEST(RecentPeak, room_for_a_storm_is_kept_while_it_may_come_again_and_then_given_back) {
    RecentPeak peak;
    std::vector<std::uint64_t> buffer;
    fill(buffer, peak, 1'000'000);
    const std::size_t storm = buffer.capacity();
    std::size_t kept = 0;
    while (buffer.capacity() == storm && kept < 1000) {
        fill(buffer, peak, 3000);
        ++kept;
    }
    EXPECT_GE(kept, RecentPeak::kWindow);
    EXPECT_LE(kept, 2 * RecentPeak::kWindow + 1);
    EXPECT_GE(buffer.capacity(), 6000U);
    EXPECT_LT(buffer.capacity(), 12'000U);
}

TEST(RecentPeak, a_load_that_varies_by_half_allocates_nothing) {
    RecentPeak peak;
    std::vector<std::uint64_t> buffer;
    fill(buffer, peak, 100'000);
    const AllocationCount allocated;
    for (std::size_t i = 0; i < 1000; ++i) {
        fill(buffer, peak, 50'000 + i % 7 * 8000);
    }
    EXPECT_EQ(allocated.so_far(), 0U);
    EXPECT_GE(buffer.capacity(), 100'000U);
}

TEST(RecentPeak, small_buffers_are_left_alone) {
    RecentPeak peak;
    std::vector<std::uint64_t> buffer;
    fill(buffer, peak, RecentPeak::kSmallBytes / sizeof(std::uint64_t));
    const std::size_t capacity = buffer.capacity();
    for (int i = 0; i < 1000; ++i) {
        fill(buffer, peak, 0);
    }
    EXPECT_EQ(buffer.capacity(), capacity);
}

/// A report in which that many threads exited.
class Storm {
  public:
    const Report& report(std::size_t ended) {
        report_.exited.assign(ended, ThreadRow{});
        for (ThreadRow& row : report_.exited) {
            row.now = &thread_;
        }
        rows_.select_apart(report_, {});
        return report_;
    }
    [[nodiscard]] const SelectedRows& rows() const { return rows_; }

  private:
    Thread thread_;
    Report report_;
    SelectedRows rows_;
};

/// Bytes allocated by malloc, including mappings.
std::size_t bytes_in_use() {
    const auto info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

constexpr std::size_t kEnded = 15'000;

/// How much memory of one interval with very many rows is still allocated long after it.
template <class Write>
void expect_text_given_back(Write&& write) {
    if (!testing::allocations_are_counted()) {
        GTEST_SKIP() << "a sanitizer's malloc does not tell what is in use";
    }
    Storm storm;
    (void)storm.report(kEnded);  // its own buffers keep their size
    write(storm, 1);
    const std::size_t before = bytes_in_use();
    write(storm, kEnded);
    const std::size_t grown = bytes_in_use() - before;
    ASSERT_GT(grown, 1'000'000U);
    for (std::size_t i = 0; i < 2 * RecentPeak::kWindow + 2; ++i) {
        write(storm, 1);
    }
    EXPECT_LT(bytes_in_use(), before + grown / 10);
}

TEST(RecentPeak, memory_of_the_line_of_a_storm_is_released) {
    NdjsonWriter json;
    expect_text_given_back(
        [&](Storm& storm, std::size_t ended) { (void)json.write(storm.report(ended), storm.rows()); });
}

TEST(RecentPeak, memory_of_the_csv_rows_of_a_storm_is_released) {
    CsvWriter csv;
    expect_text_given_back(
        [&](Storm& storm, std::size_t ended) { (void)csv.write(storm.report(ended), storm.rows()); });
}

TEST(RecentPeak, memory_of_the_recorded_rows_of_a_storm_is_released) {
    RecordedRowWriter rows(false);
    expect_text_given_back([&](Storm& storm, std::size_t ended) {
        const Report& report = storm.report(ended);
        rows.clear();
        for (const ThreadRow& row : report.exited) {
            rows.put(report, {&row, 0});
        }
    });
}

}  // namespace
}  // namespace tsa
