// SPDX-License-Identifier: MIT
// The prompt of the rule that the screens watch: it is armed, changed and switched off here, and what it has caught is
// listed above.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>

#include "rules/report_terms.h"
#include "text/time_text.h"
#include "tui/menus/expression_line.h"
#include "tui/menus/menu.h"
#include "tui/menus/menus.h"
#include "tui/menus/prompt.h"

namespace tsa {
namespace {

constexpr std::string_view kHead = "Rule: ";
constexpr std::string_view kHint = "Enter arms it, empty: none; Tab completes: lock_wait > 2 for 3s";

std::optional<ExpressionError> error_now(const ViewState& state) {
    return state.menu.prompt.empty() ? std::nullopt : rule_error(state.menu.prompt);
}

std::string fired_line(const FiredRule& fired, const Machine& machine) {
    const auto unix_s = static_cast<std::int64_t>(fired.time_unix_ns / 1'000'000'000);
    const std::int64_t offset_s = machine.utc_offset_s ? machine.utc_offset_s(unix_s) : 0;
    return fmt::format("fired at {}: {}: {}  {}", clock_text(fired.time_unix_ns, offset_s).view(), fired.rule,
                       fired.values, fired.directory);
}

void draw_rule(Frame& frame, const Scene& scene) {
    int y = draw_expression_line(frame, scene, kHead, error_now(scene.state), kHint);
    for (const FiredRule& fired : scene.state.rule.fired) {
        if (--y < frame.height() / 2) {
            break;
        }
        frame.fill(0, y, frame.width(), 1, U' ', Role::prompt);
        frame.put(0, y, fired_line(fired, scene.machine), Role::prompt);
    }
}

/// What is wrong is shown; Esc leaves.
bool accept_rule(KeyPress& press) {
    std::string& rule = press.state.menu.prompt;
    if (rule.find_first_not_of(' ') == std::string::npos) {
        rule.clear();
    }
    if (error_now(press.state)) {
        return false;
    }
    Command command;
    command.kind = Command::Kind::arm_rule;
    command.text = rule;
    press.command = std::move(command);
    return true;
}

void complete_rule(KeyPress& press) {
    ReportTerms terms;
    complete_in_prompt(press, terms);
}

bool type_rule(KeyPress& press) {
    return type_in_prompt(press, {.most = kMaxExpression, .accept = accept_rule, .complete = complete_rule});
}

}  // namespace

constinit const Page kRulePrompt{
    .name = "rule",
    .kind = PageKind::overlay,
    .draw_bottom = draw_rule,
    .type = type_rule,
};

void open_rule(KeyPress& press) {
    open_menu(press.state, kRulePrompt);
    press.state.menu.prompt = press.state.rule.rule;
}

}  // namespace tsa
