// The formats in which `stat` writes reports: a row each in a table, and one interface behind which the writers are.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "model/report.h"
#include "output/command_summary.h"
#include "output/selection.h"

namespace tsa {

class ReportWriter {
  public:
    ReportWriter() = default;
    ReportWriter(const ReportWriter&) = delete;
    ReportWriter& operator=(const ReportWriter&) = delete;
    virtual ~ReportWriter() = default;

    /// Cells of a line, for a format that fits its lines to the terminal.
    virtual void set_width(std::size_t) {}
    /// One interval. Valid until the next call.
    virtual std::string_view write(const Report& report, const Selection& selection) = 0;
    /// The end of `stat -- CMD`; `rows`: with its threads one by one, which no interval has had. Empty: this format has
    /// nothing to add. Valid until the next call.
    virtual std::string_view write_summary(const Report& report, const Selection& selection,
                                           const CommandSummary& command, bool rows) = 0;
};

struct OutputFormat {
    std::string_view key;
    const char* flag;  ///< on the command line; empty: the default
    const char* help;
    bool is_for_people;  ///< sorted and limited unless asked otherwise; of `stat -- CMD`, on standard error
    /// `all_rows`: also of threads that only slept.
    std::unique_ptr<ReportWriter> (*make)(bool all_rows);
};

inline constexpr std::size_t kOutputFormats = 4;
/// The first one is the default.
[[nodiscard]] std::span<const OutputFormat, kOutputFormats> output_formats();

}  // namespace tsa
