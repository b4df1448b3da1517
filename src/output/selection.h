// SPDX-License-Identifier: MIT
// Which rows an output prints and in what order: a report's threads, sorted by a column, limited to the first N.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "model/columns.h"

namespace tsa {

struct Selection {
    const Column* sort = nullptr;  ///< null: the report's own order
    bool descending = true;
    std::size_t top = 0;  ///< 0: all
};

/// The selected rows of one report. Reuses its buffers: no allocation once the number of threads is steady.
class SelectedRows {
  public:
    /// The same rows, living and exited threads in separate lists. Without a limit, each in its order.
    void select_apart(const Report& report, const Selection& selection);
    /// Orders threads() again, without selecting others: labels were added to the report.
    void order_again(const Report& report, const Selection& selection);
    /// Living and exited threads as one list in threads().
    void select_together(const Report& report, const Selection& selection);

    [[nodiscard]] std::span<const ThreadRow* const> threads() const { return threads_; }
    [[nodiscard]] std::span<const ThreadRow* const> exited() const { return exited_; }

  private:
    void order_and_cut(std::vector<const ThreadRow*>& rows, const Report& report, const Selection& selection);

    ThreadSorter sorter_;
    std::vector<const ThreadRow*> threads_;
    std::vector<const ThreadRow*> exited_;
};

}  // namespace tsa
