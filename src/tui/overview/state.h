// SPDX-License-Identifier: MIT
// What the user has chosen and is doing in the overview: which rows, in which order, and where the cursor is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/groups.h"
#include "model/process_table.h"
#include "model/process_times.h"
#include "model/report.h"
#include "tui/overview/order.h"

namespace tsa {

struct RowCondition;

/// tree: processes with their threads; parents: processes below the one that created them.
enum class RowMode : std::uint8_t { threads, processes, tree, groups, parents };

/// Whether its rows are processes.
[[nodiscard]] constexpr bool lists_processes(RowMode mode) {
    return mode == RowMode::processes || mode == RowMode::parents;
}

/// Whether processes are among its rows.
[[nodiscard]] constexpr bool has_process_rows(RowMode mode) {
    return lists_processes(mode) || mode == RowMode::tree;
}

/// How much the header shows.
enum class HeaderMode : std::uint8_t { normal, with_cpus, brief };

/// A row that keeps its identity while the table moves.
struct RowKey {
    ThreadKey thread;  ///< of a process row: its TGID, and 0; of a group: 0, and a hash of its name
    bool process = false;

    bool operator==(const RowKey&) const = default;
};

/// Rows that are tagged as the cursor moves over them.
struct VisualRange {
    RowKey anchor;  ///< where it began
    std::vector<RowKey> tagged_before;
};

/// A group whose threads alone are shown.
struct ChosenGroup {
    GroupKey key = GroupKey::unit;
    std::string name;  ///< raw; empty: those that belong to none

    bool operator==(const ChosenGroup&) const = default;
};

struct OverviewState {
    RowMode mode = RowMode::threads;
    GroupKey by = GroupKey::unit;        ///< of the groups
    std::optional<ChosenGroup> group;    ///< only this one
    std::string sort_key{kSortLatency};  ///< a column's key, kSortLatency, kSortExecTotal or kSortIo
    bool descending = true;
    bool sort_again = false;  ///< a key asked for the order of now
    HeldOrder order;  ///< where rows stay until they are sorted again; without one they are sorted by the report
    bool kernel_threads = true;
    bool hide_idle = false;
    bool held_up = false;               ///< only threads that cannot go on: see is_held_up()
    std::optional<std::uint32_t> uid;   ///< only this user
    std::optional<std::uint32_t> tgid;  ///< only this process: the page of a process
    int process_rows = 0;               ///< of what is said of it above its threads; noted with each frame
    RowMode mode_before_process = RowMode::threads;
    std::string filter;  ///< part of a name, command line, unit, container or TID, `|` separates alternatives
    std::shared_ptr<const RowCondition> condition;  ///< of a filter that is an expression: see condition.h
    std::string search;
    std::vector<std::uint32_t> folded;  ///< TGIDs closed in the tree
    bool all_folded = false;            ///< then `folded` lists the open ones
    std::vector<RowKey> tagged;
    std::optional<VisualRange> visual;
    std::vector<RowKey> jumps;         ///< rows that the cursor left by a jump, the last one at the end
    std::vector<std::string> columns;  ///< exactly these, in this order; empty: the layout's
    std::vector<std::string> columns_shown, columns_hidden;  ///< the user's choice against the layout's
    HeaderMode header = HeaderMode::normal;
    bool past_bar = false;                        ///< the bar shows the last two minutes instead of the interval
    CommandForm command = CommandForm::line;      ///< of the column of command lines
    bool has_facts = false;                       ///< command lines and cgroups of processes are known
    bool show_ended = false;                      ///< the line of ended threads is unfolded
    const ProcessTimes* process_times = nullptr;  ///< whole times on CPUs of processes; null: not read

    std::optional<RowKey> selected;  ///< none: the top row, whatever it is
    std::size_t cursor = 0;          ///< its place when last drawn
    std::size_t scroll = 0;          ///< first row drawn
    bool follow = false;             ///< the table scrolls with the selected row
    bool searched = false;           ///< the selected row was searched for: held likewise until the cursor moves
    std::string digits;              ///< TID being typed
};

}  // namespace tsa
