// SPDX-License-Identifier: MIT
// See screen_settings.h.
#include "app/commands/screen_settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "text/suggestion.h"

namespace tsa {

void apply_flags(const ScreenFlags& flags, ScreenSettings& settings) {
    const auto take = [](const std::string& flag, std::string& setting) {
        if (!flag.empty()) {
            setting = flag;
        }
    };
    take(flags.theme, settings.theme);
    take(flags.keys, settings.keys);
    if (!flags.sort.empty()) {
        settings.sort = flags.sort;
        settings.descending = true;
    }
    if (!flags.columns.empty()) {
        settings.columns = flags.columns;
    }
    if (flags.tree || flags.threads) {
        settings.mode = flags.tree ? "tree" : "threads";
    }
    settings.kernel_threads = flags.kernel_threads.value_or(settings.kernel_threads);
}

void choose_theme(const ScreenSettings& settings, ScreenOptions& options) {
    const auto* found = std::ranges::find(kThemeNames, settings.theme);
    options.theme =
        found != kThemeNames.end() ? static_cast<ThemeChoice>(found - kThemeNames.begin()) : ThemeChoice::automatic;
    options.state_looks.clear();
    for (const auto& [name, text] : settings.colors) {
        const auto state = state_from_key(name);
        const auto look = read_look(text);
        if (state && look.ok()) {
            options.state_looks.emplace_back(*state, look.value());
        }
    }
}

Result<std::string> filter_text(const std::string& filter, const ScreenSettings& settings) {
    if (!filter.starts_with('@')) {
        return filter;
    }
    const std::string name = filter.substr(1);
    std::vector<std::string_view> names;
    for (const auto& [known, text] : settings.filters) {
        if (known == name) {
            return text;
        }
        names.push_back(known);
    }
    return Error{fmt::format("--filter: config.toml has no filter '{}'", name),
                 names.empty() ? "it has none; @NAME = FILTER in the filter prompt adds one" : suggestion(name, names),
                 0};
}

}  // namespace tsa
