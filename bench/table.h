// SPDX-License-Identifier: MIT
// The table that scripts/bench prints: the measurement, its budget, whether it was met, and its noise.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace tsa::bench {

struct Row {
    std::string part;              ///< "switch": the name passed to scripts/bench
    std::string what;              ///< "probe per switch, ours / empty"
    std::optional<double> value;   ///< absent: could not be measured, see `note`
    std::string unit;              ///< "x", "us", "ms", "MB", ""
    std::optional<double> budget;  ///< maximum value; absent: for information only
    std::string note;              ///< rounds, spread, the parts of a ratio
};

/// Collects rows and prints each immediately: a run takes minutes.
class Table {
  public:
    enum class Form { text, json };
    explicit Table(Form form) : form_(form) {}

    void head(const std::string& machine) const;
    void add(Row row);
    /// A row that could not be measured.
    void skip(const std::string& part, const std::string& what, const std::string& why);
    void foot() const;

    [[nodiscard]] std::size_t missed() const;
    [[nodiscard]] std::size_t skipped() const;

  private:
    Form form_;
    std::vector<Row> rows_;
};

}  // namespace tsa::bench
