// SPDX-License-Identifier: MIT
// CSV: the header once, RFC 4180 quoting, empty for absent, no allocation in a steady state.
#include "output/csv.h"

#include <gmock/gmock.h>

#include <string>

#include "unit/allocations.h"
#include "unit/sample_rows.h"

namespace tsa {
namespace {

using testing::AllocationCount;
using testing::LiteralReport;

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    for (std::size_t end = text.find("\r\n"); end != std::string_view::npos; end = text.find("\r\n")) {
        lines.emplace_back(text.substr(0, end));
        text.remove_prefix(end + 2);
    }
    EXPECT_EQ(text, "") << "the last line is whole";
    return lines;
}

/// Fields of one line by RFC 4180.
std::vector<std::string> fields_of(const std::string& line) {
    std::vector<std::string> fields(1);
    bool quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') {
            fields.back() += '"';
            ++i;
        } else if (line[i] == '"') {
            quoted = !quoted;
        } else if (line[i] == ',' && !quoted) {
            fields.emplace_back();
        } else {
            fields.back() += line[i];
        }
    }
    EXPECT_FALSE(quoted);
    return fields;
}

std::size_t field_index(const std::vector<std::string>& header, std::string_view key) {
    return static_cast<std::size_t>(std::find(header.begin(), header.end(), key) - header.begin());
}

TEST(Csv, the_header_comes_once_and_each_row_has_its_number_of_fields) {
    LiteralReport literal;
    literal.add(7, "x", 250);
    literal.add_exited(8, "gone", 10);
    CsvWriter writer;
    SelectedRows rows;
    rows.select_apart(literal.report, {});
    const auto first = lines_of(writer.write(literal.report, rows));
    const auto second = lines_of(writer.write(literal.report, rows));
    ASSERT_EQ(first.size(), 3U);
    ASSERT_EQ(second.size(), 2U);
    const auto header = fields_of(first[0]);
    EXPECT_EQ(header.size(), columns().size() + 3);
    EXPECT_EQ(header[0], "time_unix_ns");
    EXPECT_EQ(header[1], "interval_ns");
    EXPECT_EQ(header.back(), added_columns().back().key) << "columns are added at the end";
    const std::size_t exit_time = field_index(header, "exit_time_unix_ns");
    EXPECT_EQ(exit_time, first_columns().size() + 2);
    const auto alive = fields_of(first[1]);
    const auto exited = fields_of(first[2]);
    EXPECT_EQ(alive.size(), header.size());
    EXPECT_EQ(exited.size(), header.size());
    EXPECT_EQ(alive[field_index(header, "exec_ns")], "250");
    EXPECT_EQ(alive[exit_time], "");
    EXPECT_EQ(exited[exit_time], std::to_string(literal.report.time_unix_ns - 5));
    EXPECT_EQ(first[1], second[0]);
}

TEST(Csv, absent_is_an_empty_field_and_zero_is_not) {
    LiteralReport literal;
    literal.add(7, "x");
    CsvWriter writer;
    SelectedRows rows;
    rows.select_apart(literal.report, {});
    const auto lines = lines_of(writer.write(literal.report, rows));
    const auto header = fields_of(lines[0]);
    const auto row = fields_of(lines[1]);
    EXPECT_EQ(row[field_index(header, "rss_bytes")], "");
    EXPECT_EQ(row[field_index(header, "exec_ns")], "0");
    EXPECT_EQ(row[field_index(header, "kernel")], "false");
}

TEST(Csv, names_with_commas_quotes_and_line_ends_stay_one_field) {
    LiteralReport literal;
    literal.add(1, "a,b\"c");
    literal.add(2, "x\r\ny");
    literal.add(3, "n").nice = -5;
    CsvWriter writer;
    SelectedRows rows;
    rows.select_apart(literal.report, {});
    const auto lines = lines_of(writer.write(literal.report, rows));
    ASSERT_EQ(lines.size(), 4U);
    const auto header = fields_of(lines[0]);
    EXPECT_EQ(fields_of(lines[1])[field_index(header, "comm")], "a,b\"c");
    EXPECT_EQ(fields_of(lines[2])[field_index(header, "comm")], "x\\x0d\\x0ay");
    EXPECT_EQ(fields_of(lines[3])[field_index(header, "nice")], "-5");
}

