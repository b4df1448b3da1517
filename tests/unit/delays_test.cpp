// SPDX-License-Identifier: MIT
// Delay tables: found by thread, growth only where both ends are known and accounted; and the columns made of them.
#include "model/delays.h"

#include <gtest/gtest.h>

#include "model/columns.h"

namespace tsa {
namespace {

ThreadDelays delays_of(std::uint32_t tid, std::uint64_t start_ns, std::uint64_t before_ns, std::uint64_t now_ns) {
    ThreadDelays out;
    out.key = {tid, start_ns};
    out.has_before = true;
    out.before.version = out.now.version = 16;
    out.before.delays[index(DelayKind::blkio)] = Delay{1, before_ns, {}, {}, {}};
    out.now.delays[index(DelayKind::blkio)] = Delay{4, now_ns, 700, {}, {}};
    return out;
}

constexpr DelayAccounting kOn{Accounting::on, false, 0, std::nullopt};

TEST(DelayTable, finds_a_thread_by_tid_and_start_time) {
    std::vector<ThreadDelays> entries{delays_of(7, 200, 0, 1), delays_of(3, 100, 0, 2), delays_of(7, 100, 0, 3)};
    DelayTable table;
    table.assign(entries);
    ASSERT_NE(table.find({7, 100}), nullptr);
    EXPECT_EQ(table.find({7, 100})->now.delay(DelayKind::blkio)->total_ns, 3U);
    EXPECT_EQ(table.find({7, 200})->now.delay(DelayKind::blkio)->total_ns, 1U);
    EXPECT_EQ(table.find({7, 300}), nullptr);
    EXPECT_EQ(table.find({4, 100}), nullptr);
}

TEST(DelayGrowth, is_the_difference_and_never_negative) {
    EXPECT_EQ(delay_growth_ns(delays_of(1, 1, 400, 1000), DelayKind::blkio, kOn), 600U);
    EXPECT_EQ(delay_growth_ns(delays_of(1, 1, 1000, 400), DelayKind::blkio, kOn), 0U);
}

TEST(DelayGrowth, is_absent_without_a_start_an_accounting_or_a_field) {
    ThreadDelays first_time = delays_of(1, 1, 0, 1000);
    first_time.has_before = false;
    EXPECT_EQ(delay_growth_ns(first_time, DelayKind::blkio, kOn), std::nullopt);
    DelayAccounting off;
    off.state = Accounting::off;
    EXPECT_EQ(delay_growth_ns(delays_of(1, 1, 0, 1000), DelayKind::blkio, off), std::nullopt);
    EXPECT_EQ(delay_growth_ns(delays_of(1, 1, 0, 1000), DelayKind::irq, kOn), std::nullopt);
}

class TaskstatsColumns : public testing::Test {
  protected:
    TaskstatsColumns() {
        thread_.tid = 1;
        thread_.start_time_ns = 1;
        row_.now = &thread_;
        std::vector<ThreadDelays> entries{delays_of(1, 1, 400, 1000)};
        entries[0].before.voluntary_switches = 5;
        entries[0].now.voluntary_switches = 12;
        table_.assign(entries);
        table_.accounting = kOn;
        report_.delays = &table_;
    }

    Value value(std::string_view key) const {
        const Column* column = find_column(key);
        return column != nullptr ? column->of_thread(report_, row_) : Value{Value::Kind::text, 0, "no such column"};
    }

    Thread thread_;
    ThreadRow row_;
    DelayTable table_;
    Report report_;
};

TEST_F(TaskstatsColumns, show_what_fell_into_the_interval) {
    EXPECT_EQ(value("taskstats_blkio_delay_ns").integer, 600);
    EXPECT_EQ(value("taskstats_blkio_delay_count").integer, 3);
    EXPECT_EQ(value("taskstats_blkio_delay_max_ns").integer, 700);
    EXPECT_EQ(value("taskstats_voluntary_switches").integer, 7);
    EXPECT_EQ(value("taskstats_version").integer, 16);
}

TEST_F(TaskstatsColumns, what_the_reply_lacks_is_absent) {
    EXPECT_FALSE(value("taskstats_irq_delay_ns").present());
    EXPECT_FALSE(value("taskstats_max_rss_bytes").present());
    EXPECT_FALSE(value("taskstats_minor_faults").present());
}

TEST_F(TaskstatsColumns, cpu_time_is_absent_where_it_is_a_part_of_an_accounting_that_is_off) {
    table_.accounting = DelayAccounting{Accounting::off, false, std::nullopt, std::nullopt};
    EXPECT_TRUE(value("taskstats_cpu_run_virtual_ns").present());
    table_.accounting.covers_cpu = true;
    EXPECT_FALSE(value("taskstats_cpu_run_virtual_ns").present());
    EXPECT_FALSE(value("taskstats_cpu_run_real_ns").present());
    EXPECT_TRUE(value("taskstats_voluntary_switches").present());
}

TEST_F(TaskstatsColumns, all_are_absent_for_a_thread_that_was_not_asked_for) {
    thread_.tid = 2;
    for (const Column& column : taskstats_columns()) {
        EXPECT_FALSE(column.of_thread(report_, row_).present()) << column.key;
    }
    report_.delays = nullptr;
    for (const Column& column : taskstats_columns()) {
        EXPECT_FALSE(column.of_thread(report_, row_).present()) << column.key;
    }
}

TEST_F(TaskstatsColumns, heads_fit_their_columns_and_no_key_stands_twice) {
    for (const Column& column : taskstats_columns()) {
        EXPECT_LE(column.head.size(), static_cast<std::size_t>(column.width)) << column.key;
        EXPECT_EQ(find_column(column.key), &column);
    }
}

}  // namespace
}  // namespace tsa
