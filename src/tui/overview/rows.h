// SPDX-License-Identifier: MIT
// Which rows the table has, in which order: filter, mode, fold and sort applied to a Report. Orders no more than is
// asked for, and makes no text: ten thousand threads cost as much as their numbers do.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "expression/row_terms.h"
#include "model/columns.h"
#include "model/groups.h"
#include "tui/command.h"
#include "tui/overview/delays.h"
#include "tui/overview/state.h"

namespace tsa {

/// One row. A process row has no thread; a thread below its process in the tree is a child. The line of those that have
/// ended, at the end of the list, has neither thread nor process.
struct RowRef {
    const ThreadRow* thread = nullptr;
    const ProcessRow* process = nullptr;
    bool child = false;
    bool last_child = false;
    bool folded = false;
    std::size_t children = 0;
    /// In the tree of parents: how many processes it is below, and of these, which have another child further down, the
    /// outermost in bit 0. Levels from kMostLevels on are drawn alike.
    std::uint8_t level = 0;
    std::uint32_t open_levels = 0;
    static constexpr std::uint8_t kMostLevels = 32;
    bool ended = false;  ///< ended in the interval, or the line of those that did
    /// Of a group, with its own copy, since the list makes its groups; `process` then has its sums.
    std::shared_ptr<const GroupRow> group{};
    std::size_t group_at = 0;  ///< its place in the list's groups

    [[nodiscard]] bool is_ended_line() const { return process == nullptr; }
};

[[nodiscard]] RowKey key_of(const RowRef& row);
[[nodiscard]] RowKey key_of_group(const std::string& name);
/// Whether a term of the filter, or of a search, is part of what is known of the row's process: its command line, unit,
/// container or pod.
[[nodiscard]] bool facts_contain(const Report& report, const Thread& thread, std::string_view term);
/// Whether the column's value of a group is the sum of its threads'.
[[nodiscard]] bool is_summed(const Column& column);
/// The thread that represents the row: itself, or the process's leader. Not for the line of ended threads.
[[nodiscard]] const Thread& thread_of(const RowRef& row);
[[nodiscard]] Target target_of(const RowRef& row);

class RowList {
  public:
    /// Refers to both until destroyed.
    RowList(const Report& report, const OverviewState& state);

    [[nodiscard]] std::size_t size() const { return size_; }
    /// Rows of what has not ended.
    [[nodiscard]] std::size_t living() const { return living_; }
    /// What has ended, by name, the most frequent first.
    struct EndedName {
        std::string_view name;
        std::size_t count = 0;
    };
    [[nodiscard]] std::vector<EndedName> ended_names() const;
    [[nodiscard]] std::size_t ended() const { return ended_.size(); }
    /// Time on a CPU since first seen; absent if the list did not need the totals of processes.
    [[nodiscard]] std::optional<std::uint64_t> exec_total_ns(const RowRef& row) const;
    /// Time on a CPU of all threads since the process was created; absent if it was not read.
    [[nodiscard]] Value cpu_time_of(const ProcessRow& process) const;
    /// The same of all processes of a group; absent if none was read.
    [[nodiscard]] Value cpu_time_of_group(std::size_t group) const;
    /// DELAY of the row, as the screens show it. Not of the line of ended threads.
    [[nodiscard]] std::uint64_t delay_ns(const RowRef& row) const;
    /// Storage I/O of the row, read and written together.
    [[nodiscard]] Value io_bytes(const RowRef& row) const;
    /// The place of a row, if it is in the list.
    [[nodiscard]] std::optional<std::size_t> index_of(const RowKey& key) const;
    /// Rows [first, first + count) in order, as far as they exist.
    [[nodiscard]] std::vector<RowRef> rows(std::size_t first, std::size_t count);

  private:
    struct Entry {
        Value value;
        std::uint32_t tid = 0;
        std::uint32_t at = 0;  // index into report.processes, or of a thread: see thread_at()
    };
    struct Group {
        std::uint32_t process = 0;
        std::size_t first_row = 0;
        std::size_t children = 0;     // drawn below it
        std::size_t first_child = 0;  // in children_
        bool folded = false;
    };

    /// A process in the tree of parents, in the order of the rows.
    struct Branch {
        std::uint8_t level = 0;
        bool last = false, folded = false;
        std::uint32_t open_levels = 0;
        std::size_t children = 0;
    };

    [[nodiscard]] const ThreadRow& thread_at(std::uint32_t at) const;
    [[nodiscard]] bool shown(const ThreadRow& row, const GroupRow* group = nullptr) const;
    [[nodiscard]] bool matches_filter(const ThreadRow& row, const GroupRow* group) const;
    [[nodiscard]] bool matches_condition(const ThreadRow& row, const GroupRow* group) const;
    [[nodiscard]] Value sort_value(const ThreadRow& row) const;
    [[nodiscard]] Value sort_value(std::size_t process) const;
    [[nodiscard]] bool before(const Entry& left, const Entry& right) const;
    void find_living_processes();
    template <class Keep>
    void collect_shown_threads(Keep keep);
    void collect_threads();
    void collect_processes();
    void collect_tree();
    void collect_groups();
    void collect_parents();
    [[nodiscard]] Value sort_value(const GroupRow& group, std::size_t at) const;
    void add_ended_rows(std::size_t first, std::size_t end, std::vector<RowRef>& out);
    void add_group_rows(const Group& group, std::size_t first, std::size_t end, std::vector<RowRef>& out);
    void order(std::vector<Entry>& entries, std::size_t first, std::size_t end) const;

    const Report& report_;
    const OverviewState& state_;
    ShownDelays delays_;
    const Column* column_ = nullptr;
    std::vector<std::string_view> terms_;
    mutable RowValues values_;
    std::vector<Entry> entries_;   // threads or processes
    std::vector<Entry> children_;  // tree: threads, grouped by process
    std::vector<Group> groups_;
    std::vector<Branch> branches_;  // parents: one for each of entries_, which are in their final order
    std::vector<Entry> ended_;      // threads or processes
    GroupBuilder builder_;
    [[nodiscard]] RowRef ref_of(std::size_t group) const;
    std::span<const GroupRow> group_rows_;
    std::vector<std::uint64_t> group_delay_ns_;
    std::vector<Value> group_cpu_time_;
    mutable std::string scratch_;
    std::vector<std::uint64_t> process_exec_total_;
    std::vector<bool> process_lives_;
    bool held_ = false;       // by OverviewState::order
    std::size_t living_ = 0;  // rows before the line of ended ones
    std::size_t size_ = 0;
};

/// Where the cursor is in a table of `height` rows, and which row is the first on the screen.
struct Place {
    std::size_t cursor = 0;
    std::size_t scroll = 0;
};

/// The selected row keeps its identity while it stays on the screen, or wherever it goes with `follow` or `searched`;
/// else the cursor stays on its line. The cursor is always on the screen.
[[nodiscard]] Place place(const RowList& list, const OverviewState& state, std::size_t height);

}  // namespace tsa
