// SPDX-License-Identifier: MIT
// docs/recording.md says of each column of a recording what the tables of the program say.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "model/columns.h"
#include "model/reconcile.h"
#include "model/system_columns.h"
#include "output/csv.h"
#include "record/csv_fields.h"
#include "record/neighbor_lines.h"
#include "record/process_lines.h"
#include "record/stack_lines.h"
#include "record/system_line.h"
#include "record/waker_lines.h"
#include "unit/document.h"

namespace tsa {
namespace {

constexpr const char* kDocument = "docs/recording.md";
constexpr std::string_view kHead = "| column | unit | meaning |\n|---|---|---|\n";

struct Line {
    std::string key, unit, meaning;
};

std::string unit_words(Unit unit) {
    switch (unit) {
        case Unit::identifier:
            return "number";
        case Unit::count:
        case Unit::events:
            return "count";
        case Unit::nanoseconds:
        case Unit::age:
            return "ns";
        case Unit::bytes:
        case Unit::io_bytes:
            return "bytes";
        case Unit::flag:
            return "`true`, `false`";
        case Unit::text:
            return "text";
    }
    return "";
}

std::string unit_words(SystemUnit unit) {
    switch (unit) {
        case SystemUnit::count:
            return "count";
        case SystemUnit::nanoseconds:
            return "ns";
        case SystemUnit::percent:
            return "percent";
        case SystemUnit::bytes:
            return "bytes";
        case SystemUnit::bytes_per_s:
            return "bytes/s";
        case SystemUnit::celsius:
            return "°C";
        case SystemUnit::megahertz:
            return "MHz";
        case SystemUnit::watts:
            return "W";
        case SystemUnit::seconds:
            return "s";
        case SystemUnit::number:
            return "number";
        case SystemUnit::text:
            return "text";
        case SystemUnit::json:
            return "JSON";
    }
    return "";
}

std::string table_of(const std::vector<Line>& lines) {
    std::string text(kHead);
    for (const Line& line : lines) {
        text += "| `" + line.key + "` | " + line.unit + " | " + line.meaning + " |\n";
    }
    return text;
}

std::vector<Line> lines_of(std::span<const Column> columns) {
    std::vector<Line> lines;
    for (const Column& column : columns) {
        // The text about a screen's process rows comes after a semicolon.
        const std::string_view help = column.help.substr(0, column.help.find("; a process row"));
        lines.push_back({std::string(column.key), unit_words(column.unit), std::string(help)});
    }
    return lines;
}

std::vector<Line> thread_lines() {
    std::vector<Line> lines = lines_of(first_columns());
    lines.insert(lines.begin(), {{"time_unix_ns", "ns",
                                  "end of the row's interval, wall-clock time since 1970; a row of a living "
                                  "thread ends there"},
                                 {"interval_ns", "ns", "length of the row's interval"}});
    lines.push_back({"exit_time_unix_ns", "ns", "time of the thread's end: this is its last row"});
    return lines;
}

std::vector<Line> last_lines() {
    std::vector<Line> lines{
        {"quiet_ns", "ns", "the part of `wall_ns` before the row's interval; see [quiet threads](#quiet-threads)"},
        {"tid_before", "number",
         "the TID that the thread had at the start of the interval: exec in a thread other than the main one gives it "
         "the main thread's TID"}};
    const std::vector<Line> added = lines_of(added_columns());
    lines.insert(lines.end(), added.begin(), added.end());
    return lines;
}

std::vector<Line> taskstats_lines() {
    std::vector<Line> lines = lines_of(taskstats_columns());
    for (std::size_t pair = 0; pair < kPairCount; ++pair) {
        lines.push_back({"verdict_" + std::string(pair_key(static_cast<Pair>(pair))), "text",
                         "result of the comparison of both sources: `agree`, `explained: ...` or `disagree`"});
    }
    return lines;
}

std::vector<Line> system_lines() {
    std::vector<Line> own, lines;
    for (std::size_t i = 0; i < kSystemLineFields; ++i) {
        const auto field = static_cast<SystemLineField>(i);
        const bool counts = field == SystemLineField::threads || field == SystemLineField::rows;
        own.push_back(
            {std::string(system_line_key(field)), counts ? "count" : "ns", std::string(system_line_help(field))});
    }
    const auto last = own.begin() + kLeadingSystemFields;
    lines.assign(own.begin(), last);
    for (const SystemColumn& column : system_columns()) {
        lines.push_back({std::string(column.key), unit_words(column.unit), std::string(column.help)});
    }
    lines.insert(lines.end(), last, own.end());
    return lines;
}

/// The rows of the first thread that waited for a lock for longer than an interval.
std::string example() {
    std::istringstream text(test::document("tests/data/recording/threads.csv"));
    constexpr std::array<std::string_view, 9> kShown{"time_unix_ns", "tid",          "comm",    "state",   "wall_ns",
                                                     "cpu_wait_ns",  "lock_wait_ns", "idle_ns", "quiet_ns"};
    CsvFields fields;
    std::string line;
    std::getline(text, line);
    EXPECT_TRUE(fields.split(line));
    std::vector<std::size_t> at;
    for (const std::string_view key : kShown) {
        at.push_back(static_cast<std::size_t>(std::ranges::find(fields.fields(), key) - fields.fields().begin()));
    }
    std::string table = "|";
    for (const std::string_view key : kShown) {
        table += " `" + std::string(key) + "` |";
    }
    table += "\n|---|---|---|---|---|---|---|---|---|\n";
    std::string tid;
    while (std::getline(text, line)) {
        EXPECT_TRUE(fields.split(line));
        if (tid.empty() && fields.fields()[at[3]] == "lock_wait") {
            tid = fields.fields()[at[1]];
        }
        if (!tid.empty() && fields.fields()[at[1]] == tid) {
            table += "|";
            for (const std::size_t column : at) {
                table += " " + std::string(fields.fields()[column]) + " |";
            }
            table += "\n";
        }
    }
    return table;
}

void expect_header(std::string_view header, std::vector<Line> lines, const std::vector<Line>& more) {
    lines.insert(lines.end(), more.begin(), more.end());
    CsvFields fields;
    ASSERT_TRUE(fields.split(header));
    std::vector<std::string> wanted;
    std::ranges::transform(lines, std::back_inserter(wanted), &Line::key);
    EXPECT_EQ(std::vector<std::string>(fields.fields().begin(), fields.fields().end()), wanted);
}

TEST(SchemaDocument, explains_every_column_of_the_threads) {
    test::expect_made(kDocument, "threads", table_of(thread_lines()));
    test::expect_made(kDocument, "threads-last", table_of(last_lines()));
    test::expect_made(kDocument, "taskstats", table_of(taskstats_lines()));
}

template <class CsvColumn, std::size_t kCount>
std::string table_of(const std::array<CsvColumn, kCount>& columns) {
    std::string text = "| column | meaning |\n|---|---|\n";
    for (const CsvColumn& column : columns) {
        text += "| `" + std::string(column.key) + "` | " + std::string(column.help) + " |\n";
    }
    return text;
}

TEST(SchemaDocument, has_the_columns_of_time_by_stack) {
    test::expect_made(kDocument, "waits", table_of(kWaitColumns));
    test::expect_made(kDocument, "stacks", table_of(kStackColumns));
}

TEST(SchemaDocument, has_the_columns_of_processes) {
    test::expect_made(kDocument, "processes", table_of(kProcessCsvColumns));
}

TEST(SchemaDocument, has_the_columns_of_wakers_and_neighbors) {
    test::expect_made(kDocument, "wakers", table_of(kWakerColumns));
    test::expect_made(kDocument, "neighbors", table_of(kNeighborColumns));
}

TEST(SchemaDocument, shows_rows_of_a_real_recording) {
    test::expect_made(kDocument, "example", example());
}

TEST(SchemaDocument, explains_every_column_of_the_machine) {
    test::expect_made(kDocument, "system", table_of(system_lines()));
}

TEST(SchemaDocument, has_the_columns_of_the_files_in_their_order) {
    RecordedRowWriter plain(false);
    plain.put_header();
    expect_header(plain.text(), thread_lines(), last_lines());
    RecordedRowWriter with_delays(true);
    with_delays.put_header();
    std::vector<Line> more = taskstats_lines();
    const std::vector<Line> last = last_lines();
    more.insert(more.end(), last.begin(), last.end());
    expect_header(with_delays.text(), thread_lines(), more);
    SystemLineWriter system;
    expect_header(system.header(), system_lines(), {});
}

}  // namespace
}  // namespace tsa
