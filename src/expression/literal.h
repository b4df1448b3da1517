// SPDX-License-Identifier: MIT
// Values of expressions: numbers with their units.
#pragma once

#include <optional>
#include <string_view>

#include "expression/terms.h"

namespace tsa {

struct Literal {
    double number = 0;   ///< in the unit of TermValue::number, or nanoseconds
    bool in_ns = false;  ///< of a share: a length of time
};

/// Absent: not a value of that kind. Not for text.
[[nodiscard]] std::optional<Literal> read_literal(std::string_view text, TermKind kind);
/// How such a value is written: "50% or 10ms".
[[nodiscard]] std::string_view literal_hint(TermKind kind);

}  // namespace tsa
