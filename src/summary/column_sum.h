// SPDX-License-Identifier: MIT
// Sums of one column of threads over a report's rows, by process. The column is found by its key: it may be absent from
// the table, or from a recording. Used by FindingWatch only.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "model/columns.h"

namespace tsa {

class ColumnSum {
  public:
    explicit ColumnSum(std::string_view key) : column_(find_column(key)) {}

    /// Each interval: begin, every row.
    void begin() {
        of_process_.clear();
        known_ = false;
        sum_ = 0;
    }
    void look(const Report& report, const ThreadRow& row) {
        // Nothing happened to a quiet thread: it executed nothing.
        const Value value = column_ != nullptr && !row.quiet ? column_->of_thread(report, row) : Value{};
        if (!value.present()) {
            return;
        }
        known_ = true;
        sum_ += static_cast<std::uint64_t>(value.integer);
        if (of_process_.size() <= row.process) {
            of_process_.resize(row.process + 1);
        }
        of_process_[row.process] += static_cast<std::uint64_t>(value.integer);
    }

    /// Over all rows; absent: no row has a value.
    [[nodiscard]] std::optional<std::uint64_t> sum() const { return known_ ? std::optional(sum_) : std::nullopt; }
    /// `process`: index into Report::processes.
    [[nodiscard]] std::uint64_t of_process(std::size_t process) const {
        return process < of_process_.size() ? of_process_[process] : 0;
    }

  private:
    const Column* column_;
    std::vector<std::uint64_t> of_process_;
    std::uint64_t sum_ = 0;
    bool known_ = false;
};

}  // namespace tsa
