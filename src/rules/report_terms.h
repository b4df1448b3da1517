// SPDX-License-Identifier: MIT
// The terms of rules about whole reports, for `record --when` and `report --fail-on`: how many threads are in a state,
// the same of one command, the longest open wait, locks that will not be released, and every number of the machine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "expression/expression.h"
#include "model/report.h"

namespace tsa {

class ReportTerms final : public TermResolver {
  public:
    [[nodiscard]] TermLookup resolve(std::string_view name,
                                     std::optional<std::span<const std::string>> arguments) override;
    [[nodiscard]] std::vector<std::string_view> names() const override;

    /// What a term that this has resolved asks for.
    struct Wish {
        enum class Kind : std::uint8_t { state, delay, threads, max_age, finding, system };
        Kind kind = Kind::state;
        std::string text;  ///< as a rule has it: "cpu_wait(postgres)"
        ThreadState state = ThreadState::exec;
        std::string command;     ///< pattern; empty: all
        std::size_t column = 0;  ///< of system_columns()
        bool abandoned = false;  ///< of `finding`; else a deadlock
    };
    [[nodiscard]] const Wish& wish(const Term& term) const { return wishes_[term.id]; }

  private:
    [[nodiscard]] TermLookup add(TermKind kind, Wish wish);
    [[nodiscard]] TermLookup resolve_state(std::string_view name, std::span<const std::string> arguments, bool called);
    [[nodiscard]] TermLookup resolve_of_state(std::string_view name, std::span<const std::string> arguments);
    [[nodiscard]] TermLookup resolve_finding(std::span<const std::string> arguments);

    std::vector<Wish> wishes_;
};

/// A rule, and since when its parts hold.
class ReportRule {
  public:
    /// `option` names it in errors: "--when".
    static Result<ReportRule> parse(std::string_view text, std::string_view option);

    /// At the end of the interval of `report`, which lists all threads. In the order of time.
    [[nodiscard]] Truth evaluate(const Report& report);
    /// "lock_wait 3.2, psi_cpu_some_pct 40": of the report of the last evaluate(), for people.
    struct Value {
        std::string name, text;
    };
    [[nodiscard]] std::vector<Value> values(const Report& report) const;
    /// As it was typed.
    [[nodiscard]] const std::string& text() const { return text_; }
    /// For a directory's name: "lock-wait", "finding-deadlock".
    [[nodiscard]] std::string short_name() const;

  private:
    ReportRule() = default;

    std::string text_;
    ReportTerms terms_;
    Expression expression_;
    HoldTimes times_;
};

/// What is wrong with a rule; absent: nothing.
[[nodiscard]] std::optional<ExpressionError> rule_error(std::string_view text);

}  // namespace tsa
