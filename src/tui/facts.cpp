// SPDX-License-Identifier: MIT
// See facts.h.
#include "tui/facts.h"

namespace tsa {
namespace {

constexpr Facts kLive{
    .host_prefix = "",
    .pace_prefix = "",
    .cost = "own cost",
    .short_cost = "own",
    .chart_keys = "Left Right",
    .no_thread = "nothing measured yet ...",
    .gone = "GONE   its exit was not recorded: its last known totals",
    .last_totals = "final totals",
    .counters = "   since its start",
    .no_wakers = "wakers are not recorded yet",
    .not_woken = "none of its waits has ended yet",
    .since_first_seen = true,
    .state_entries = true,
    .all_arguments = true,
    .counters_since_born = true,
    .delays_since_born = true,
};

// The number of switches is recorded, but not into which states.
constexpr Facts kRecorded{
    .host_prefix = "replay of",
    .pace_prefix = "replay, ",
    .cost = "recording cost",
    .short_cost = "rec",
    .chart_keys = ", .",
    .no_thread = "not in the recording at this moment, or in the four minutes before it",
    .gone = "GONE   it has no row from this moment on: its last minutes",
    .last_totals = "last minutes",
    .counters = "   in this interval",
    .no_wakers = "this recording has no wakers: they need record --wakers",
    .not_woken = "none of its waits ended in this interval",
    .since_first_seen = false,
    .state_entries = false,
    .all_arguments = false,
    .counters_since_born = false,
    .delays_since_born = false,
};

}  // namespace

const Facts& facts_of(const ViewState& state) {
    return state.replay ? kRecorded : kLive;
}

Source source_of(const Scene& scene) {
    return scene.state.replay ? scene.state.replay->source : scene.report.source;
}

}  // namespace tsa
