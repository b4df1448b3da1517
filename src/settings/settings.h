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

namespace tsa {

/// A name and its value, in the order of the file.
using NamedText = std::pair<std::string, std::string>;

struct ScreenSettings {
    std::string keys = "htop", theme = "auto", mode = "threads", by = "unit", sort = "latency_ns";
    std::uint64_t interval_ms = 500;
    bool descending = true, kernel_threads = true, hide_idle = false;
    std::vector<std::string> columns, columns_shown, columns_hidden;
    std::string header = "normal", bar = "interval", command = "line", save = "exit";
    std::vector<NamedText> filters, colors;  ///< sections

    bool operator==(const ScreenSettings&) const = default;
};

using SettingValue = std::variant<std::string, std::uint64_t, bool, std::vector<std::string>>;

struct SettingRow {
    using Member = std::variant<std::string ScreenSettings::*, std::uint64_t ScreenSettings::*, bool ScreenSettings::*,
                                std::vector<std::string> ScreenSettings::*>;
    std::string_view key;
    Member member;
    std::span<const std::string_view> choices;  ///< empty: any
    std::string_view help;
    /// The value as it is kept; null: as it is.
    Result<std::string> (*check)(std::string_view text) = nullptr;
    std::uint64_t least = 0, most = 0;  ///< of a number
};

[[nodiscard]] std::span<const SettingRow> setting_rows();
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
[[nodiscard]] SettingValue value_of(const ScreenSettings& settings, const SettingRow& row);
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
inline constexpr std::array<std::string_view, 4> kModeNames{"threads", "processes", "tree", "groups"};
inline constexpr std::array<std::string_view, 3> kHeaderNames{"normal", "cpus", "brief"};
inline constexpr std::array<std::string_view, 2> kBarNames{"interval", "recent"};
inline constexpr std::array<std::string_view, 3> kCommandNames{"line", "program", "name"};
inline constexpr std::array<std::string_view, 2> kSaveNames{"exit", "asked"};

}  // namespace tsa
