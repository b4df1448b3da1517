// SPDX-License-Identifier: MIT
// See settings.h.
#include "settings/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/concat.h"
#include "base/scan.h"
#include "expression/row_terms.h"
#include "model/columns.h"
#include "model/groups.h"
#include "text/sanitize.h"
#include "text/suggestion.h"

namespace tsa {
namespace {

constexpr std::array<std::string_view, 7> kFurtherColumns{"bar",        "memory_share", "elapsed", "io_bytes",
                                                          "exec_total", "most",         "woken_by"};
constexpr std::size_t kMaxNameBytes = 32;

/// The groups of threads, without that by process.
constexpr auto kGroupNames = [] {
    std::array<std::string_view, kGroupKeys.size() - 1> names{};
    std::transform(kGroupKeys.begin() + 1, kGroupKeys.end(), names.begin(),
                   [](const GroupKeyInfo& key) { return key.name; });
    return names;
}();

constexpr std::array kRows = std::to_array<SettingRow>({
    {"keys", &ScreenSettings::keys, kKeySetNames, "letters as in htop, or as in vi where the two conflict"},
    {"theme", &ScreenSettings::theme, kThemeNames,
     "colors for a dark or light background, or none; auto: asks the terminal for its background"},
    {"interval", &ScreenSettings::interval_ms, {}, "milliseconds between two refreshes", nullptr, 16, 60'000},
    {"mode", &ScreenSettings::mode, kModeNames, "what the rows are"},
    {"by", &ScreenSettings::by, kGroupNames, "what threads are grouped by"},
    {"sort", &ScreenSettings::sort, {}, "column that the rows are sorted by", screen_sort},
    {"descending", &ScreenSettings::descending, {}, "the largest value first"},
    {"columns",
     &ScreenSettings::columns,
     {},
     "exactly these columns, in this order, as far as they fit; empty: as many as fit, the most important first",
     screen_column},
    {"columns_shown", &ScreenSettings::columns_shown, {}, "where columns is empty: shown before others", screen_column},
    {"columns_hidden", &ScreenSettings::columns_hidden, {}, "where columns is empty: never shown", screen_column},
    {"header", &ScreenSettings::header, kHeaderNames, "the header: normal, with meters of single CPUs, or brief"},
    {"bar", &ScreenSettings::bar, kBarNames, "the bar of states: of the interval, or of the last two minutes"},
    {"command", &ScreenSettings::command, kCommandNames, "command lines: whole, the path of the program, or its name"},
    {"kernel_threads", &ScreenSettings::kernel_threads, {}, "show kernel threads"},
    {"hide_idle", &ScreenSettings::hide_idle, {}, "hide threads that only slept"},
    {"save", &ScreenSettings::save, kSaveNames,
     "when this file is written: on exit, if a key has changed a setting; or only when asked, by Ctrl-W in the menu of "
     "F2"},
});

bool is_name(std::string_view name) {
    return !name.empty() && name.size() <= kMaxNameBytes && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
}

std::vector<std::string_view> state_keys() {
    std::vector<std::string_view> keys;
    for (const StateInfo& state : state_table()) {
        keys.push_back(state.key);
    }
    return keys;
}

Result<void> check_color(std::string_view name, std::string_view text) {
    if (!state_from_key(name)) {
        return Error{fmt::format("there is no state '{}'", printable(name)), suggestion(name, state_keys()), 0};
    }
    TRY(read_look(text));
    return {};
}

}  // namespace

Result<void> check_filter(std::string_view name, std::string_view text) {
    if (!is_name(name)) {
        return Error{fmt::format("'{}' is not a name of a filter", printable(name)),
                     "letters, digits, _ and -, 32 at most", 0};
    }
    if (is_meant_as_expression(text, RowTerms())) {
        const auto parsed = parse_row_expression(text);
        if (const auto* error = std::get_if<ExpressionError>(&parsed)) {
            return Error{error->message, error->hint, 0};
        }
    }
    return {};
}

namespace {

constexpr std::array kSections = std::to_array<SettingSection>({
    {"filters", &ScreenSettings::filters,
     "filters by name: in the filter prompt @NAME stands for one, and @NAME = FILTER adds it", check_filter},
    {"colors", &ScreenSettings::colors,
     "colors of states: a color's name or its number of the 256, with bold or dim: exec = \"71 bold\"", check_color},
});

Result<std::string> checked(const SettingRow& row, std::string text) {
    if (!row.choices.empty() && std::ranges::find(row.choices, text) == row.choices.end()) {
        return Error{fmt::format("'{}' is not a value of {}", printable(text), row.key), suggestion(text, row.choices),
                     0};
    }
    return row.check != nullptr ? row.check(text) : Result<std::string>(std::move(text));
}

Error wrong_type(const SettingRow& row) {
    const std::string_view wanted = std::holds_alternative<std::string ScreenSettings::*>(row.member) ? "text in quotes"
                                    : std::holds_alternative<bool ScreenSettings::*>(row.member)      ? "true or false"
                                    : std::holds_alternative<std::uint64_t ScreenSettings::*>(row.member)
                                        ? "a number"
                                        : "a list of texts: [\"tid\", \"comm\"]";
    return {fmt::format("{}: a value of another type", row.key), std::string(wanted), 0};
}

Result<void> apply(ScreenSettings& settings, const SettingRow& row, SettingValue value) {
    if (const auto* text = std::get_if<std::string ScreenSettings::*>(&row.member)) {
        if (auto* given = std::get_if<std::string>(&value)) {
            settings.** text = TRY(checked(row, std::move(*given)));
            return {};
        }
    } else if (const auto* flag = std::get_if<bool ScreenSettings::*>(&row.member)) {
        if (const bool* given = std::get_if<bool>(&value)) {
            settings.** flag = *given;
            return {};
        }
    } else if (const auto* number = std::get_if<std::uint64_t ScreenSettings::*>(&row.member)) {
        if (const auto* given = std::get_if<std::uint64_t>(&value)) {
            if (*given < row.least || *given > row.most) {
                return Error{fmt::format("{} {} is out of range", row.key, *given),
                             fmt::format("{} to {}", row.least, row.most), 0};
            }
            settings.** number = *given;
            return {};
        }
    } else if (auto* given = std::get_if<std::vector<std::string>>(&value)) {
        std::vector<std::string> list;
        for (std::string& text_of : *given) {
            std::string one = TRY(checked(row, std::move(text_of)));
            if (std::ranges::find(list, one) == list.end()) {
                list.push_back(std::move(one));
            }
        }
        settings.*std::get<std::vector<std::string> ScreenSettings::*>(row.member) = std::move(list);
        return {};
    }
    return wrong_type(row);
}

}  // namespace

std::span<const SettingRow> setting_rows() {
    return kRows;
}

std::span<const SettingSection> setting_sections() {
    return kSections;
}

std::span<const std::string_view> further_screen_columns() {
    return kFurtherColumns;
}

Result<void> apply_setting(ScreenSettings& settings, std::string_view key, SettingValue value) {
    const auto* row = std::ranges::find(kRows, key, &SettingRow::key);
    if (row == kRows.end()) {
        std::vector<std::string_view> keys;
        keys.reserve(kRows.size());
        for (const SettingRow& one : kRows) {
            keys.push_back(one.key);
        }
        return Error{fmt::format("there is no setting '{}'", printable(key)), suggestion(key, keys), 0};
    }
    return apply(settings, *row, std::move(value));
}

SettingValue value_of(const ScreenSettings& settings, const SettingRow& row) {
    return std::visit([&settings](const auto member) { return SettingValue(settings.*member); }, row.member);
}

void take_changes(const ScreenSettings& before, const ScreenSettings& now, ScreenSettings& into) {
    for (const SettingRow& row : kRows) {
        std::visit(
            [&](const auto member) {
                if (before.*member != now.*member) {
                    into.*member = now.*member;
                }
            },
            row.member);
    }
    for (const SettingSection& section : kSections) {
        if (before.*section.member != now.*section.member) {
            into.*section.member = now.*section.member;
        }
    }
}

Result<std::string> screen_column(std::string_view name) {
    if (std::ranges::find(kFurtherColumns, name) != kFurtherColumns.end()) {
        return std::string(name);
    }
    if (const Column* column = find_sort_column(name)) {
        return std::string(column->key);
    }
    std::vector<std::string_view> names(kFurtherColumns.begin(), kFurtherColumns.end());
    const std::vector<std::string_view> terms = RowTerms().names();
    names.insert(names.end(), terms.begin(), terms.end());
    std::erase(names, std::string_view("user"));
    return Error{fmt::format("there is no column '{}'", printable(name)), suggestion(name, names), 0};
}

Result<std::string> screen_sort(std::string_view name) {
    std::string key = TRY(screen_column(name));
    if (key == "bar" || key == "most" || key == "woken_by" || key == "elapsed" || key == "memory_share" ||
        key.starts_with(kTaskstatsPrefix)) {
        return Error{fmt::format("rows cannot be sorted by {}", name), "delay, exec, rss, io_bytes, comm ...", 0};
    }
    return key;
}

Result<StateLook> read_look(std::string_view text) {
    static constexpr std::array<std::string_view, 8> kColors{"black", "red",     "green", "yellow",
                                                             "blue",  "magenta", "cyan",  "white"};
    StateLook look;
    bool has_color = false;
    std::string_view rest = text;
    for (std::string_view word = next_field(rest); !word.empty(); word = next_field(rest)) {
        const auto* name = std::ranges::find(kColors, word);
        const auto of_256 = number<std::uint8_t>(word);
        if (word == "bold") {
            look.bold = true;
        } else if (word == "dim") {
            look.dim = true;
        } else if (!has_color && (name != kColors.end() || of_256)) {
            has_color = true;
            look.color_256 =
                of_256 ? static_cast<std::int16_t>(*of_256) : static_cast<std::int16_t>(name - kColors.begin());
            // A terminal of 8 colors has the first ones only.
            look.color_8 = static_cast<std::int16_t>(look.color_256 < 16 ? look.color_256 % 8 : -1);
        } else {
            return Error{fmt::format("'{}' is not a color", printable(text)),
                         "a number up to 255, or red, green ..., with bold or dim: \"71 bold\"", 0};
        }
    }
    return look;
}

}  // namespace tsa
