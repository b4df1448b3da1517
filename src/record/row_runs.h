// SPDX-License-Identifier: MIT
// The rows of threads.csv by interval. As written, the rows of an interval are together; files may have been put
// together, repeated or sorted since. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "record/recording_scan.h"

namespace tsa {

/// How many rows an interval must have, by its time; absent: not known.
using RowsWanted = std::unordered_map<std::uint64_t, std::optional<std::uint64_t>>;

class RowRuns {
  public:
    /// `runs` in file order. Of several with one time that have the same lines, one is used. Others are parts of an
    /// interval whose rows are not together: only one that has as many rows as are wanted is used.
    RowRuns(std::span<const RowRun> runs, const RowsWanted& wanted);

    /// Of the interval that ended then; null: no rows.
    [[nodiscard]] const RowRun* find(std::uint64_t time_unix_ns) const;
    /// The rows of that interval are in several places of the file, none of which has all of them.
    [[nodiscard]] bool is_scattered(const RowRun& run) const;
    /// Those that are used, in file order.
    [[nodiscard]] const std::vector<const RowRun*>& used() const { return used_; }
    [[nodiscard]] std::uint64_t copies() const { return copies_; }        ///< intervals that are there again
    [[nodiscard]] std::uint64_t scattered() const { return scattered_; }  ///< intervals
    [[nodiscard]] std::uint64_t repeating() const { return repeating_; }  ///< intervals that have a line again
    [[nodiscard]] std::uint64_t rows() const { return rows_; }            ///< of all that are used

  private:
    struct Choice {
        const RowRun* run = nullptr;
        bool several = false;  ///< different ones
        bool whole = false;    ///< it has as many rows as are wanted
    };

    std::unordered_map<std::uint64_t, Choice> by_time_;
    std::vector<const RowRun*> used_;
    std::uint64_t copies_ = 0, scattered_ = 0, repeating_ = 0, rows_ = 0;
};

}  // namespace tsa
