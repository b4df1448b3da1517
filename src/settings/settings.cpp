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

constexpr std::array<std::string_view, 8> kFurtherColumns{"bar",      "recent",     "memory_share", "elapsed",
                                                          "io_bytes", "exec_total", "most",         "woken_by"};
constexpr std::size_t kMaxNameBytes = 32;

/// The groups of threads, without that by process.
constexpr auto kGroupNames = [] {
    std::array<std::string_view, kGroupKeys.size() - 1> names{};
    std::transform(kGroupKeys.begin() + 1, kGroupKeys.end(), names.begin(),
                   [](const GroupKeyInfo& key) { return key.name; });
    return names;
}();

/// Of the main screen, and of each other one.
template <class Owner>
constexpr std::array kViewRows = std::to_array<SettingOf<Owner>>({
    {"mode", &Owner::mode, kModeNames, "what the rows are"},
    {"by", &Owner::by, kGroupNames, "what threads are grouped by"},
    {"sort", &Owner::sort, {}, "column that the rows are sorted by", screen_sort},
    {"descending", &Owner::descending, {}, "the largest value first"},
    {"columns",
     &Owner::columns,
     {},
     "exactly these columns, in this order, as far as they fit; empty: as many as fit, the most important first",
     screen_column},
    {"columns_shown",
     &Owner::columns_shown,
     {},
     "shown before others; where columns is not empty: in addition to these",
     screen_column},
    {"columns_hidden", &Owner::columns_hidden, {}, "where columns is empty: never shown", screen_column},
    {"header", &Owner::header, kHeaderNames, "the header: normal, with meters of single CPUs, or brief"},
    {"hide_idle", &Owner::hide_idle, {}, "hide threads that only slept"},
});

