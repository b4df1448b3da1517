// SPDX-License-Identifier: MIT
// See waybar_config.h.
#include "cli/waybar_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "text/sanitize.h"
#include "text/toml.h"

namespace tsa {

namespace {

/// One line of the file, ready to be applied.
struct Entry {
    std::size_t line = 0;
    std::string key;
    const toml::node* value = nullptr;
};

void add_entries(const toml::table& table, std::string_view prefix, std::vector<Entry>& out) {
    for (const auto& [key, value] : table) {
        out.push_back({key.source().begin.line, std::string(prefix) + std::string(key.str()), &value});
    }
}

/// In file order: a toml++ table is sorted by key.
std::vector<Entry> entries_of(const toml::table& file) {
    std::vector<Entry> entries;
    add_entries(file, "", entries);
    if (const toml::table* thresholds = file["thresholds"].as_table()) {
        std::erase_if(entries, [](const Entry& entry) { return entry.key == "thresholds"; });
        add_entries(*thresholds, kThresholdPrefix, entries);
    }
    std::ranges::stable_sort(entries, {}, &Entry::line);
    return entries;
}

/// Values are passed to the bar unchanged, and escapes in a string may be any character.
Result<std::string> plain_text(std::string_view text) {
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t'; };
    if (std::ranges::any_of(text, is_control)) {
        return Error{fmt::format("'{}' has a control character", printable(text)), "one line of text", 0};
    }
    return std::string(text);
}

Result<std::string> scalar_text(const toml::node& node) {
    if (const auto* text = node.as_string()) {
        return plain_text(text->get());
    }
    if (const auto* integer = node.as_integer()) {
        return fmt::format("{}", integer->get());
    }
    if (const auto* number = node.as_floating_point()) {
        return fmt::format("{}", number->get());
    }
    if (const auto* flag = node.as_boolean()) {
        return std::string(flag->get() ? "true" : "false");
    }
    return Error{"not a value of a setting", "a number, a text in quotes, or a list of texts", 0};
}

/// Lists in command-line form: "summary,wait".
Result<std::string> value_text(const toml::node& node) {
    const toml::array* list = node.as_array();
    if (list == nullptr) {
        return scalar_text(node);
    }
    std::string joined;
    for (const toml::node& element : *list) {
        joined += fmt::format("{}{}", joined.empty() ? "" : ",", TRY(scalar_text(element)));
    }
    return joined;
}

Result<void> apply_entry(WaybarSettings& settings, const Entry& entry) {
    if (entry.value->is_table() && !entry.key.starts_with(kThresholdPrefix)) {
        return Error{fmt::format("there is no section [{}]", printable(entry.key)),
                     "the only section is [thresholds]; other settings must come before it", 0};
    }
    const auto value = value_text(*entry.value);
    const auto applied = value.ok() ? apply(settings, {entry.key, value.value()}) : Result<void>(value.error());
    return applied.ok() ? applied : applied.error().in(printable(entry.key));
}

}  // namespace

Result<void> apply_waybar_config(WaybarSettings& settings, std::string_view text, std::string_view name) {
    if (const auto size = check_toml_size(text, kMaxWaybarConfigBytes); !size.ok()) {
        return size.error().in(name);
    }
    const toml::parse_result file = toml::parse(text);
    const auto at_line = [name](const Error& error, std::size_t line) {
        return error.in(fmt::format("{}:{}", name, line));
    };
    if (!file) {
        return at_line(
            {toml_error_words(file.error()), "a number, or text in quotes: interval = 1000, format = \"{cpu}%\"", 0},
            file.error().source().begin.line);
    }
    for (const Entry& entry : entries_of(file.table())) {
        if (const auto applied = apply_entry(settings, entry); !applied.ok()) {
            return at_line(applied.error(), entry.line);
        }
    }
    return {};
}

}  // namespace tsa
