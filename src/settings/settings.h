// SPDX-License-Identifier: MIT
// What the screens remember: the settings of config.toml as data, and the table that the reader, the writer, the
// options of the command line and the manual are made from. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "model/state.h"
#include "settings/saved_screen.h"

namespace tsa {

/// A name and its value, in the order of the file.
using NamedText = std::pair<std::string, std::string>;

/// Those that a file without any has.
[[nodiscard]] std::vector<SavedScreen> first_saved_screens();

struct ScreenSettings : SavedView {
    std::string keys = "htop", theme = "auto";
    std::uint64_t interval_ms = 500;
    bool kernel_threads = true;
    std::string bar = "interval", command = "line", save = "exit";
    std::vector<NamedText> filters, colors;                    ///< sections
    std::vector<SavedScreen> screens = first_saved_screens();  ///< beside the main one, which the settings above are

    bool operator==(const ScreenSettings&) const = default;
};

using SettingValue = std::variant<std::string, std::uint64_t, bool, std::vector<std::string>>;

template <class Owner>
struct SettingOf {
    using Member =
        std::variant<std::string Owner::*, std::uint64_t Owner::*, bool Owner::*, std::vector<std::string> Owner::*>;
    std::string_view key;
    Member member;
    std::span<const std::string_view> choices;  ///< empty: any
    std::string_view help;
    /// The value as it is kept; null: as it is.
    Result<std::string> (*check)(std::string_view text) = nullptr;
    std::uint64_t least = 0, most = 0;  ///< of a number
};
using SettingRow = SettingOf<ScreenSettings>;

[[nodiscard]] std::span<const SettingRow> setting_rows();
/// Of one of `[[screen]]`.
[[nodiscard]] std::span<const SettingOf<SavedScreen>> saved_screen_rows();
inline constexpr std::string_view kScreenSection = "screen";
inline constexpr std::string_view kScreenHelp =
    "a screen that Tab goes to after the main one, which is what the settings above say; without any there are two: "
    "io, "
    "memory. screen = [] before the sections: none";
/// Sections of names and texts.
struct SettingSection {
    std::string_view key;
    std::vector<NamedText> ScreenSettings::*member;
    std::string_view help;
    Result<void> (*check)(std::string_view name, std::string_view text);
};
[[nodiscard]] std::span<const SettingSection> setting_sections();

/// Error: there is no such setting, or it cannot have this value.
Result<void> apply_setting(ScreenSettings& settings, std::string_view key, SettingValue value);
Result<void> apply_setting(SavedScreen& screen, std::string_view key, SettingValue value);
[[nodiscard]] SettingValue value_of(const ScreenSettings& settings, const SettingRow& row);
[[nodiscard]] SettingValue value_of(const SavedScreen& screen, const SettingOf<SavedScreen>& row);
/// Error: there is a screen of that name, there are too many, or it cannot be a name.
Result<void> add_screen(std::vector<SavedScreen>& screens, SavedScreen screen);
/// What changed between two moments, put into other settings: what was not touched stays as it is there.
void take_changes(const ScreenSettings& before, const ScreenSettings& now, ScreenSettings& into);

/// The key of a column that the screens have, by its key or another name. Error: there is none.
[[nodiscard]] Result<std::string> screen_column(std::string_view name);
/// Of what rows can be sorted by.
[[nodiscard]] Result<std::string> screen_sort(std::string_view name);
/// Keys of the screens' columns that are not those of the table of columns.
[[nodiscard]] std::span<const std::string_view> further_screen_columns();

/// Whether a filter may have that name, and that text.
[[nodiscard]] Result<void> check_filter(std::string_view name, std::string_view text);
/// "green", "71", "71 bold", "8 dim".
[[nodiscard]] Result<StateLook> read_look(std::string_view text);

/// The choices of some settings, in the order of the types that they become.
inline constexpr std::array<std::string_view, 2> kKeySetNames{"htop", "vim"};
inline constexpr std::array<std::string_view, 4> kThemeNames{"auto", "dark", "light", "mono"};
inline constexpr std::array<std::string_view, 5> kModeNames{"threads", "processes", "tree", "groups", "parents"};
inline constexpr std::array<std::string_view, 3> kHeaderNames{"normal", "cpus", "brief"};
inline constexpr std::array<std::string_view, 2> kBarNames{"interval", "recent"};
inline constexpr std::array<std::string_view, 3> kCommandNames{"line", "program", "name"};
inline constexpr std::array<std::string_view, 2> kSaveNames{"exit", "asked"};

}  // namespace tsa
