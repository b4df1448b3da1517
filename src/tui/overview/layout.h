// SPDX-License-Identifier: MIT
// Where everything is on a screen of a given size: the same answer for drawing and for mouse clicks.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/columns.h"
#include "model/derived_columns.h"
#include "tui/view_state.h"

namespace tsa {

/// brief: at the user's wish, the first line and the averages.
enum class HeaderForm : std::uint8_t { tiny, brief, medium, wide };

/// Lines of the overview, top to bottom. A part with no room has y -1 or 0 rows.
struct Layout {
    HeaderForm header = HeaderForm::tiny;
    int header_rows = 0;      ///< y 0 .. header_rows - 1
    bool header_bar = false;  ///< the states' bar below the line of averages
    int device_rows = 0;      ///< GPUs and power
    int cpu_rows = 0;         ///< meters of single CPUs
    bool dropped_line = false;
    int process_y = 0, process_rows = 0;  ///< what is said of one process; the header is brief then
    int status_y = -1;                    ///< what is shown: mode, sort, filters
    int head_y = -1;
    int table_y = 0;
    int table_rows = 0;
    int bar_y = -1;  ///< keys, prompt or message
};
[[nodiscard]] Layout layout_of(const Report& report, const ViewState& state, int width, int height);

/// Lines that may be said of one process: its threads have at least as many.
[[nodiscard]] int most_process_rows(const Report& report, const ViewState& state, int width, int height);

/// Bars of single CPUs beside each other, when that many rows hold all of them; else 0.
[[nodiscard]] std::size_t cpu_bars_per_row(std::size_t cpus, int width, std::size_t rows);
/// Rows that the meters of that many CPUs take, bars or marks: at most `most_rows`.
[[nodiscard]] int cpu_meter_rows(std::size_t cpus, int width, int most_rows);

enum class CellKind : std::uint8_t {
    tid,
    name,
    user,
    states_bar,
    past,
    value,
    io,
    memory_share,
    started,
    exec_total,
    most,
    waker,
    waits,
    command,
};

/// The columns of wakers and of command lines.
inline constexpr std::string_view kWokenBy = "woken_by";
inline constexpr std::string_view kCommandLine = kCommandLineKey;

/// The columns of network bytes.
inline constexpr std::array<std::string_view, 2> kNetworkColumns{"net_rx_bytes", "net_tx_bytes"};

/// From this width on, command lines have a column unless the user hides it.
inline constexpr int kCommandWidth = 140;
/// And the last two minutes, unless the bar shows them.
inline constexpr int kPastWidth = 170;

/// A column as placed on the screen.
struct PlacedColumn {
    CellKind kind = CellKind::value;
    const Column* column = nullptr;  ///< where its values come from; null: from several
    std::string_view key;            ///< names it in the column menu
    std::string_view head;
    bool left_aligned = false;
    int x = 0;
    int width = 0;
    /// A click on its head sorts. Delay accounting is known only for the rows on the screen: it cannot sort them.
    [[nodiscard]] bool sortable() const {
        return kind == CellKind::io || kind == CellKind::exec_total ||
               (column != nullptr && !column->key.starts_with(kTaskstatsPrefix));
    }
};

/// The columns that fit, left to right: what the rows are sorted by, then the user's choices, then by importance.
[[nodiscard]] std::vector<PlacedColumn> place_columns(const OverviewState& state, int width);

/// Whether one of the columns on a screen of that width shows command lines, or places in the tree of cgroups.
[[nodiscard]] bool shows_facts(const OverviewState& state, int width);

/// Whether a column shows the whole time of processes on CPUs.
[[nodiscard]] bool process_times_are_shown(const ViewState& state);

/// Whether a column shows what processes use of GPUs.
[[nodiscard]] bool gpus_are_shown(const ViewState& state);

/// Whether a column shows network bytes.
[[nodiscard]] bool network_is_shown(const ViewState& state);

/// A line of the column menu.
struct ColumnChoice {
    std::string_view key, head;
    std::string help;
    bool shown = false;
};
[[nodiscard]] std::vector<ColumnChoice> column_choices(const OverviewState& state, int width);

}  // namespace tsa
