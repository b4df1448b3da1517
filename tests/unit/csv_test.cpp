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
    EXPECT_EQ(header.back(), "exit_time_unix_ns");
    const auto alive = fields_of(first[1]);
    const auto exited = fields_of(first[2]);
    EXPECT_EQ(alive.size(), header.size());
    EXPECT_EQ(exited.size(), header.size());
    EXPECT_EQ(alive[field_index(header, "exec_ns")], "250");
    EXPECT_EQ(alive.back(), "");
    EXPECT_EQ(exited.back(), std::to_string(literal.report.time_unix_ns - 5));
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
