// SPDX-License-Identifier: MIT
// See condition.h.
#include "tui/overview/condition.h"

#include <utility>

namespace tsa {

std::optional<ExpressionError> filter_error(std::string_view text) {
    if (!is_meant_as_expression(text, RowTerms())) {
        return std::nullopt;
    }
    const auto parsed = parse_row_expression(text);
    const auto* error = std::get_if<ExpressionError>(&parsed);
    return error != nullptr ? std::optional(*error) : std::nullopt;
}

bool set_filter(OverviewState& overview, std::string_view text, const Machine& machine) {
    std::shared_ptr<const RowCondition> condition;
    if (is_meant_as_expression(text, RowTerms())) {
        auto parsed = parse_row_expression(text);
        auto* expression = std::get_if<Expression>(&parsed);
        if (expression == nullptr) {
            return false;
        }
        RowUserName name;
        if (machine.user_name) {
            name = [of = machine.user_name](std::uint32_t uid) { return std::string(of(uid)); };
        }
        condition = std::make_shared<const RowCondition>(RowCondition{std::move(*expression), std::move(name)});
    }
    overview.filter = text;
    overview.condition = std::move(condition);
    return true;
}

bool filter_needs_facts(const OverviewState& overview) {
    return overview.condition != nullptr ? needs_facts(overview.condition->expression) : !overview.filter.empty();
}

}  // namespace tsa
