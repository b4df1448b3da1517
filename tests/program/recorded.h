// SPDX-License-Identifier: MIT
// A recording's files as text tables, for the tests that make one with the program: read by nothing of the product.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "program/json.h"
#include "support/witness.h"

namespace tsa::test {

/// One line's fields; quotes of RFC 4180 are taken off.
[[nodiscard]] inline std::vector<std::string> fields_of(const std::string& line) {
    std::vector<std::string> fields(1);
    bool quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '"') {
            const bool pair = quoted && i + 1 < line.size() && line[i + 1] == '"';
            fields.back() += pair ? "\"" : "";
            i += pair ? 1 : 0;
            quoted = pair == quoted;
        } else if (line[i] == ',' && !quoted) {
            fields.emplace_back();
        } else {
            fields.back() += line[i];
        }
    }
    return fields;
}

class CsvTable {
  public:
    /// Lines that are not whole, or have another number of fields than the header, fail the test.
    explicit CsvTable(const std::string& text) {
        EXPECT_TRUE(text.empty() || text.back() == '\n') << "the last line is not whole";
        for (const std::string& line : lines_of(text)) {
            rows_.push_back(fields_of(line.ends_with('\r') ? line.substr(0, line.size() - 1) : line));
            EXPECT_EQ(rows_.back().size(), rows_.front().size()) << line;
        }
        for (std::size_t i = 0; !rows_.empty() && i < rows_.front().size(); ++i) {
            columns_[rows_.front()[i]] = i;
        }
    }
    /// Without the header.
    [[nodiscard]] std::size_t size() const { return rows_.empty() ? 0 : rows_.size() - 1; }
    [[nodiscard]] const std::string& at(std::size_t row, const std::string& column) const {
        static const std::string kNone;
        const auto found = columns_.find(column);
        EXPECT_NE(found, columns_.end()) << "no column " << column;
        return found != columns_.end() && found->second < rows_[row + 1].size() ? rows_[row + 1][found->second] : kNone;
    }
    /// An empty field is 0.
    [[nodiscard]] std::uint64_t number(std::size_t row, const std::string& column) const {
        return std::strtoull(at(row, column).c_str(), nullptr, 10);
    }
    /// Rows by thread: (tid, start_time_ns), in the order of the file.
    [[nodiscard]] std::map<std::pair<std::uint64_t, std::uint64_t>, std::vector<std::size_t>> by_thread() const {
        std::map<std::pair<std::uint64_t, std::uint64_t>, std::vector<std::size_t>> threads;
        for (std::size_t row = 0; row < size(); ++row) {
            threads[{number(row, "tid"), number(row, "start_time_ns")}].push_back(row);
        }
        return threads;
    }
    /// The instant at which a row's time ends: the interval's end, or its exit.
    [[nodiscard]] std::uint64_t end_of(std::size_t row) const {
        const std::uint64_t exit_ns = number(row, "exit_time_unix_ns");
        return exit_ns != 0 ? exit_ns : number(row, "time_unix_ns");
    }

  private:
    std::vector<std::vector<std::string>> rows_;
    std::map<std::string, std::size_t> columns_;
};

[[nodiscard]] inline CsvTable threads_in(const std::string& directory) {
    return CsvTable(text_of(directory + "/threads.csv"));
}
[[nodiscard]] inline CsvTable system_in(const std::string& directory) {
    return CsvTable(text_of(directory + "/system.csv"));
}
[[nodiscard]] inline rapidjson::Document meta_in(const std::string& directory) {
    return json_of(text_of(directory + "/meta.json"));
}

}  // namespace tsa::test
