// SPDX-License-Identifier: MIT
// The formats in which `stat` writes reports: a row each in a table, and one interface behind which the writers are.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "model/report.h"
#include "output/command_summary.h"
#include "output/group_rows.h"
#include "output/selection.h"
#include "output/text.h"

namespace tsa {

class ReportWriter {
  public:
    ReportWriter() = default;
    ReportWriter(const ReportWriter&) = delete;
    ReportWriter& operator=(const ReportWriter&) = delete;
    virtual ~ReportWriter() = default;

    /// For a format that is for people.
    virtual void set_look(const TextLook&) {}
    /// One interval, with rows of it. Valid until the next call.
    virtual std::string_view write(const Report& report, const SelectedRows& rows) = 0;
    /// One interval, with groups of threads. Empty: this format has no room for them. Valid until the next call.
    virtual std::string_view write_groups(const Report&, const GroupReport&) { return {}; }
    /// The end of `stat -- CMD`; `rows`: its threads one by one; null: intervals have had them. Empty: this format has
    /// nothing to add. Valid until the next call.
    virtual std::string_view write_summary(const Report& report, const CommandSummary& command,
                                           const SelectedRows* rows) = 0;
};

struct OutputFormat {
    std::string_view key;
    const char* flag;  ///< on the command line; empty: the default
    const char* help;
    bool is_for_people;  ///< sorted and limited unless asked otherwise; of `stat -- CMD`, on standard error
    bool mixes_ended;    ///< threads that have ended are among the others
    /// `all_rows`: also of threads that only slept.
    std::unique_ptr<ReportWriter> (*make)(bool all_rows);
};

inline constexpr std::size_t kOutputFormats = 4;
/// The first one is the default.
[[nodiscard]] std::span<const OutputFormat, kOutputFormats> output_formats();

}  // namespace tsa
