// SPDX-License-Identifier: MIT
// See settings.h.
#include "tui/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <span>

#include "base/scan.h"

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

SavedScreen view_of(const ViewState& state) {
    const OverviewState& overview = state.overview;
    SavedScreen screen;
    // Where one process or group is open, what is under it.
    const RowMode mode = overview.group ? RowMode::groups : overview.mode;
    screen.mode = name_of(kModeNames, overview.tgid ? overview.mode_before_process : mode);
    screen.by = info(overview.group ? overview.group->key : overview.by).name;
    screen.sort = overview.sort_key;
    screen.descending = overview.descending;
    screen.header = name_of(kHeaderNames, overview.header);
    screen.filter = overview.filter;
    screen.user = overview.uid ? fmt::format("{}", *overview.uid) : std::string();
    screen.blocked = overview.held_up;
    screen.hide_idle = overview.hide_idle;
    screen.columns = overview.columns;
    screen.columns_shown = overview.columns_shown;
    screen.columns_hidden = overview.columns_hidden;
    return screen;
}

namespace {

void put_common(const SavedView& screen, OverviewState& overview) {
    overview.mode = named<RowMode>(kModeNames, screen.mode);
    overview.by = group_key(screen.by).value_or(GroupKey::unit);
    overview.sort_key = screen.sort;
    overview.descending = screen.descending;
    overview.hide_idle = screen.hide_idle;
    overview.columns = screen.columns;
    overview.columns_shown = screen.columns_shown;
    overview.columns_hidden = screen.columns_hidden;
    overview.header = named<HeaderMode>(kHeaderNames, screen.header);
}

}  // namespace

void put_view(const SavedScreen& screen, OverviewState& overview) {
    put_common(screen, overview);
    overview.uid = number<std::uint32_t>(screen.user);
    overview.held_up = screen.blocked;
}

std::vector<SavedScreen> screens_now(const ViewState& state) {
    std::vector<SavedScreen> screens = state.screens;
    if (screens.empty()) {
        screens.emplace_back().name = kMainScreen;
    }
    const std::size_t at = std::min(state.screen, screens.size() - 1);
    std::string name = std::move(screens[at].name);
    screens[at] = view_of(state);
    screens[at].name = std::move(name);
    return screens;
}

void apply_settings(const ScreenSettings& settings, ViewState& state) {
    OverviewState& overview = state.overview;
    state.key_set = named<KeySet>(kKeySetNames, settings.keys);
    state.interval_ms = settings.interval_ms;
    put_common(settings, overview);
    state.screens.assign(1, SavedScreen{});
    state.screens.front().name = kMainScreen;
    state.screens.insert(state.screens.end(), settings.screens.begin(), settings.screens.end());
    state.screen = 0;
    overview.past_bar = settings.bar == kBarNames[1];
    overview.command = named<CommandForm>(kCommandNames, settings.command);
    overview.kernel_threads = settings.kernel_threads;
    state.filters.clear();
    for (const auto& [name, text] : settings.filters) {
        state.filters.push_back({name, text});
    }
}

void note_settings(const ViewState& state, ScreenSettings& settings) {
    const OverviewState& overview = state.overview;
    settings.keys = name_of(kKeySetNames, state.key_set);
    settings.interval_ms = state.interval_ms;
    std::vector<SavedScreen> screens = screens_now(state);
    static_cast<SavedView&>(settings) = screens.front();
    settings.screens.assign(screens.begin() + 1, screens.end());
    settings.bar = name_of(kBarNames, overview.past_bar ? 1 : 0);
    settings.command = name_of(kCommandNames, overview.command);
    settings.kernel_threads = overview.kernel_threads;
    settings.filters.clear();
    for (const NamedFilter& filter : state.filters) {
        settings.filters.emplace_back(filter.name, filter.text);
    }
}

}  // namespace tsa
