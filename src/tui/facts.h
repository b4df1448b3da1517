// SPDX-License-Identifier: MIT
// How a live measurement and a recording differ in what is known of the machine and its threads, and in what it is
// called: one row of facts for each, so that no page asks which of them is shown.
#pragma once

#include <string_view>

#include "tui/view.h"

namespace tsa {

struct Facts {
    std::string_view host_prefix;       ///< before the host's name
    std::string_view pace_prefix;       ///< before "every 500 ms"
    std::string_view cost, short_cost;  ///< whose cost it is
    std::string_view chart_keys;        ///< that move the cursor of a thread's chart

    std::string_view no_thread;    ///< nothing is known of the thread
    std::string_view gone;         ///< it has no row any more, and no end
    std::string_view last_totals;  ///< of one that has ended
    std::string_view counters;     ///< after its counters: what they are of
    std::string_view no_wakers;    ///< none were recorded
    std::string_view not_woken;    ///< they were, but nothing ended a wait of the thread

    bool since_first_seen;     ///< totals since it was first seen; else of the minutes that its chart has
    bool state_entries;        ///< how often it went into each state
    bool all_arguments;        ///< of its system call; else the first
    bool counters_since_born;  ///< else of the interval
    bool delays_since_born;    ///< those of taskstats; else of the interval
};
[[nodiscard]] const Facts& facts_of(const ViewState& state);

/// What measured the report: in a replay, what the recording was made with.
[[nodiscard]] Source source_of(const Scene& scene);

}  // namespace tsa
