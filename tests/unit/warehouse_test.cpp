// SPDX-License-Identifier: MIT
// The tables of contrib/warehouse have each column of a recording's files, in their order, and a type that holds its
// values.
#include <gmock/gmock.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/columns.h"
#include "model/system_columns.h"
#include "output/csv.h"
#include "record/line_reader.h"
#include "record/neighbor_lines.h"
#include "record/process_lines.h"
#include "record/stack_lines.h"
#include "record/system_line.h"
#include "record/waker_lines.h"
#include "unit/document.h"

namespace tsa {
namespace {

struct SqlColumn {
    std::string name, type;
};

enum class Kind : std::uint8_t { integer, real, flag, text, other };

/// What a type of DuckDB or ClickHouse holds.
Kind kind_of(std::string_view type) {
    const auto has = [type](std::string_view word) { return type.find(word) != std::string_view::npos; };
    if (has("BIGINT") || has("Int64")) {
        return Kind::integer;
    }
    if (has("DOUBLE") || has("Float64")) {
        return Kind::real;
    }
    if (has("Bool") || has("BOOLEAN")) {
        return Kind::flag;
    }
    return has("VARCHAR") || has("String") ? Kind::text : Kind::other;
}

/// What the program writes into that column; absent where its table does not say so.
std::optional<Kind> written_kind(std::string_view file, std::string_view name) {
    if (file == "machine") {
        const auto all = system_columns();
        const auto column = std::ranges::find(all, name, &SystemColumn::key);
        if (column != all.end()) {
            return is_integer(column->unit) ? Kind::integer : is_text(column->unit) ? Kind::text : Kind::real;
        }
        return Kind::integer;
    }
    if (file != "threads") {
        return std::nullopt;
    }
    const Column* column = find_column(name);
    if (column == nullptr) {
        return std::nullopt;
    }
    return column->unit == Unit::flag ? Kind::flag : column->unit == Unit::text ? Kind::text : Kind::integer;
}

/// The columns of a table whose lines have one each.
std::vector<SqlColumn> columns_of(const std::string& sql, const std::string& table) {
    std::vector<SqlColumn> columns;
    const std::size_t begin = sql.find(table + " (\n");
    std::istringstream lines(begin != std::string::npos ? sql.substr(begin + table.size() + 3) : "");
    for (std::string line; std::getline(lines, line) && !line.starts_with(")");) {
        std::istringstream words(line);
        SqlColumn column;
        words >> column.name;
        std::getline(words >> std::ws, column.type);
        columns.push_back(column);
    }
    return columns;
}

std::vector<std::string> names_in(std::string_view header) {
    std::vector<std::string> names{"host", "boot_id", "recording", "day"};
    std::istringstream line{std::string(header.substr(0, header.find_first_of("\r\n")))};
    for (std::string name; std::getline(line, name, ',');) {
        names.push_back(name);
    }
    return names;
}

void expect_table(const std::string& path, const std::string& prefix, const std::string& table,
                  std::string_view header) {
    const std::vector<SqlColumn> found = columns_of(test::document(path), prefix + table);
    std::vector<std::string> names;
    for (const SqlColumn& column : found) {
        names.push_back(column.name);
        if (const auto kind = written_kind(table, column.name); kind && names.size() > 4) {
            EXPECT_TRUE(kind_of(column.type) == *kind)
                << path << ": " << table << "." << column.name << " " << column.type;
        }
    }
    EXPECT_EQ(names, names_in(header)) << path << ": " << table;
}

void expect_tables(const std::string& path, const std::string& prefix) {
    RecordedRowWriter threads(true);
    threads.put_header();
    SystemLineWriter machine;
    expect_table(path, prefix, "threads", threads.text());
    expect_table(path, prefix, "machine", machine.header());
    expect_table(path, prefix, "processes", ProcessLineWriter::header());
    expect_table(path, prefix, "stacks", StackLineWriter::stacks_header());
    expect_table(path, prefix, "waits", StackLineWriter::waits_header());
    expect_table(path, prefix, "wakers", header_line(kWakerColumns));
    expect_table(path, prefix, "neighbors", header_line(kNeighborColumns));
}

TEST(Warehouse, of_duckdb_has_every_column_of_a_recording) {
    expect_tables("contrib/warehouse/duckdb-schema.sql", "TABLE ");
}

TEST(Warehouse, of_clickhouse_has_every_column_of_a_recording) {
    expect_tables("contrib/warehouse/clickhouse-schema.sql", "TABLE IF NOT EXISTS tsa.");
}

}  // namespace
}  // namespace tsa
