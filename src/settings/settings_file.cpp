// SPDX-License-Identifier: MIT
// See settings_file.h.
#include "settings/settings_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "text/toml.h"

namespace tsa {
namespace {

/// A list of texts; absent: another type is in it.
std::optional<std::vector<std::string>> texts_of(const toml::array& list) {
    std::vector<std::string> texts;
    for (const toml::node& element : list) {
        const auto* text = element.as_string();
        if (text == nullptr) {
            return std::nullopt;
        }
        texts.push_back(text->get());
    }
    return texts;
}

Result<SettingValue> value_in(const toml::node& node) {
    if (const auto* text = node.as_string()) {
        return SettingValue(text->get());
    }
    if (const auto* flag = node.as_boolean()) {
        return SettingValue(flag->get());
    }
    if (const auto* integer = node.as_integer(); integer != nullptr && integer->get() >= 0) {
        return SettingValue(static_cast<std::uint64_t>(integer->get()));
    }
    if (const toml::array* list = node.as_array()) {
        if (auto texts = texts_of(*list)) {
            return SettingValue(std::move(*texts));
        }
    }
    return Error{"not a value of a setting", "text in quotes, a number, true or false, or a list of texts", 0};
}

Result<void> read_section(ScreenSettings& settings, const SettingSection& section, const toml::table& table,
                          std::size_t& line) {
    std::vector<std::pair<std::size_t, NamedText>> found;
    for (const auto& [key, node] : table) {
        line = key.source().begin.line;
        const auto* text = node.as_string();
        if (text == nullptr) {
            return Error{fmt::format("{}: not a text", printable(key.str())), "text in quotes", 0};
        }
        if (const auto checked = section.check(key.str(), text->get()); !checked.ok()) {
            return checked.error().in(printable(key.str()));
        }
        found.push_back({line, {std::string(key.str()), text->get()}});
    }
    // In the order of the file: a table is sorted by its keys.
    std::ranges::stable_sort(found, {}, [](const auto& entry) { return entry.first; });
    for (auto& [at, entry] : found) {
        (settings.*section.member).push_back(std::move(entry));
    }
    return {};
}

Result<void> read_screen(std::vector<SavedScreen>& screens, const toml::node& node, std::size_t& line) {
    const toml::table* table = node.as_table();
    if (table == nullptr) {
        return Error{"a screen is a section", "[[screen]]", 0};
    }
    SavedScreen screen;
    for (const auto& [key, value_node] : *table) {
        line = key.source().begin.line;
        auto value = value_in(value_node);
        auto applied = value.ok() ? apply_setting(screen, key.str(), std::move(value).value())
                                  : Result<void>(value.error().in(printable(key.str())));
        if (!applied.ok()) {
            return applied;
        }
    }
    line = node.source().begin.line;
    return add_screen(screens, std::move(screen));
}

Result<void> read_screens(ScreenSettings& settings, const toml::node& node, std::size_t& line) {
    const toml::array* list = node.as_array();
    if (list == nullptr) {
        return Error{"screen: not a list of screens", "[[screen]] begins each of them", 0};
    }
    settings.screens.clear();
    for (const toml::node& element : *list) {
        line = element.source().begin.line;
        if (auto read = read_screen(settings.screens, element, line); !read.ok()) {
            return read;
        }
    }
    return {};
}

Result<void> read_entry(ScreenSettings& settings, std::string_view key, const toml::node& node, std::size_t& line) {
    const auto sections = setting_sections();
    const auto section = std::ranges::find(sections, key, &SettingSection::key);
    if (key == kScreenSection) {
        return read_screens(settings, node, line);
    }
    if (const toml::table* table = node.as_table()) {
        if (section != sections.end()) {
            return read_section(settings, *section, *table, line);
        }
        return Error{fmt::format("there is no section [{}]", printable(key)), "[filters], [colors], [[screen]]", 0};
    }
    auto value = value_in(node);
    return value.ok() ? apply_setting(settings, key, std::move(value).value())
                      : Result<void>(value.error().in(printable(key)));
}

/// As TOML writes it: escapes for what a basic string cannot have as it is.
std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            out += fmt::format("\\u{:04X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
        } else {
            out += c;
        }
    }
    return out + '"';
}

struct Written {
    std::string operator()(const std::string& text) const { return quoted(text); }
    std::string operator()(std::uint64_t number) const { return fmt::format("{}", number); }
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(const std::vector<std::string>& list) const {
        std::vector<std::string> texts(list.size());
        std::ranges::transform(list, texts.begin(), quoted);
        return fmt::format("[{}]", fmt::join(texts, ", "));
    }
};

}  // namespace

Result<ScreenSettings> read_settings(std::string_view text, std::string_view name) {
    if (const auto size = check_toml_size(text, kMaxSettingsBytes); !size.ok()) {
        return size.error().in(name);
    }
    const toml::parse_result file = toml::parse(text);
    if (!file) {
        return Error{toml_error_words(file.error()), "rstat-tsa-config(5) has an example", 0}.in(
            fmt::format("{}:{}", name, file.error().source().begin.line));
    }
    ScreenSettings settings;
    for (const auto& [key, node] : file.table()) {
        std::size_t line = key.source().begin.line;
        if (const auto read = read_entry(settings, key.str(), node, line); !read.ok()) {
            return read.error().in(fmt::format("{}:{}", name, line));
        }
    }
    return settings;
}

std::string setting_text(const SettingValue& value) {
    return std::visit(Written{}, value);
}

std::string settings_text(const ScreenSettings& settings) {
    std::string out = "# Written by rstat-tsa; see rstat-tsa-config(5). Comments are not kept.\n";
    for (const SettingRow& row : setting_rows()) {
        out += fmt::format("\n# {}{}{}\n{} = {}\n", row.help, row.choices.empty() ? "" : ": ",
                           fmt::join(row.choices, ", "), row.key, setting_text(value_of(settings, row)));
    }
    if (settings.screens.empty()) {
        out += fmt::format("\n{} = []\n", kScreenSection);
    }
    for (const SettingSection& section : setting_sections()) {
        out += fmt::format("\n# {}\n[{}]\n", section.help, section.key);
        for (const auto& [name, value] : settings.*section.member) {
            out += fmt::format("{} = {}\n", name, quoted(value));
        }
    }
    out += settings.screens.empty() ? "" : fmt::format("\n# {}\n", kScreenHelp);
    for (const SavedScreen& screen : settings.screens) {
        out += fmt::format("{}[[{}]]\n", &screen != settings.screens.data() ? "\n" : "", kScreenSection);
        for (const SettingOf<SavedScreen>& row : saved_screen_rows()) {
            out += fmt::format("{} = {}\n", row.key, setting_text(value_of(screen, row)));
        }
    }
    return out;
}

}  // namespace tsa