constexpr std::array kFirstRows = std::to_array<SettingRow>({
    {"keys", &ScreenSettings::keys, kKeySetNames, "letters as in htop, or as in vi where the two conflict"},
    {"theme", &ScreenSettings::theme, kThemeNames,
     "colors for a dark or light background, or none; auto: asks the terminal for its background"},
    {"interval", &ScreenSettings::interval_ms, {}, "milliseconds between two refreshes", nullptr, 16, 60'000},
});
constexpr std::array kLastRows = std::to_array<SettingRow>({
    {"bar", &ScreenSettings::bar, kBarNames, "the bar of states: of the interval, or of the last two minutes"},
    {"command", &ScreenSettings::command, kCommandNames, "command lines: whole, the path of the program, or its name"},
    {"kernel_threads", &ScreenSettings::kernel_threads, {}, "show kernel threads"},
    {"save", &ScreenSettings::save, kSaveNames,
     "when this file is written: on exit, if a key has changed a setting; or only when asked, by Ctrl-W in the menu of "
     "F2"},
});
constexpr auto kRows = concat(kFirstRows, kViewRows<ScreenSettings>, kLastRows);

Result<std::string> as_screen_name(std::string_view text);
Result<std::string> as_filter(std::string_view text);
Result<std::string> as_user(std::string_view text);

constexpr std::array kNameRow = std::to_array<SettingOf<SavedScreen>>({
    {"name", &SavedScreen::name, {}, "letters, digits, _ and -", as_screen_name},
});
constexpr std::array kNarrowingRows = std::to_array<SettingOf<SavedScreen>>({
    {"filter", &SavedScreen::filter, {}, "as in the filter prompt; empty: none", as_filter},
    {"user", &SavedScreen::user, {}, "only this user, by number; empty: all", as_user},
    {"blocked", &SavedScreen::blocked, {}, "only threads that are blocked now"},
});
constexpr auto kScreenRows = concat(kNameRow, kViewRows<SavedScreen>, kNarrowingRows);

bool is_name(std::string_view name) {
    return !name.empty() && name.size() <= kMaxNameBytes && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
}

Result<std::string> as_screen_name(std::string_view text) {
    if (!is_name(text) || text == kMainScreen) {
        return Error{fmt::format("'{}' is not a name of a screen", printable(text)),
                     "letters, digits, _ and -, 32 at most; main is the first one", 0};
    }
    return std::string(text);
}

Result<void> check_filter_text(std::string_view text) {
    if (is_meant_as_expression(text, RowTerms())) {
        const auto parsed = parse_row_expression(text);
        if (const auto* error = std::get_if<ExpressionError>(&parsed)) {
            return Error{error->message, error->hint, 0};
        }
    }
    return {};
}

Result<std::string> as_filter(std::string_view text) {
    TRY(check_filter_text(text));
    return std::string(text);
}

Result<std::string> as_user(std::string_view text) {
    if (!text.empty() && !number<std::uint32_t>(text)) {
        return Error{fmt::format("'{}' is not the number of a user", printable(text)),
                     "id -u NAME prints it; by name: filter = \"user = NAME\"", 0};
    }
    return std::string(text);
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
    return check_filter_text(text);
}

namespace {

constexpr std::array kSections = std::to_array<SettingSection>({
    {"filters", &ScreenSettings::filters,
     "filters by name: in the filter prompt @NAME stands for one, and @NAME = FILTER adds it", check_filter},
    {"colors", &ScreenSettings::colors,
     "colors of states: a color's name or its number of the 256, with bold or dim: exec = \"71 bold\"", check_color},
});

template <class Owner>
Result<std::string> checked(const SettingOf<Owner>& row, std::string text) {
    if (!row.choices.empty() && std::ranges::find(row.choices, text) == row.choices.end()) {
        return Error{fmt::format("'{}' is not a value of {}", printable(text), row.key), suggestion(text, row.choices),
                     0};
    }
    return row.check != nullptr ? row.check(text) : Result<std::string>(std::move(text));
}

template <class Owner>
Error wrong_type(const SettingOf<Owner>& row) {
    const std::string_view wanted = std::holds_alternative<std::string Owner::*>(row.member) ? "text in quotes"
                                    : std::holds_alternative<bool Owner::*>(row.member)      ? "true or false"
                                    : std::holds_alternative<std::uint64_t Owner::*>(row.member)
                                        ? "a number"
                                        : "a list of texts: [\"tid\", \"comm\"]";
    return {fmt::format("{}: a value of another type", row.key), std::string(wanted), 0};
}

template <class Owner>
Result<void> apply(Owner& settings, const SettingOf<Owner>& row, SettingValue value) {
    if (const auto* text = std::get_if<std::string Owner::*>(&row.member)) {
        if (auto* given = std::get_if<std::string>(&value)) {
            settings.** text = TRY(checked(row, std::move(*given)));
            return {};
        }
    } else if (const auto* flag = std::get_if<bool Owner::*>(&row.member)) {
        if (const bool* given = std::get_if<bool>(&value)) {
            settings.** flag = *given;
            return {};
        }
    } else if (const auto* number = std::get_if<std::uint64_t Owner::*>(&row.member)) {
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
        settings.*std::get<std::vector<std::string> Owner::*>(row.member) = std::move(list);
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

std::span<const SettingOf<SavedScreen>> saved_screen_rows() {
    return kScreenRows;
}

namespace {

template <class Owner>
Result<void> apply_by_key(Owner& settings, std::span<const SettingOf<Owner>> rows, std::string_view key,
                          SettingValue value) {
    const auto row = std::ranges::find(rows, key, &SettingOf<Owner>::key);
    if (row == rows.end()) {
        std::vector<std::string_view> keys;
        keys.reserve(rows.size());
        for (const SettingOf<Owner>& one : rows) {
            keys.push_back(one.key);
        }
        return Error{fmt::format("there is no setting '{}'", printable(key)), suggestion(key, keys), 0};
    }
    return apply(settings, *row, std::move(value));
}

}  // namespace

Result<void> apply_setting(ScreenSettings& settings, std::string_view key, SettingValue value) {
    return apply_by_key(settings, setting_rows(), key, std::move(value));
}

Result<void> apply_setting(SavedScreen& screen, std::string_view key, SettingValue value) {
    return apply_by_key(screen, saved_screen_rows(), key, std::move(value));
}

SettingValue value_of(const ScreenSettings& settings, const SettingRow& row) {
    return std::visit([&settings](const auto member) { return SettingValue(settings.*member); }, row.member);
}

SettingValue value_of(const SavedScreen& screen, const SettingOf<SavedScreen>& row) {
    return std::visit([&screen](const auto member) { return SettingValue(screen.*member); }, row.member);
}

Result<void> add_screen(std::vector<SavedScreen>& screens, SavedScreen screen) {
    TRY(as_screen_name(screen.name));
    if (std::ranges::find(screens, screen.name, &SavedScreen::name) != screens.end()) {
        return Error{fmt::format("there is a screen {} already", screen.name), "", 0};
    }
    if (screens.size() == kMostSavedScreens) {
        return Error{fmt::format("more than {} screens", kMostSavedScreens), "", 0};
    }
    screens.push_back(std::move(screen));
    return {};
}

std::vector<SavedScreen> first_saved_screens() {
    SavedScreen io;
    io.name = "io";
    io.mode = "processes";
    io.sort = "io_bytes";
    io.columns = {"tid",        "comm",         "uid", "io_priority", "read_bytes", "write_bytes",
                  "io_wait_ns", "swap_wait_ns", "bar", "wait_on",     "cmdline"};
    SavedScreen memory;
    memory.name = "memory";
    memory.mode = "processes";
    memory.sort = "rss_bytes";
    memory.columns = {"tid",          "comm",        "uid",          "virtual_bytes", "rss_bytes", "shared_bytes",
                      "memory_share", "mem_wait_ns", "swap_wait_ns", "bar",           "cmdline"};
    return {io, memory};
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
    if (before.screens != now.screens) {
        into.screens = now.screens;
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
    if (key == "bar" || key == "recent" || key == "most" || key == "woken_by" || key == "memory_share" ||
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
