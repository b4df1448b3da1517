// The table that scripts/bench prints: what was measured, its budget, whether it was kept, and how noisy it was.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace tsa::bench {

struct Row {
    std::string part;              ///< "switch": the name that scripts/bench takes
    std::string what;              ///< "probe per switch, ours / empty"
    std::optional<double> value;   ///< absent: could not be measured, `note` says why
    std::string unit;              ///< "x", "us", "ms", "MB", ""
    std::optional<double> budget;  ///< value must not exceed it; absent: for information
    std::string note;              ///< rounds, spread, the parts of a ratio
};

/// Collects rows and prints each as it comes: a run takes minutes.
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
