// SPDX-License-Identifier: MIT
// A view of the overview that has a name: what Tab walks through.
#pragma once

#include <string>
#include <vector>

namespace tsa {

/// What the settings say of the main screen, and each `[[screen]]` of another.
struct SavedView {
    std::string mode = "threads", by = "unit", sort = "latency_ns", header = "normal";
    bool descending = true, hide_idle = false;
    std::vector<std::string> columns, columns_shown, columns_hidden;

    bool operator==(const SavedView&) const = default;
};

struct SavedScreen : SavedView {
    /// What narrows the main screen down is not kept.
    std::string name, filter, user;
    bool blocked = false;

    bool operator==(const SavedScreen&) const = default;
};

/// What the settings are called beside those of `[[screen]]`: the first of the screens.
inline constexpr const char* kMainScreen = "main";
inline constexpr std::size_t kMostSavedScreens = 16;

}  // namespace tsa
