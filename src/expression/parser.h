// SPDX-License-Identifier: MIT
// The parser of expressions; see expression.h for the grammar. It also knows what may follow where a text ends, for
// completion.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "expression/expression.h"

namespace tsa {

/// What an unfinished text lacks next.
enum class Wanted : std::uint8_t { nothing, term, comparison, value, connector, argument };

class ExpressionParser {
  public:
    ExpressionParser(std::string_view text, TermResolver& names, const ExpressionRules& rules)
        : text_(text), names_(names), rules_(rules) {}

    /// Absent: see error().
    [[nodiscard]] std::optional<Expression> parse();
    [[nodiscard]] const ExpressionError& error() const { return error_; }
    /// Where the text ended, and the name that this is about.
    [[nodiscard]] Wanted wanted() const { return wanted_; }
    [[nodiscard]] std::string_view wanted_of() const { return wanted_of_; }

  private:
    using Node = Expression::Node;
    using At = std::optional<std::uint32_t>;  // a node; absent: an error
    struct Name {
        std::size_t at = 0;
        std::string_view text;
    };

    [[nodiscard]] At condition(std::size_t depth);
    [[nodiscard]] At alternative(std::size_t depth);
    [[nodiscard]] At negation(std::size_t depth);
    [[nodiscard]] At part(std::size_t depth);
    [[nodiscard]] At parenthesis(std::size_t depth);
    [[nodiscard]] At with_for(std::uint32_t node);
    [[nodiscard]] At term();
    [[nodiscard]] At comparison(const Name& name, const Term& term);
    [[nodiscard]] std::optional<Term> resolve(const Name& name);
    [[nodiscard]] bool read_arguments(std::vector<std::string>& arguments, std::vector<Name>& places);
    [[nodiscard]] std::optional<Expression::Operator> read_operator(const Name& name, const Term& term);
    [[nodiscard]] std::optional<std::string> read_word(std::string_view ends, std::string_view missing);
    [[nodiscard]] std::optional<std::string> read_quoted();

    [[nodiscard]] bool take_keyword(std::string_view keyword);
    [[nodiscard]] bool at_end();
    [[nodiscard]] Name peek_name();
    [[nodiscard]] At binary(Node::Kind kind, std::uint32_t left, std::uint32_t right);
    [[nodiscard]] std::uint32_t add(Node node);
    void skip_spaces();
    void fail(std::size_t at, std::size_t size, std::string message, std::string hint);
    void want(Wanted wanted, std::string_view of = {});

    std::string_view text_;
    TermResolver& names_;
    ExpressionRules rules_;
    std::size_t at_ = 0;
    Expression expression_;
    ExpressionError error_;
    Wanted wanted_ = Wanted::nothing;
    std::string_view wanted_of_;
};

}  // namespace tsa
