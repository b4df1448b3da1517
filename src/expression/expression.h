// SPDX-License-Identifier: MIT
// Conditions as users type them: `exec > 10 and user = postgres and not comm ~ work*`. For filters of rows, and for
// rules about whole reports. Pure: text in; an expression, or an error with its place in the text, out.
//
//   condition   alternative { "or" alternative }
//   alternative negation { "and" negation }
//   negation    "not" negation | part [ "for" DURATION ]
//   part        "(" condition ")" | TERM | TERM OPERATOR VALUE
//   TERM        NAME | NAME "(" [ WORD { "," WORD } ] ")"
//   OPERATOR    > >= < <= = != ~
//   VALUE       a word up to the next space or parenthesis, or text in quotes
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "expression/terms.h"

namespace tsa {

inline constexpr std::size_t kMaxExpressionBytes = 4096;
/// Parentheses and "not" within each other.
inline constexpr std::size_t kMaxExpressionDepth = 32;
inline constexpr std::size_t kMaxTermArguments = 4;

/// Why a text is not an expression.
struct ExpressionError {
    std::size_t at = 0;    ///< byte of the text where it is
    std::size_t size = 0;  ///< bytes that are wrong; 0: something is missing there
    std::string message, hint;
};

/// Of a condition over values of which some are not measured.
enum class Truth : std::uint8_t { no, yes, unknown };

/// Since when each part with a "for" has been true without a break.
class HoldTimes {
  public:
    /// Forgets what was: the next moment does not follow the last one.
    void reset() { since_ns_.clear(); }

  private:
    friend class Expression;
    std::vector<std::uint64_t> since_ns_;  ///< by part; 0: it is not true
};

class Expression {
  public:
    enum class Operator : std::uint8_t { above, at_least, below, at_most, equal, unequal, like };

    /// A "for" counts as not there.
    [[nodiscard]] Truth evaluate(const TermValues& values) const;
    [[nodiscard]] bool matches(const TermValues& values) const { return evaluate(values) == Truth::yes; }
    /// At the moment `now_ns`, later than that of the last call with the same `times`. A part with a "for" is true once
    /// it has been true at every call for that long.
    [[nodiscard]] Truth evaluate(const TermValues& values, std::uint64_t now_ns, HoldTimes& times) const;

    /// All that it asks for.
    [[nodiscard]] std::vector<Term> terms() const;

  private:
    friend class ExpressionParser;
    struct Node {
        enum class Kind : std::uint8_t { both, either, negation, comparison, hold };
        Kind kind = Kind::comparison;
        Operator op = Operator::equal;
        bool in_ns = false;  ///< of a share: compared with its nanoseconds
        Term term;
        std::uint32_t left = 0, right = 0;  ///< nodes; right of a hold: its number
        double number = 0;                  ///< compared with; of a hold: nanoseconds
        std::string text;
    };
    struct Moment {
        std::uint64_t now_ns = 0;
        HoldTimes* times = nullptr;  ///< null: holds do not count
    };

    [[nodiscard]] Truth evaluate(std::uint32_t node, const TermValues& values, const Moment& moment) const;
    [[nodiscard]] static Truth compare(const Node& node, const TermValue& value);
    [[nodiscard]] static Truth hold(const Node& node, Truth now, const Moment& moment);

    std::vector<Node> nodes_;  ///< parts before what they are parts of; the last one is the whole
    std::uint32_t holds_ = 0;
};

struct ExpressionRules {
    bool allows_for = false;
};

[[nodiscard]] std::variant<Expression, ExpressionError> parse_expression(std::string_view text, TermResolver& names,
                                                                         const ExpressionRules& rules = {});

/// The text and a mark under what is wrong in it, for a terminal:
///   exce > 10
///   ^^^^
[[nodiscard]] std::string caret_lines(std::string_view text, const ExpressionError& error);
/// The same as the error of a command line; `what` names the option; empty: the caller does.
[[nodiscard]] Error to_error(std::string_view text, const ExpressionError& error, std::string_view what);

/// Whether a text is meant as an expression, right or wrong, and not as text to look for: it begins with a name and an
/// operator. A name that is unknown counts if there is a space before the operator, so that `--user=x` is text.
[[nodiscard]] bool is_meant_as_expression(std::string_view text, const TermResolver& names);

/// What the last word of an unfinished text may become.
struct Completion {
    std::size_t at = 0;                       ///< where that word begins
    std::vector<std::string_view> choices{};  ///< sorted; refer into the resolver's names
    std::string common{};                     ///< what all choices begin with
};
[[nodiscard]] Completion complete_expression(std::string_view text, TermResolver& names,
                                             const ExpressionRules& rules = {});

}  // namespace tsa
