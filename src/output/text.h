// A Report as a text table, and the summary of `stat -- CMD`. Pure except for the time zone.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <string_view>

#include "model/columns.h"
#include "output/command_summary.h"
#include "output/selection.h"
#include "text/wait_text.h"

namespace tsa {

/// Line length when the output is not a terminal: a column for each state, and room for a wait.
inline constexpr std::size_t kPipedWidth = 140;
inline constexpr std::size_t kMinTextWidth = 40;

/// Reuses its buffers: no allocation once they have reached their full size.
class TextWriter {
  public:
    /// Lines are at most `width` cells long (at least kMinTextWidth).
    void set_width(std::size_t width) { width_ = width < kMinTextWidth ? kMinTextWidth : width; }

    /// A header of two or three lines, then rows.threads(). Rows that only slept are omitted and counted, unless
    /// `all_rows`. Valid until the next call.
    std::string_view write(const Report& report, const SelectedRows& rows, bool all_rows);
    /// How the threads of a command spent their whole lives, by thread name. Valid until the next call.
    std::string_view write_command(const CommandSummary& command, const Health& health);

  private:
    void put_line();
    void put_words(std::string_view words);
    void put_head(const Report& report);
    void put_health(const Health& health);
    void put_averages(std::string_view title, const PerState<std::uint64_t>& state_ns, std::uint64_t wall_ns,
                      std::uint64_t interval_ns, Measured measured);
    void put_row(const Report& report, const ThreadRow& row);
    void put_delays(const Report& report, const ThreadRow& row);
    void put_wait_and_age(const Report& report, const ThreadRow& row);
    void put_group(std::string_view name, const TallyGroup& group);
    void put_command_heads();
    [[nodiscard]] bool wide() const;

    std::size_t width_ = kPipedWidth;
    fmt::memory_buffer out_;
    fmt::memory_buffer line_;
    ThreadIndex threads_;
};

}  // namespace tsa
