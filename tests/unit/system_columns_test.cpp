// SPDX-License-Identifier: MIT
// The table of system columns: values match their units, invalid values are rejected, and values can be cleared.
#include "model/system_columns.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <set>
#include <string>

#include "model/system_lists.h"
#include "unit/random_system.h"

namespace tsa {
namespace {

const SystemColumn& column(std::string_view key) {
    return *std::ranges::find(system_columns(), key, &SystemColumn::key);
}

std::string text_of(const SystemColumn& of, const Report& report) {
    fmt::memory_buffer scratch;
    return std::string(of.get(report, scratch).text);
}

TEST(SystemColumns, keys_are_unique_and_every_column_has_a_description) {
    std::set<std::string_view> keys;
    for (const SystemColumn& one : system_columns()) {
        EXPECT_TRUE(keys.insert(one.key).second) << one.key;
        EXPECT_GT(one.help.size(), 8U) << one.key;
        EXPECT_FALSE(one.help.ends_with('.')) << one.key;
        EXPECT_EQ(one.group == SystemGroup::own, one.key.starts_with("own_")) << one.key;
    }
}

TEST(SystemColumns, the_unit_is_in_the_key) {
    for (const SystemColumn& one : system_columns()) {
        const auto ends = [&](std::string_view end) { return one.key.ends_with(end); };
        EXPECT_EQ(one.unit == SystemUnit::nanoseconds, ends("_ns")) << one.key;
        EXPECT_EQ(one.unit == SystemUnit::bytes, ends("_bytes")) << one.key;
        EXPECT_EQ(one.unit == SystemUnit::bytes_per_s, ends("_bytes_per_s")) << one.key;
        EXPECT_EQ(one.unit == SystemUnit::percent, ends("_pct") || ends("_avg10")) << one.key;
        EXPECT_EQ(one.unit == SystemUnit::celsius, ends("_c")) << one.key;
        EXPECT_EQ(one.unit == SystemUnit::megahertz, ends("_mhz")) << one.key;
        EXPECT_EQ(one.unit == SystemUnit::watts, ends("_w")) << one.key;
    }
}

TEST(SystemColumns, cells_match_their_units_and_every_column_has_a_value_on_some_machine) {
    std::mt19937_64 random(11);
    std::set<std::string_view> told, missing;
    fmt::memory_buffer scratch;
    for (int round = 0; round < 200; ++round) {
        const Report report = test::random_system_report(random);
        for (const SystemColumn& one : system_columns()) {
            const SystemValue value = one.get(report, scratch);
            if (value.kind == SystemValue::Kind::absent) {
                missing.insert(one.key);
                continue;
            }
            told.insert(one.key);
            EXPECT_EQ(value.kind == SystemValue::Kind::integer, is_integer(one.unit)) << one.key;
            EXPECT_EQ(value.kind == SystemValue::Kind::text, is_text(one.unit)) << one.key;
        }
    }
    EXPECT_EQ(told.size(), system_columns().size());
    // The tool's own counts are never absent.
    for (const std::string_view key :
         {"cpus", "cpu_exec_ns", "wall_ns", "unlisted_exits", "torn_reads", "own_cpu_ns"}) {
        EXPECT_FALSE(missing.contains(key)) << key;
    }
}

TEST(SystemColumns, a_value_of_the_wrong_kind_is_ignored) {
    for (const SystemColumn& one : system_columns()) {
        for (const SystemValue::Kind kind : {SystemValue::Kind::absent, SystemValue::Kind::integer,
                                             SystemValue::Kind::real, SystemValue::Kind::text}) {
            const bool fits = kind == (is_integer(one.unit) ? SystemValue::Kind::integer
                                       : is_text(one.unit)  ? SystemValue::Kind::text
                                                            : SystemValue::Kind::real);
            if (fits) {
                continue;
            }
            Report report;
            clear_system(report);
            one.set(report, {kind, 5, 5, "[5]"});
            Report empty;
            clear_system(empty);
            test::expect_same_system(report, empty);
            ASSERT_FALSE(HasFailure()) << one.key;
        }
    }
}

TEST(SystemColumns, emptied_it_is_a_report_of_nothing_that_keeps_its_memory) {
    std::mt19937_64 random(12);
    Report report = test::random_system_report(random);
    report.system.per_cpu.assign(8, {});
    report.measured = kMeasuredAll;
    const CpuShare* memory = report.system.per_cpu.data();
    clear_system(report);
    test::expect_same_system(report, {});
    EXPECT_EQ(report.measured, static_cast<Measured>(kMeasuredAll & ~kMeasuredStates)) << "the rest is the threads'";
    report.system.per_cpu.push_back({});
    EXPECT_EQ(report.system.per_cpu.data(), memory);
}

TEST(SystemColumns, cpus_are_at_their_index) {
    Report report;
    EXPECT_EQ(text_of(column("per_cpu"), report), "");
    report.system.per_cpu = {{1, 12.5}, {4, 100}};
    EXPECT_EQ(text_of(column("per_cpu"), report), "[null,12.5,null,null,100.0]");
    // No machine has this CPU, and a list up to it would be that long.
    report.system.per_cpu = {{0, 3}, {std::numeric_limits<std::uint32_t>::max(), 7}};
    EXPECT_EQ(text_of(column("per_cpu"), report), "[3.0]");
    report.system.per_cpu = {{0, std::numeric_limits<double>::quiet_NaN()}};
    EXPECT_EQ(text_of(column("per_cpu"), report), "[null]");
}

TEST(SystemColumns, gpus_are_objects_with_all_their_keys) {
    Report report;
    Gpu gpu;
    gpu.name = DeviceName("card0");
    gpu.driver = "xe";
    gpu.busy_pct = 12.5;
    gpu.memory_used_bytes = 7;
    report.system.now.gpus = {gpu};
    EXPECT_EQ(text_of(column("gpus"), report),
              R"([{"name":"card0","driver":"xe","asleep":false,"busy_pct":12.5,"mhz":null,"temperature_c":null,)"
              R"("memory_used_bytes":7,"memory_total_bytes":null}])");
}

TEST(SystemColumns, no_throttling_reason_differs_from_unavailable_reasons) {
    Report report;
    fmt::memory_buffer scratch;
    EXPECT_EQ(column("throttle_reasons").get(report, scratch).kind, SystemValue::Kind::absent);
    report.system.now.throttle_reasons = 0;
    EXPECT_EQ(text_of(column("throttle_reasons"), report), "[]");
    report.system.now.throttle_reasons = 0b1001;
    EXPECT_EQ(text_of(column("throttle_reasons"), report), R"(["pl1","thermal"])");
}

}  // namespace
}  // namespace tsa
