// SPDX-License-Identifier: MIT
// A line of system.csv reads back to the report that it was written from, for any values.
#include "record/system_line.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>

#include "unit/allocations.h"
#include "unit/random_system.h"

namespace tsa {
namespace {

std::string header() {
    return std::string(SystemLineWriter().header());
}

SystemLineReader reader_of(const std::string& head) {
    Result<SystemLineReader> reader = SystemLineReader::create(head);
    EXPECT_TRUE(reader.ok());
    return std::move(reader).value();
}

// Every cell of both reports, by the table.
void expect_same_cells(const Report& wanted, const Report& actual) {
    fmt::memory_buffer one, other;
    for (const SystemColumn& column : system_columns()) {
        const SystemValue left = column.get(wanted, one);
        const SystemValue right = column.get(actual, other);
        ASSERT_EQ(left.kind, right.kind) << column.key;
        EXPECT_EQ(left.integer, right.integer) << column.key;
        EXPECT_EQ(left.real, right.real) << column.key;
        EXPECT_EQ(left.text, right.text) << column.key;
    }
}

TEST(SystemLine, any_report_reads_back_as_it_was) {
    std::mt19937_64 random(20240611);
    SystemLineWriter writer;
    SystemLineReader reader = reader_of(header());
    Report back;
    for (int round = 0; round < 3000; ++round) {
        const Report report = test::random_system_report(random);
        const std::string line(writer.line(report, 7));
        ASSERT_TRUE(reader.read(line, back)) << line;
        EXPECT_EQ(back.time_unix_ns, report.time_unix_ns);
        EXPECT_EQ(back.interval_ns, report.interval_ns);
        EXPECT_EQ(back.now_ns, report.now_ns);
        EXPECT_EQ(back.measured & kMeasuredStates, report.measured & kMeasuredStates);
        EXPECT_EQ(reader.threads(), report.threads.size());
        EXPECT_EQ(reader.rows(), 7U);
        test::expect_same_system(report, back);
        expect_same_cells(report, back);
        ASSERT_FALSE(::testing::Test::HasFailure()) << line;
    }
}

TEST(SystemLine, hostile_names_stay_within_their_cell_and_their_line) {
    Report report;
    report.system.busiest_disk = BusiestDisk{DeviceName("a,\"b\"\r\n\xff\x1b"), 1.5};
    report.system.now.power_profile = DeviceName("\"\n,");
    Gpu gpu;
    gpu.name = DeviceName("\"\\\n\xff,");
    report.system.now.gpus.push_back(gpu);
    SystemLineWriter writer;
    const std::string line(writer.line(report, 7));
    EXPECT_EQ(line.find_first_of("\x1b\xff"), std::string::npos);
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    SystemLineReader reader = reader_of(header());
    Report back;
    ASSERT_TRUE(reader.read(line, back));
    EXPECT_EQ(back.system.busiest_disk->name.view(), "a,\"b\"\\x0d\\x0a\\xff\\x1b");
    EXPECT_EQ(back.system.now.power_profile->view(), "\"\\x0a,");
    EXPECT_EQ(back.system.now.gpus.at(0).name.view(), "\"\\\\x0a\\xff,");
    EXPECT_EQ(std::string(writer.line(back, 7)), line) << "what was read is written in the same way";
}

TEST(SystemLine, columns_may_be_in_any_order_unknown_or_missing) {
    SystemLineReader reader = reader_of("load1,new_one,interval_ns,torn_reads,time_unix_ns,exec_ns\n");
    Report back;
    back.system.cpu_busy_pct = 50;
    back.health.slots_leaked = 3;
    ASSERT_TRUE(reader.read("0.25,\"x,y\",1000,7,2000,5", back));
    EXPECT_EQ(back.time_unix_ns, 2000U);
    EXPECT_EQ(back.interval_ns, 1000U);
    EXPECT_EQ(back.now_ns, 0U);
    EXPECT_EQ(reader.threads(), std::nullopt);
    EXPECT_EQ((*back.system.now.load)[0], 0.25);
    EXPECT_EQ(back.health.torn_reads, 7U);
    EXPECT_EQ(back.measured & kMeasuredStates, measured_bit(ThreadState::exec));
    EXPECT_EQ(back.system.cpu_busy_pct, std::nullopt) << "what the file does not have is not left from before";
    EXPECT_EQ(back.health.slots_leaked, 0U);
}

TEST(SystemLine, an_invalid_row_changes_nothing) {
    SystemLineReader reader = reader_of("time_unix_ns,interval_ns,cpus\r\n");
    Report back;
    ASSERT_TRUE(reader.read("20,10,4\r\n", back));
    for (const std::string line :
         {"4611686018427387904,10,4", "30,72057594037927937,4", "18446744073709551615,18446744073709551615,4", "",
          "30,10", "30,10,4,5", "x,10,4", "30,,4", "-1,10,4", "30,10,\"4", "time_unix_ns,interval_ns,cpus"}) {
        EXPECT_FALSE(reader.read(line, back)) << line;
        EXPECT_EQ(back.time_unix_ns, 20U);
        EXPECT_EQ(back.system.cpus, 4U);
    }
}

TEST(SystemLine, cells_that_do_not_fit_are_absent) {
    SystemLineReader reader = reader_of(
        "time_unix_ns,interval_ns,cpus,cpu_busy_pct,load1,per_cpu,gpus,throttle_reasons,battery_status,"
        "memory_total_bytes,memory_used_bytes");
    Report back;
    const std::string nested(100000, '[');
    for (const std::string& list :
         {std::string("oops"), std::string("{}"), std::string("7"), std::string("\"[1,\""), nested}) {
        ASSERT_TRUE(reader.read("2,1,99999999999,nan,inf," + list + "," + list + "," + list + ",broken,5,6", back));
        EXPECT_EQ(back.system.cpus, 0U);
        EXPECT_EQ(back.system.cpu_busy_pct, std::nullopt);
        EXPECT_FALSE(back.system.now.load.has_value());
        EXPECT_TRUE(back.system.per_cpu.empty());
        EXPECT_TRUE(back.system.now.gpus.empty());
        EXPECT_EQ(back.system.now.throttle_reasons, std::nullopt);
        EXPECT_FALSE(back.system.now.battery.has_value());
        EXPECT_EQ(back.system.memory_used_bytes, std::nullopt) << "more used than there is";
    }
    ASSERT_TRUE(
        reader.read("2,1,1,1,1,\"[null,true,3,\"\"x\"\"]\",\"[1,{},{\"\"name\"\":5,\"\"driver\"\":\"\"other\"\"}]\",\"["
                    "\"\"thermal\"\",1,\"\"?\"\"]\",full,,6",
                    back));
    ASSERT_EQ(back.system.per_cpu.size(), 1U);
    EXPECT_EQ(back.system.per_cpu[0].cpu, 2U);
    ASSERT_EQ(back.system.now.gpus.size(), 2U);
    EXPECT_TRUE(back.system.now.gpus[1].driver.empty());
    EXPECT_EQ(back.system.now.throttle_reasons, 1U << static_cast<unsigned>(ThrottleReason::thermal));
    EXPECT_EQ(back.system.now.battery->status, BatteryStatus::full);
}

TEST(SystemLine, a_foreign_file_is_detected_by_its_header) {
    for (const std::string head : {"", "tid,comm", "time_unix_ns,tid", "\"time_unix_ns"}) {
        const Result<SystemLineReader> reader = SystemLineReader::create(head);
        ASSERT_FALSE(reader.ok()) << head;
        EXPECT_FALSE(reader.error().hint.empty());
    }
}

TEST(SystemLine, a_column_has_one_name_and_one_place) {
    SystemLineReader reader = reader_of(header());
    CsvFields fields;
    const std::string head = header();
    ASSERT_TRUE(fields.split(head));
    const std::set<std::string_view> different(fields.fields().begin(), fields.fields().end());
    EXPECT_EQ(different.size(), fields.fields().size());
    EXPECT_EQ(fields.fields().size(), kSystemLineFields + system_columns().size());
}

TEST(SystemLine, writing_allocates_nothing_once_the_buffer_has_its_full_size) {
    std::mt19937_64 random(7);
    const Report report = test::random_system_report(random);
    SystemLineWriter writer;
    static_cast<void>(writer.line(report, 7));
    if (!testing::allocations_are_counted()) {
        GTEST_SKIP() << "a sanitizer needs malloc for itself";
    }
    const testing::AllocationCount count;
    for (int i = 0; i < 10; ++i) {
        static_cast<void>(writer.line(report, 7));
    }
    EXPECT_EQ(count.so_far(), 0U);
}

}  // namespace
}  // namespace tsa
