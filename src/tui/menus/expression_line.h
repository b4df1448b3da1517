// SPDX-License-Identifier: MIT
// The line in which the user types an expression, and below it what is wrong with it, with a mark under the place.
#pragma once

#include <optional>
#include <string_view>

#include "expression/expression.h"
#include "tui/page.h"

namespace tsa {

inline constexpr std::size_t kMaxExpression = 512;

/// At the bottom, `head` before what is typed. `hint`: below, if nothing is wrong and there is no message; empty: then
/// one line is enough. Returns the y of the line in which it is typed.
int draw_expression_line(Frame& frame, const Scene& scene, std::string_view head,
                         const std::optional<ExpressionError>& error, std::string_view hint = {});

/// Completes the name at the end of the prompt; several are listed in the message. False: there is none, which is said.
bool complete_in_prompt(KeyPress& press, TermResolver& terms);

}  // namespace tsa
