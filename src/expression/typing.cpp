// SPDX-License-Identifier: MIT
// What helps while an expression is typed: marks under errors, whether a text is meant as one, and completion.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "expression/expression.h"
#include "expression/parser.h"
#include "text/sanitize.h"

namespace tsa {
namespace {

constexpr std::string_view kSpaces = " \t\n\r";
constexpr auto kConnectors = std::to_array<std::string_view>({"and", "for", "or"});

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// Characters of a text; bytes that are none count as one each.
std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

/// One line of it, as long as the text is.
std::string on_one_line(std::string_view text) {
    std::string line(text);
    std::ranges::replace_if(
        line, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
    return line;
}

/// The operators that a term of that kind has.
std::vector<std::string_view> operators_of(TermKind kind) {
    if (kind == TermKind::text) {
        return {"=", "!=", "~"};
    }
    return kind == TermKind::flag ? std::vector<std::string_view>{"=", "!="}
                                  : std::vector<std::string_view>{">", ">=", "<", "<=", "=", "!="};
}

void keep(Completion& completion, std::vector<std::string_view> choices, std::string_view typed) {
    std::erase_if(choices, [typed](std::string_view choice) { return !choice.starts_with(typed); });
    std::ranges::sort(choices);
    choices.erase(std::unique(choices.begin(), choices.end()), choices.end());
    completion.choices = std::move(choices);
    if (completion.choices.empty()) {
        return;
    }
    // Sorted: what the first and the last have in common, all have.
    const std::string_view first = completion.choices.front(), last = completion.choices.back();
    const auto differs = std::mismatch(first.begin(), first.end(), last.begin(), last.end());
    completion.common = std::string(first.begin(), differs.first);
}

}  // namespace

std::string caret_lines(std::string_view text, const ExpressionError& error) {
    const std::size_t at = std::min(error.at, text.size());
    const std::size_t size = std::min(error.size, text.size() - at);
    const std::size_t marks = std::max<std::size_t>(characters(text.substr(at, size)), 1);
    return fmt::format("  {}\n  {}{}", on_one_line(text), std::string(characters(text.substr(0, at)), ' '),
                       std::string(marks, '^'));
}

Error to_error(std::string_view text, const ExpressionError& error, std::string_view what) {
    const std::string shown = printable(text);
    // Where escapes have replaced characters the places differ.
    const bool is_shown_as_is = shown == text;
    return {fmt::format("{}{}{}{}{}", what, what.empty() ? "" : ": ", error.message, is_shown_as_is ? "\n" : ": ",
                        is_shown_as_is ? caret_lines(text, error) : shown),
            error.hint, 0};
}

bool is_meant_as_expression(std::string_view text, const TermResolver& names) {
    bool skipped = false;
    for (;;) {
        text.remove_prefix(std::min(text.find_first_not_of(kSpaces), text.size()));
        if (text.starts_with('(')) {
            text.remove_prefix(1);
        } else if (text.starts_with("not ") || text.starts_with("not(")) {
            text.remove_prefix(3);
        } else {
            break;
        }
        skipped = true;
    }
    std::size_t end = 0;
    while (end < text.size() && is_name_character(text[end])) {
        ++end;
    }
    const std::string_view name = text.substr(0, end);
    const auto knows = [known = names.names()](std::string_view wanted) {
        return std::ranges::find(known, wanted) != known.end();
    };
    std::string_view rest = text.substr(end);
    if (name.empty() || (rest.starts_with('(') && !knows(fmt::format("{}(", name)))) {
        return false;
    }
    if (rest.starts_with('(')) {
        return true;
    }
    const bool has_space = rest.starts_with(' ');
    rest.remove_prefix(std::min(rest.find_first_not_of(kSpaces), rest.size()));
    if (rest.empty() || rest.starts_with(')')) {
        return skipped && knows(name);
    }
    if (rest.find_first_of("<>=!~") == 0) {
        return has_space || knows(name);
    }
    return knows(name) && std::ranges::any_of(kConnectors, [rest](std::string_view word) {
               return rest.starts_with(word) && rest.substr(word.size()).starts_with(' ');
           });
}

Completion complete_expression(std::string_view text, TermResolver& names, const ExpressionRules& rules) {
    Completion completion;
    completion.at = text.size();
    const auto ends_word = [](char c) { return !is_name_character(c) && c != '.' && c != '-'; };
    while (completion.at > 0 && !ends_word(text[completion.at - 1])) {
        --completion.at;
    }
    const std::string_view typed = text.substr(completion.at);
    // What is before it says what may follow.
    ExpressionParser parser(text.substr(0, completion.at), names, rules);
    static_cast<void>(parser.parse());
    switch (parser.wanted()) {
        case Wanted::term: {
            std::vector<std::string_view> choices = names.names();
            choices.push_back("not");
            keep(completion, std::move(choices), typed);
            break;
        }
        case Wanted::comparison: {
            const TermLookup term = names.resolve(parser.wanted_of(), std::nullopt);
            keep(completion, operators_of(term.term ? term.term->kind : TermKind::number), typed);
            break;
        }
        case Wanted::value:
            keep(completion, names.values(parser.wanted_of()), typed);
            break;
        case Wanted::connector: {
            std::vector<std::string_view> choices{kConnectors.begin(), kConnectors.end()};
            if (!rules.allows_for) {
                std::erase(choices, std::string_view("for"));
            }
            keep(completion, std::move(choices), typed);
            break;
        }
        case Wanted::argument:
        case Wanted::nothing:
            break;
    }
    return completion;
}

}  // namespace tsa
