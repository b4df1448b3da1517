// SPDX-License-Identifier: MIT
// A Report as a text table, and the summary of `stat -- CMD`. Pure except for the time zone.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "model/columns.h"
#include "output/command_summary.h"
#include "output/group_rows.h"
#include "output/selection.h"
#include "text/wait_text.h"

namespace tsa {

/// Line length when the output is not a terminal: a column for each state, and room for a wait.
inline constexpr std::size_t kPipedWidth = 148;
inline constexpr std::size_t kMinTextWidth = 40;

/// What the output can show.
struct TextLook {
    std::size_t width = kPipedWidth;  ///< cells of a line; at least kMinTextWidth
    bool color = false;               ///< escape sequences of a terminal with 256 colors
    bool ascii = false;               ///< the locale is not UTF-8
};

/// Reuses its buffers: no allocation once they have reached their full size.
class TextWriter {
  public:
    void set_look(const TextLook& look);

    /// A header of two or three lines, then rows.threads(). Rows that only slept are omitted and counted, unless
    /// `all_rows`. Valid until the next call.
    std::string_view write(const Report& report, const SelectedRows& rows, bool all_rows);
    /// The same header, then a row per group. Valid until the next call.
    std::string_view write_groups(const Report& report, const GroupReport& groups);
    /// How the threads of a command spent their whole lives, by thread name. Valid until the next call.
    std::string_view write_command(const CommandSummary& command, const Health& health);

  private:
    /// Columns of states, by width.
    enum class Form : std::uint8_t {
        all,    ///< one for each state
        load,   ///< for CPU time and each delay
        worst,  ///< for CPU time, and the one that took most
        tight,  ///< only the latter
    };
    static constexpr std::size_t kNetworkCells = 7;
    [[nodiscard]] Form form() const;
    [[nodiscard]] bool shows(ThreadState state) const;
    /// Colors what is added to the line from here to the next call; empty: nothing.
    void set_tint(std::string_view sgr);
    void put_tinted_line(std::string_view text);
    void put_share(std::string_view share, std::size_t cells, ThreadState state);
    void put_worst(const ThreadRow& row);
    /// Bytes received and sent in the interval, per second; absent: not counted.
    void put_network(const Report& report, std::optional<std::uint64_t> received, std::optional<std::uint64_t> sent);
    void put_heads(bool network);
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
    void put_group_row(const Report& report, const GroupRow& group, GroupKey key);

    /// From byte `begin` of the line on.
    struct Tint {
        std::size_t begin = 0;
        std::string_view sgr;
    };
    TextLook look_;
    std::vector<Tint> tints_;
    fmt::memory_buffer out_;
    fmt::memory_buffer line_;
    ThreadIndex threads_;
};

}  // namespace tsa
