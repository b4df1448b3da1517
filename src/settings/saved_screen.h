// SPDX-License-Identifier: MIT
// A view of the overview that has a name: what Tab walks through.
#pragma once

#include <string>
#include <vector>

namespace tsa {

struct SavedScreen {
    std::string name, mode = "threads", by = "unit", sort = "latency_ns", filter;
    bool descending = true, hide_idle = false;
    std::vector<std::string> columns, columns_shown, columns_hidden;

    bool operator==(const SavedScreen&) const = default;
};

/// What the settings are called beside those of `[[screen]]`: the first of the screens.
inline constexpr const char* kMainScreen = "main";
inline constexpr std::size_t kMostSavedScreens = 16;

}  // namespace tsa