TEST(Csv, for_spreadsheets_no_name_is_a_formula) {
    LiteralReport literal;
    const char* const names[] = {"=cmd|' /C x'!A0", "+1", "-2", "@x", "a=b", "'=x", "=a,\"b"};
    std::uint32_t tid = 0;
    for (const char* name : names) {
        literal.add(++tid, name).nice = -5;
    }
    SelectedRows rows;
    rows.select_apart(literal.report, {});
    for (const CsvText how : {CsvText::as_is, CsvText::quoted}) {
        CsvWriter writer(how);
        const auto lines = lines_of(writer.write(literal.report, rows));
        const auto header = fields_of(lines[0]);
        for (std::size_t at = 0; at < std::size(names); ++at) {
            const std::string name = std::string(names[at]).substr(0, 15);  // as the kernel cuts it
            const bool formula = how == CsvText::quoted && std::string_view("=+-@").find(name[0]) != std::string::npos;
            const auto row = fields_of(lines[at + 1]);
            EXPECT_EQ(row[field_index(header, "comm")], (formula ? "'" : "") + name);
            EXPECT_EQ(row[field_index(header, "nice")], "-5") << "a number is no text";
        }
    }
}

TEST(RecordedCsv, has_two_columns_more_and_adds_quiet_time_where_it_belongs) {
    LiteralReport literal;
    Thread& thread = literal.add(7, "x", 250);
    literal.add(8, "y", 250);
    Thread before = thread;
    before.tid = 6;
    before.state = ThreadState::idle;
    literal.report.threads[0].before = &before;
    RecordedRowWriter writer(false);
    writer.put_header();
    writer.put(literal.report, {&literal.report.threads[0], 5'000});
    writer.put(literal.report, {&literal.report.threads[1], 0});
    const auto lines = lines_of(writer.text());
    ASSERT_EQ(lines.size(), 3U);
    const auto header = fields_of(lines[0]);
    const auto longer = fields_of(lines[1]);
    const auto usual = fields_of(lines[2]);
    ASSERT_EQ(header.size(), columns().size() + 5);
    EXPECT_EQ(field_index(header, "quiet_ns"), first_columns().size() + 3);
    EXPECT_EQ(field_index(header, "tid_before"), first_columns().size() + 4);
    EXPECT_EQ(header.back(), added_columns().back().key);
    EXPECT_EQ(longer.size(), header.size());
    EXPECT_EQ(usual.size(), header.size());
    EXPECT_EQ(longer[field_index(header, "wall_ns")], "1000005000");
    EXPECT_EQ(longer[field_index(header, "idle_ns")], "5000");
    EXPECT_EQ(longer[field_index(header, "exec_ns")], "250");
    EXPECT_EQ(longer[field_index(header, "latency_ns")], "999999750") << "quiet time in idle is no latency";
    EXPECT_EQ(longer[field_index(header, "quiet_ns")], "5000");
    EXPECT_EQ(longer[field_index(header, "tid_before")], "6");
    EXPECT_EQ(usual[field_index(header, "wall_ns")], "1000000000");
    EXPECT_EQ(usual[field_index(header, "quiet_ns")], "");
    EXPECT_EQ(usual[field_index(header, "tid_before")], "");
    writer.clear();
    EXPECT_EQ(writer.text(), "");
}

TEST(RecordedCsv, has_the_columns_of_delay_accounting_before_its_own) {
    LiteralReport literal;
    literal.add(7, "x", 250);
    RecordedRowWriter writer(true);
    writer.put_header();
    writer.put(literal.report, {&literal.report.threads[0], 0});
    const auto lines = lines_of(writer.text());
    const auto header = fields_of(lines[0]);
    EXPECT_GT(header.size(), columns().size() + taskstats_columns().size() + 5);
    EXPECT_LT(field_index(header, "tid_before"), field_index(header, added_columns().front().key));
    EXPECT_LT(field_index(header, "taskstats_version"), field_index(header, "quiet_ns"));
    EXPECT_EQ(fields_of(lines[1]).size(), header.size());
}

TEST(Csv, a_steady_state_allocates_nothing) {
    LiteralReport literal;
    for (std::uint32_t tid = 1; tid <= 500; ++tid) {
        literal.add(tid, "worker", tid);
    }
    CsvWriter writer;
    SelectedRows rows;
    for (int round = 0; round < 2; ++round) {
        rows.select_apart(literal.report, {});
        (void)writer.write(literal.report, rows);
    }
    const AllocationCount count;
    rows.select_apart(literal.report, {});
    EXPECT_GT(writer.write(literal.report, rows).size(), 500U);
    EXPECT_EQ(count.so_far(), 0U);
}

}  // namespace
}  // namespace tsa
