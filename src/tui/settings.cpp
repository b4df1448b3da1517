// SPDX-License-Identifier: MIT
// See settings.h.
#include "tui/settings.h"

#include <algorithm>
#include <cstddef>
#include <span>

namespace tsa {
namespace {

/// The value with that name: the names of a setting are in the order of its type.
template <class Value>
Value named(std::span<const std::string_view> names, std::string_view name) {
    const auto found = std::ranges::find(names, name);
    return static_cast<Value>(found != names.end() ? found - names.begin() : 0);
}

template <class Value>
std::string name_of(std::span<const std::string_view> names, Value value) {
    return std::string(names[static_cast<std::size_t>(value)]);
}

}  // namespace

void apply_settings(const ScreenSettings& settings, ViewState& state) {
    OverviewState& overview = state.overview;
    state.key_set = named<KeySet>(kKeySetNames, settings.keys);
    state.interval_ms = settings.interval_ms;
    overview.mode = named<RowMode>(kModeNames, settings.mode);
    overview.by = group_key(settings.by).value_or(GroupKey::unit);
    overview.sort_key = settings.sort;
    overview.descending = settings.descending;
    overview.columns = settings.columns;
    overview.columns_shown = settings.columns_shown;
    overview.columns_hidden = settings.columns_hidden;
    overview.header = named<HeaderMode>(kHeaderNames, settings.header);
    overview.past_bar = settings.bar == kBarNames[1];
    overview.command = named<CommandForm>(kCommandNames, settings.command);
    overview.kernel_threads = settings.kernel_threads;
    overview.hide_idle = settings.hide_idle;
    state.filters.clear();
    for (const auto& [name, text] : settings.filters) {
        state.filters.push_back({name, text});
    }
}

void note_settings(const ViewState& state, ScreenSettings& settings) {
    const OverviewState& overview = state.overview;
    settings.keys = name_of(kKeySetNames, state.key_set);
    settings.interval_ms = state.interval_ms;
    // Where one process or group is open, what is under it.
    const RowMode mode = overview.group ? RowMode::groups : overview.mode;
    settings.mode = name_of(kModeNames, overview.tgid ? overview.mode_before_process : mode);
    settings.by = info(overview.group ? overview.group->key : overview.by).name;
    settings.sort = overview.sort_key;
    settings.descending = overview.descending;
    settings.columns = overview.columns;
    settings.columns_shown = overview.columns_shown;
    settings.columns_hidden = overview.columns_hidden;
    settings.header = name_of(kHeaderNames, overview.header);
    settings.bar = name_of(kBarNames, overview.past_bar ? 1 : 0);
    settings.command = name_of(kCommandNames, overview.command);
    settings.kernel_threads = overview.kernel_threads;
    settings.hide_idle = overview.hide_idle;
    settings.filters.clear();
    for (const NamedFilter& filter : state.filters) {
        settings.filters.emplace_back(filter.name, filter.text);
    }
}

}  // namespace tsa
