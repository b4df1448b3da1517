// SPDX-License-Identifier: MIT
// Writes reports in the chosen format to the chosen output. Used by both kinds of `stat`.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "app/host/sink.h"
#include "cli/options.h"
#include "output/formats.h"

namespace tsa {

class Printer {
  public:
    /// Opens -o FILE if given; else `standard_fd`.
    static Result<std::unique_ptr<Printer>> open(const StatOptions& options, int standard_fd);

    /// Selects the rows of a report that print() shows. Those of living threads, by index into report.threads, in their
    /// order. Valid until the next call.
    std::span<const std::uint32_t> select_rows(const Report& report);
    /// Selects groups that print_groups() shows. Valid until the next call.
    GroupReport& select_groups(std::span<GroupRow> groups, const Report& report, GroupKey key);
    Result<void> print_groups(const Report& report);
    /// The report of the last select_rows().
    Result<void> print(const Report& report);
    /// The end of `stat -- CMD`. `rows`: list its threads one by one; false if they were printed interval by interval.
    Result<void> print_summary(const Report& report, const CommandSummary& command, bool rows);
    /// See Sink::stop_on().
    void stop_on(int signal_fd) { sink_.stop_on(signal_fd); }
    [[nodiscard]] int fd() const { return sink_.fd(); }

  private:
    Printer(const StatOptions& options, Sink sink);

    void select(const Report& report);
    /// Before each write: a terminal may have been resized.
    void fit_to_terminal();

    const OutputFormat& format_;
    ColorMode color_;
    Selection selection_;
    SelectedRows selected_;
    GroupReport groups_;
    std::vector<std::uint32_t> rows_;
    bool only_active_;  ///< rows that only slept are not shown
    Sink sink_;
    std::unique_ptr<ReportWriter> writer_;
};

}  // namespace tsa
