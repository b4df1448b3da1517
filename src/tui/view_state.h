// ViewState: everything that the user has chosen or is doing on the screens. A value: keys make a new one from the old,
// the view draws it. No handle, no clock, nothing of the terminal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/history.h"
#include "model/process_signals.h"
#include "model/report.h"
#include "model/taskstats.h"
#include "tui/equipment.h"
#include "tui/replay/state.h"

namespace tsa {

enum class RowMode : std::uint8_t { threads, processes, tree };

/// How much the header tells.
enum class HeaderMode : std::uint8_t { normal, with_cpus, brief };

/// What lies over the table and takes the keys.
enum class Overlay : std::uint8_t {
    none,
    help,
    sort_menu,
    column_menu,
    signal_menu,
    user_menu,
    search_prompt,
    filter_prompt,
    jump_prompt,  ///< to a moment of a replay
    accounting,   ///< shall delay accounting be switched on?
    confirm_signal,
};

/// The drill-down has two pages: why is it slow, and all states in numbers.
enum class DetailPage : std::uint8_t { answer, states };

/// A row that keeps its identity while the table moves.
struct RowKey {
    ThreadKey thread;  ///< of a process row: its TGID, and 0
    bool process = false;

    bool operator==(const RowKey&) const = default;
};

/// Whom a signal or a nice value goes to. The caller checks the identity again before it acts.
struct Target {
    std::uint32_t tid = 0;  ///< of a whole process: of one of its threads
    std::uint32_t tgid = 0;
    std::uint64_t start_time_ns = 0;  ///< of the thread `tid`: its identity
    bool whole_process = false;
    std::string comm;  ///< of the thread, or of the process's main thread; raw bytes

    bool operator==(const Target&) const = default;
};

/// A process that would get a signal.
struct SignalProcess {
    Target target;
    std::uint32_t threads = 0;
    bool is_own = false;                     ///< this program
    std::optional<SignalHandling> handling;  ///< absent: not known

    bool operator==(const SignalProcess&) const = default;
};

/// Whom the open signal menu, or the question after it, is about: fixed when the menu opened.
struct SignalTargets {
    std::vector<SignalProcess> processes;
    std::vector<Target> threads;     ///< what was chosen, when that was threads only
    std::size_t kernel_threads = 0;  ///< chosen, and left out: they take no signals

    bool operator==(const SignalTargets&) const = default;
};

/// What rows are sorted by at first, and a sort key that is no column: exec since first seen.
inline constexpr std::string_view kSortLatency = "latency_ns";
inline constexpr std::string_view kSortExecTotal = "exec_total";
/// Neither is storage I/O: what was read and written, together.
inline constexpr std::string_view kSortIo = "io_bytes";

/// What a key in the drill-down has to know of the screen that it was pressed on: how far there is to move. Noted by
/// the owner of the state with each frame: see detail_bounds().
struct DetailBounds {
    std::uint64_t slots = 1;          ///< of the history, in a column of the chart
    std::uint64_t oldest_column = 0;  ///< a column's number: its start / (slots * kHistorySlotNs)
    std::uint64_t newest_column = 0;
    int chart_x = 0, chart_y = 0, chart_columns = 0,
        chart_rows = 0;  ///< where it stands; the newest column is the last
    std::size_t wait_rows = 0, wait_rows_shown = 0;

    bool operator==(const DetailBounds&) const = default;
};

/// Where an open menu is on the screen; noted with each frame, like DetailBounds.
struct MenuBounds {
    int x = 0, y = 0, width = 0, height = 0;  ///< with its border
    int rows_y = 0, rows = 0;                 ///< of the lines to pick from
    std::size_t first = 0;                    ///< the line in the first of these rows

    bool operator==(const MenuBounds&) const = default;
};

struct ViewState {
    RowMode mode = RowMode::threads;
    std::string sort_key{kSortLatency};  ///< a column's key, kSortLatency, kSortExecTotal or kSortIo
    bool descending = true;
    bool kernel_threads = true;
    bool hide_idle = false;
    bool held_up = false;               ///< only threads that cannot go on: see is_held_up()
    std::optional<std::uint32_t> uid;   ///< only this user
    std::optional<std::uint32_t> tgid;  ///< only this process: from the drill-down to its siblings
    RowMode mode_before_process = RowMode::threads;
    std::string filter;  ///< substring of a name or a TID; `|` separates alternatives
    std::string search;
    std::vector<std::uint32_t> folded;  ///< TGIDs closed in the tree
    bool all_folded = false;            ///< then `folded` lists the open ones
    std::vector<RowKey> tagged;
    std::vector<std::string> columns_shown, columns_hidden;  ///< the user's word against the layout's

    std::optional<RowKey> selected;  ///< none: the top row, whatever it is
    std::size_t cursor = 0;          ///< its place when last drawn
    std::size_t scroll = 0;          ///< first row drawn
    bool follow = false;             ///< the table scrolls with the selected row
    bool searched = false;           ///< the selected row was searched for: held likewise until the cursor moves

    std::optional<ThreadKey> detail;  ///< drill-down target
    std::uint32_t detail_tgid = 0;
    DetailPage detail_page = DetailPage::answer;
    std::size_t detail_scroll = 0;  ///< first row of the table of waits
    std::optional<std::uint64_t>
        chart_moment_ns;            ///< CLOCK_MONOTONIC under the cursor; none: the newest, whatever it is
    std::uint64_t chart_slots = 0;  ///< history slots in a column; 0: about a minute fits
    DetailBounds bounds;
    Accounting accounting = Accounting::unknown;  ///< delay accounting, as last heard of; noted like the bounds
    bool accounting_needs_boot = false;           ///< off, and this kernel cannot switch it on while it runs

    HeaderMode header = HeaderMode::normal;
    Equipment equipment;  ///< what the reports so far have shown; noted like the bounds

    Overlay overlay = Overlay::none;
    std::size_t menu_cursor = 0;
    MenuBounds menu_bounds;
    std::string menu_typed;  ///< number or beginning of a name, by which a line of a menu is selected
    std::size_t help_scroll = 0;
    std::string prompt;         ///< being typed
    std::string prompt_before;  ///< what Esc brings back
    std::string digits;         ///< TID being typed
    SignalTargets signal_targets;
    int signal = 0;

    std::optional<ReplayState> replay;  ///< absent: live
    bool paused = false;
    bool recording = false;  ///< the screens' reports are being recorded
    std::uint64_t interval_ms = 500;
    std::string message;  ///< one line; cleared by the next key
    bool message_is_warning = false;

    int width = 0, height = 0;  ///< of the last frame: what a click means depends on it
};

/// What the machine is called, and what is asked of it while a key is handled; given once by the caller.
struct Machine {
    std::string host;
    std::string kernel;  ///< "Linux 6.12"
    /// Name of a user, or empty. Must be cheap: called for each visible row.
    std::function<std::string_view(std::uint32_t uid)> user_name;
    /// Local time at that moment, in seconds east of UTC; none: clock times are UTC.
    std::function<std::int64_t(std::int64_t unix_s)> utc_offset_s;
    /// What a process does with its signals, and which of them the thread `tid` blocks (0: no thread). Absent: it is
    /// gone or hidden. Called when the signal menu opens and when a signal is picked.
    std::function<std::optional<SignalHandling>(std::uint32_t tgid, std::uint32_t tid)> signal_handling;
    std::uint32_t own_tgid = 0;  ///< of this program
};

}  // namespace tsa
