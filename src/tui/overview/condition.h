// SPDX-License-Identifier: MIT
// The filter of the overview: text that rows contain, or an expression about them (expression/expression.h).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "expression/row_terms.h"
#include "tui/view_state.h"

namespace tsa {

/// An expression with what it needs to know of users.
struct RowCondition {
    Expression expression;
    RowUserName user_name;
};

/// What is wrong with a text that is meant as an expression; absent: nothing, or it is text to look for.
[[nodiscard]] std::optional<ExpressionError> filter_error(std::string_view text);
/// Filters by the text. False: it is an expression that is not valid, and the filter stays as it was.
bool set_filter(OverviewState& overview, std::string_view text, const Machine& machine);
/// Whether the filter asks for what is read of all processes.
[[nodiscard]] bool filter_needs_facts(const OverviewState& overview);

}  // namespace tsa
