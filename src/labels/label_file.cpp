// SPDX-License-Identifier: MIT
// See label_file.h.
#include "labels/label_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <utility>

#include "text/suggestion.h"
#include "text/toml.h"

namespace tsa {

namespace {

constexpr std::string_view kExample =
    R"([[label]] functions = ["my_lock"] label = "my lock" kind = "lock", each on a line)";

/// An error at a place of the file.
struct Fault {
    toml::source_position at;
    Error error;
};

Fault fault(const toml::node& node, std::string message, std::string hint) {
    return {node.source().begin, {std::move(message), std::move(hint), 0}};
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '\x7f';
}

/// Text of 1 to `max_bytes` bytes without control characters.
std::optional<Fault> read_text(const toml::node& node, std::size_t max_bytes, std::string& out) {
    const auto* text = node.as_string();
    if (text == nullptr || text->get().empty() || text->get().size() > max_bytes ||
        std::ranges::any_of(text->get(), is_control)) {
        return fault(node, fmt::format("not a text of 1 to {} bytes", max_bytes), "one line of text in quotes");
    }
    out = printable(text->get());
    return std::nullopt;
}

/// A name with at most one '*'.
std::optional<Fault> read_name(const toml::node& node, std::string& out) {
    if (auto wrong = read_text(node, kMaxLabelNameBytes, out)) {
        return wrong;
    }
    if (std::ranges::count(out, '*') > 1) {
        return fault(node, fmt::format("'{}' has more than one *", out), "one * for any text: \"std::*::lock\"");
    }
    return std::nullopt;
}

std::optional<Fault> read_names(const toml::node& node, std::vector<std::string>& out) {
    const toml::array* list = node.as_array();
    if (list == nullptr || list->empty() || list->size() > kMaxLabelFunctions) {
        return fault(node, fmt::format("not a list of 1 to {} functions", kMaxLabelFunctions),
                     R"(names in quotes: ["ProcSleep", "LockAcquire*"])");
    }
    for (const toml::node& element : *list) {
        if (auto wrong = read_name(element, out.emplace_back())) {
            return wrong;
        }
    }
    return std::nullopt;
}

/// The number of the text among `words`.
std::optional<Fault> read_choice(const toml::node& node, std::span<const std::string_view> words, std::size_t& out) {
    const auto* text = node.as_string();
    const auto found = text != nullptr ? std::ranges::find(words, std::string_view(text->get())) : words.end();
    if (found == words.end()) {
        return fault(node, text != nullptr ? fmt::format("unknown '{}'", printable(text->get())) : "not a text",
                     suggestion(text != nullptr ? std::string_view(text->get()) : std::string_view{}, words));
    }
    out = static_cast<std::size_t>(found - words.begin());
    return std::nullopt;
}

std::optional<Fault> read_kind(const toml::node& node, LabelRule& rule) {
    std::size_t chosen = 0;
    auto wrong = read_choice(node, std::span(kStackLabelKinds).subspan(1), chosen);
    rule.label.kind = static_cast<StackLabelKind>(chosen + 1);
    return wrong;
}

std::optional<Fault> read_further_in(const toml::node& node, LabelRule& rule) {
    constexpr std::array<std::string_view, 3> kWords{"anything", "module", "nothing"};
    std::size_t chosen = 0;
    auto wrong = read_choice(node, kWords, chosen);
    rule.further_in = static_cast<FurtherIn>(chosen);
    return wrong;
}

struct Key {
    std::string_view name;
    bool is_needed;
    std::optional<Fault> (*read)(const toml::node& node, LabelRule& rule);
};
constexpr std::array kKeys = std::to_array<Key>({
    {"functions", true, [](const toml::node& node, LabelRule& rule) { return read_names(node, rule.functions); }},
    {"callers", false, [](const toml::node& node, LabelRule& rule) { return read_names(node, rule.callers); }},
    {"module", false, [](const toml::node& node, LabelRule& rule) { return read_name(node, rule.module); }},
    {"further_in", false, read_further_in},
    {"label", true,
     [](const toml::node& node, LabelRule& rule) { return read_text(node, kMaxStackLabelBytes, rule.label.text); }},
    {"kind", true, read_kind},
});

std::vector<std::string_view> key_names() {
    std::vector<std::string_view> names;
    names.reserve(kKeys.size());
    for (const Key& key : kKeys) {
        names.push_back(key.name);
    }
    return names;
}

std::optional<Fault> read_rule(const toml::table& table, LabelRule& rule) {
    for (const auto& [name, node] : table) {
        const auto key = std::ranges::find(kKeys, name.str(), &Key::name);
        if (key == kKeys.end()) {
            return Fault{
                name.source().begin,
                {fmt::format("unknown key '{}'", printable(name.str())), suggestion(name.str(), key_names()), 0}};
        }
        if (auto wrong = key->read(node, rule)) {
            wrong->error = wrong->error.in(key->name);
            return wrong;
        }
    }
    for (const Key& key : kKeys) {
        if (key.is_needed && table.get(key.name) == nullptr) {
            return fault(table, fmt::format("this label has no {}", key.name), std::string(kExample));
        }
    }
    return std::nullopt;
}

std::optional<Fault> read_rules(const toml::table& file, std::vector<LabelRule>& rules) {
    for (const auto& [name, node] : file) {
        const toml::array* sections = name.str() == "label" ? node.as_array() : nullptr;
        if (sections == nullptr || !sections->is_homogeneous(toml::node_type::table)) {
            return Fault{
                name.source().begin,
                {fmt::format("'{}' is not a section [[label]]", printable(name.str())), std::string(kExample), 0}};
        }
        if (sections->size() > kMaxLabelRules) {
            return fault(node, fmt::format("more than {} labels", kMaxLabelRules), "merge those with the same label");
        }
        for (const toml::node& section : *sections) {
            if (auto wrong = read_rule(*section.as_table(), rules.emplace_back())) {
                return wrong;
            }
        }
    }
    return std::nullopt;
}

Error at_place(const Error& error, std::string_view name, const toml::source_position& at) {
    return error.in(fmt::format("{}:{}:{}", name, at.line, at.column));
}

}  // namespace

Result<std::vector<LabelRule>> read_label_file(std::string_view text, std::string_view name) {
    if (const auto size = check_toml_size(text, kMaxLabelFileBytes); !size.ok()) {
        return size.error().in(name);
    }
    const toml::parse_result file = toml::parse(text);
    if (!file) {
        return at_place({toml_error_words(file.error()), std::string(kExample), 0}, name, file.error().source().begin);
    }
    std::vector<LabelRule> rules;
    if (const auto wrong = read_rules(file.table(), rules)) {
        return at_place(wrong->error, name, wrong->at);
    }
    return rules;
}

}  // namespace tsa
