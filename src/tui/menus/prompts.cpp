// SPDX-License-Identifier: MIT
// The prompts of the overview: search for a name, and filter. Both take effect while they are typed.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "settings/settings.h"
#include "tui/menus/expression_line.h"
#include "tui/menus/menu.h"
#include "tui/menus/menus.h"
#include "tui/menus/prompt.h"
#include "tui/overview/condition.h"
#include "tui/overview/row_keys.h"
#include "tui/text.h"

namespace tsa {
namespace {

constexpr std::size_t kMaxPrompt = 64;

void draw_search(Frame& frame, const Scene& scene) {
    draw_prompt(frame, scene, "Search: ", scene.state.message_is_warning ? "   not found" : "");
}

void draw_filter(Frame& frame, const Scene& scene) {
    draw_expression_line(frame, scene, "Filter: ", filter_error(scene.state.menu.prompt));
}

void search(KeyPress& press) {
    press.state.overview.search = press.state.menu.prompt;
    search_from(press.state, press.report, false, true);
}

/// "@hot" and "@hot = exec > 50".
struct NameTyped {
    std::string_view name;
    std::optional<std::string_view> text;  ///< absent: there is no "="
};

std::optional<NameTyped> name_typed(std::string_view prompt) {
    if (!prompt.starts_with('@')) {
        return std::nullopt;
    }
    const auto without_spaces = [](std::string_view text) {
        text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
        return text.substr(0, text.find_last_not_of(' ') + 1);
    };
    const std::size_t equals = prompt.find('=');
    NameTyped typed{without_spaces(prompt.substr(1, equals == std::string_view::npos ? equals : equals - 1)), {}};
    if (equals != std::string_view::npos) {
        typed.text = without_spaces(prompt.substr(equals + 1));
    }
    return typed;
}

// While an expression is not complete, the rows are those of the last one that was, or as before: not those with its
// first letters in their names.
void filter(KeyPress& press) {
    OverviewState& overview = press.state.overview;
    const std::string& prompt = press.state.menu.prompt;
    const std::optional<NameTyped> typed = name_typed(prompt);
    if (!typed) {
        if (!set_filter(overview, prompt, press.machine) && overview.condition == nullptr) {
            set_filter(overview, press.state.menu.prompt_before, press.machine);
        }
        return;
    }
    const auto known = std::ranges::find(press.state.filters, typed->name, &NamedFilter::name);
    if (typed->text) {
        set_filter(press.state.overview, *typed->text, press.machine);
    } else if (known != press.state.filters.end()) {
        set_filter(press.state.overview, known->text, press.machine);
    }
}

/// Whether the prompt can be left with what is in it; keeps a filter that is given a name.
bool accept_filter(KeyPress& press) {
    const std::string& prompt = press.state.menu.prompt;
    const std::optional<NameTyped> typed = name_typed(prompt);
    if (!typed) {
        return !filter_error(prompt);
    }
    std::vector<NamedFilter>& filters = press.state.filters;
    const auto known = std::ranges::find(filters, typed->name, &NamedFilter::name);
    if (!typed->text) {
        if (known == filters.end()) {
            press.warn(fmt::format("there is no filter @{}; @{} = FILTER adds it", typed->name, typed->name));
        }
        return known != filters.end();
    }
    const Result<void> checked = check_filter(typed->name, *typed->text);
    if (!checked.ok()) {
        press.warn(checked.error().text());
        return false;
    }
    if (typed->text->empty()) {
        if (known != filters.end()) {
            filters.erase(known);
        }
    } else if (known != filters.end()) {
        known->text = *typed->text;
    } else {
        filters.push_back({std::string(typed->name), std::string(*typed->text)});
    }
    return true;
}

std::string list_of(const std::vector<std::string_view>& names) {
    return fmt::format("{}", fmt::join(names, "  "));
}

void complete_filter(KeyPress& press) {
    std::string& prompt = press.state.menu.prompt;
    if (prompt.starts_with('@') && prompt.find('=') == std::string::npos) {
        std::vector<std::string_view> names;
        for (const NamedFilter& one : press.state.filters) {
            if (one.name.starts_with(prompt.substr(1))) {
                names.push_back(one.name);
            }
        }
        press.state.message = names.empty() ? "no filter of that name: @NAME = FILTER adds one" : list_of(names);
        if (names.size() == 1) {
            prompt = fmt::format("@{}", names.front());
            filter(press);
        }
        return;
    }
    RowTerms terms;
    if (complete_in_prompt(press, terms)) {
        filter(press);
    }
}

void drop_filter(KeyPress& press) {
    set_filter(press.state.overview, press.state.menu.prompt_before, press.machine);
}

bool type_search(KeyPress& press) {
    if (press.event.key == Key::f3) {
        search_from(press.state, press.report, false, false);
        return true;
    }
    return type_in_prompt(press, {.most = kMaxPrompt, .changed = search});
}

bool type_filter(KeyPress& press) {
    return type_in_prompt(press, {.most = kMaxExpression,
                                  .changed = filter,
                                  .accept = accept_filter,  // what is wrong is shown; Esc leaves
                                  .cancel = drop_filter,
                                  .complete = complete_filter});
}

}  // namespace

constinit const Page kSearchPrompt{
    .name = "search",
    .kind = PageKind::overlay,
    .draw_bottom = draw_search,
    .type = type_search,
};

constinit const Page kFilterPrompt{
    .name = "filter",
    .kind = PageKind::overlay,
    .draw_bottom = draw_filter,
    .type = type_filter,
};

void open_search(KeyPress& press) {
    open_menu(press.state, kSearchPrompt);
}

void open_filter(KeyPress& press) {
    open_menu(press.state, kFilterPrompt);
    press.state.menu.prompt = press.state.menu.prompt_before = press.state.overview.filter;
}

}  // namespace tsa
