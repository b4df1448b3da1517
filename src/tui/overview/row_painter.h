// SPDX-License-Identifier: MIT
// One row of the overview's table: a cell for each column. Numbers are in fixed fields; text is made for the visible
// rows only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "tui/overview/layout.h"
#include "tui/overview/rows.h"
#include "tui/page.h"
#include "tui/text.h"
#include "tui/thread/detail.h"

namespace tsa {

/// Users are known by number.
[[nodiscard]] std::string group_words(const Scene& scene, const ChosenGroup& group);

struct RowPainter {
    Frame& frame;
    const Scene& scene;
    const Glyphs& set;
    ThreadIndex& threads;
    const RowList& list;
    const RowRef& row;
    int y;
    bool tagged;
    const Past* past;  ///< null: the bar shows the interval

    void cell(const PlacedColumn& column);
    void name(const PlacedColumn& column);
    void user(const PlacedColumn& column);
    void waker(const PlacedColumn& column);
    void waits(const PlacedColumn& column);
    void command(const PlacedColumn& column);
    void value(const PlacedColumn& column);
    void io(const PlacedColumn& column);
    void memory_share(const PlacedColumn& column);
    void started(const PlacedColumn& column);
    [[nodiscard]] int put_branches(int x, int end) const;
    void exec_total(const PlacedColumn& column);
    void most(const PlacedColumn& column);
    void bar(const PlacedColumn& column);
    void past_bar(const PlacedColumn& column);
    void number(const PlacedColumn& column, const Value& value, std::string_view words, Role role);
    /// What has ended is dim.
    [[nodiscard]] Role dim_if_ended(Role role) const { return row.ended ? Role::dim : role; }

    [[nodiscard]] const PerState<std::uint64_t>& state_ns() const {
        return row.thread != nullptr ? row.thread->state_ns : row.process->state_ns;
    }
    [[nodiscard]] const PerPart<std::uint64_t>& part_ns() const {
        return row.thread != nullptr ? row.thread->part_ns : row.process->part_ns;
    }
    /// What its states are shares of: a thread's own time; what has ended in the interval, the whole of that.
    [[nodiscard]] std::uint64_t wall_ns() const {
        if (row.ended) {
            return std::max(scene.report.interval_ns, row.thread != nullptr ? row.thread->wall_ns : 0);
        }
        return row.thread != nullptr ? row.thread->wall_ns : row.process->wall_ns;
    }
};

}  // namespace tsa
