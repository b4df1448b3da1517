// SPDX-License-Identifier: MIT
// Expressions and patterns. The first byte chooses: terms of rows, those of rules with functions and "for", or a
// pattern with a text after the first newline. A text that is accepted is evaluated; the place of an error is in the
// text.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "expression/expression.h"
#include "expression/glob.h"
#include "expression/row_terms.h"

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

/// Every kind of term, with and without arguments.
class AllKinds final : public tsa::TermResolver {
  public:
    tsa::TermLookup resolve(std::string_view name, std::optional<std::span<const std::string>> arguments) override {
        if (arguments && arguments->size() > 1) {
            return {{}, "one argument", "", 1};
        }
        return {tsa::Term{static_cast<tsa::TermKind>(name.size() % 9), static_cast<std::uint32_t>(name.size())}};
    }
    [[nodiscard]] std::vector<std::string_view> names() const override { return {"exec", "finding(", "max_age("}; }
};

class Literals final : public tsa::TermValues {
  public:
    [[nodiscard]] tsa::TermValue value(const tsa::Term& term) const override {
        return {term.id % 3 != 0, static_cast<double>(term.id), 5e6, "worker-3"};
    }
};

void parse(std::string_view text, tsa::TermResolver& names, bool allows_for) {
    const tsa::ExpressionRules rules{allows_for};
    const auto parsed = tsa::parse_expression(text, names, rules);
    if (const auto* error = std::get_if<tsa::ExpressionError>(&parsed)) {
        require(error->at <= text.size() && error->size <= text.size() - error->at && !error->message.empty());
        require(!tsa::caret_lines(text, *error).empty());
        require(!tsa::to_error(text, *error, "--filter").message.empty());
    } else {
        const auto& expression = std::get<tsa::Expression>(parsed);
        const Literals values;
        tsa::HoldTimes times;
        for (std::uint64_t now_ns = 0; now_ns < 4'000'000'000; now_ns += 1'000'000'000) {
            (void)expression.evaluate(values, now_ns, times);
        }
        // At one moment, parts with a "for" are as they are without one, or false.
        (void)expression.matches(values);
        require(!expression.terms().empty());
    }
    const tsa::Completion completion = tsa::complete_expression(text, names, rules);
    require(completion.at <= text.size());
    for (const std::string_view choice : completion.choices) {
        require(choice.starts_with(text.substr(completion.at)) && choice.starts_with(completion.common));
    }
    (void)tsa::is_meant_as_expression(text, names);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (data[0] % 3 == 2) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        (void)tsa::matches_glob(text.substr(0, end), text.substr(std::min(end + 1, text.size())));
        return 0;
    }
    AllKinds kinds;
    tsa::RowTerms rows;
    data[0] % 3 == 0 ? parse(text, rows, false) : parse(text, kinds, true);
    return 0;
}
