// SPDX-License-Identifier: MIT
// What the user is doing on the page of a thread, and what its keys have to know of the screen that they were pressed
// on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "model/report.h"
#include "tui/scrolling.h"

namespace tsa {

/// How far there is to move, noted with each frame: see detail_bounds().
struct DetailBounds {
    std::uint64_t slots = 1;          ///< of the history, in a column of the chart
    std::uint64_t oldest_column = 0;  ///< a column's number: its start / (slots * kHistorySlotNs)
    std::uint64_t newest_column = 0;
    int chart_x = 0, chart_y = 0, chart_columns = 0,
        chart_rows = 0;  ///< where it is; the newest column is the last
    std::size_t wait_rows = 0, wait_rows_shown = 0;

    bool operator==(const DetailBounds&) const = default;
};

struct ThreadPageState {
    ThreadKey key;  ///< the thread that was opened last
    std::uint32_t tgid = 0;
    std::uint64_t disagreed_ns = 0;          ///< CLOCK_MONOTONIC of the last report in which taskstats disagreed
    std::size_t scroll = 0;                  ///< first row of the table of waits
    std::optional<std::uint64_t> moment_ns;  ///< CLOCK_MONOTONIC under the chart's cursor; none: the newest
    std::uint64_t chart_slots = 0;           ///< history slots in a column; 0: about a minute fits
    DetailBounds bounds;
    Scrolling stacks;              ///< lines of the page of stacks
    bool stack_addresses = false;  ///< module and offset of each function
    std::size_t heat_kind = 0;     ///< which kind of wait the page of wait lengths shows
    std::size_t heat_kinds = 0;    ///< how many there are; set with each frame
    Scrolling wakers;              ///< rows of the page of wakers
    /// Threads from which keys led to this one, the last one on top.
    struct Visited {
        ThreadKey key;
        std::uint32_t tgid = 0;
    };
    std::vector<Visited> trail;
};

}  // namespace tsa
