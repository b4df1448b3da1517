// SPDX-License-Identifier: MIT
// See help_layout.h.
#include "cli/help_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "text/cells.h"

namespace tsa {

namespace {

constexpr std::size_t kIndent = 2;
constexpr std::size_t kWidestTerm = 28;  ///< a longer term has its text on the next line
constexpr std::size_t kGap = 2;
constexpr std::size_t kTextBelow = 6;  ///< column of texts below their terms

/// Appends the words of `text`, starting in column `at`; later lines start in column `indent`.
void add_wrapped(std::string& out, std::string_view text, std::size_t at, std::size_t indent, std::size_t columns) {
    bool first = true;
    while (!text.empty()) {
        const std::size_t space = std::min(text.find(' '), text.size());
        const std::string_view word = text.substr(0, space);
        text.remove_prefix(std::min(space + 1, text.size()));
        const std::size_t width = cells_of(word);
        if (!first && at + 1 + width > columns) {
            out += "\n" + std::string(indent, ' ');
            at = indent;
            first = true;
        }
        out += first ? "" : " ";
        out += word;
        at += width + (first ? 0 : 1);
        first = false;
    }
    out += "\n";
}

/// The column in which the texts of a list start: beside its terms, unless most of them are too long for that.
std::size_t text_column(const std::vector<HelpEntry>& entries, std::size_t columns) {
    std::size_t widest = 0, too_long = 0;
    for (const HelpEntry& entry : entries) {
        const std::size_t width = cells_of(entry.term);
        widest = std::max(widest, width <= kWidestTerm ? width : 0);
        too_long += width > kWidestTerm ? 1 : 0;
    }
    return too_long * 2 > entries.size() ? kTextBelow : std::min(kIndent + widest + kGap, columns / 2);
}

void add_entries(std::string& out, const std::vector<HelpEntry>& entries, std::size_t columns) {
    const std::size_t indent = text_column(entries, columns);
    for (const HelpEntry& entry : entries) {
        out += std::string(kIndent, ' ') + entry.term;
        std::size_t at = kIndent + cells_of(entry.term);
        if (at + kGap > indent) {
            out += "\n";
            at = 0;
        }
        out += std::string(indent - at, ' ');
        add_wrapped(out, entry.text, indent, indent, columns);
    }
}

void add_part(std::string& out, const HelpPart& part, std::size_t columns) {
    out += "\n";
    if (!part.title.empty()) {
        out += part.title + ":\n";
    }
    const std::size_t indent = part.title.empty() ? 0 : kIndent;
    for (const std::string& paragraph : part.paragraphs) {
        out += &paragraph == part.paragraphs.data() ? "" : "\n";
        out += std::string(indent, ' ');
        add_wrapped(out, paragraph, indent, indent, columns);
    }
    add_entries(out, part.entries, columns);
}

HelpPart options_part(const CommandHelp& help, bool all) {
    HelpPart part{"Options", {}, {}, true};
    for (const OptionHelp& option : help.options) {
        if (all || option.essential) {
            part.entries.push_back({option_term(option), option.text});
        }
    }
    return part;
}

/// With a capital letter, and an end.
std::string as_sentence(std::string text) {
    text[0] = text[0] >= 'a' && text[0] <= 'z' ? static_cast<char>(text[0] - 'a' + 'A') : text[0];
    return text.ends_with('?') ? text : text + ".";
}

bool has_more(const CommandHelp& help) {
    return std::ranges::any_of(help.options, [](const OptionHelp& option) { return !option.essential; }) ||
           std::ranges::any_of(help.parts, [](const HelpPart& part) { return !part.essential; });
}

}  // namespace

std::string option_term(const OptionHelp& option) {
    const std::string flags = fmt::format("{}", fmt::join(option.flags, ", "));
    const std::string_view gap = flags.empty() || option.value.empty() ? "" : " ";
    return fmt::format("{}{}{}", flags, gap, option.value);
}

std::string format_help(const CommandHelp& help, std::size_t columns, bool all) {
    columns = std::clamp(columns, kMinHelpColumns, kMaxHelpColumns);
    std::string out;
    add_wrapped(out, as_sentence(help.summary), 0, 0, columns);
    std::string_view before = "\nUsage: ";
    for (const std::string& usage : help.usage) {
        out += fmt::format("{}{}\n", before, usage);
        before = "       ";
    }
    const auto add_parts = [&](bool descriptions) {
        for (const HelpPart& part : help.parts) {
            if (part.title.empty() == descriptions && (all || part.essential)) {
                add_part(out, part, columns);
            }
        }
    };
    add_parts(true);
    add_part(out, options_part(help, all), columns);
    add_parts(false);
    if (!all && has_more(help)) {
        const std::string_view space = help.name.empty() ? "" : " ";
        out += "\n";
        add_wrapped(out, fmt::format("More options and explanations: rstat-tsa{}{} --help-all", space, help.name), 0, 0,
                    columns);
    }
    return out;
}

}  // namespace tsa
