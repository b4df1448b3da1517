// SPDX-License-Identifier: MIT
// See parser.h. By recursive descent, to a bounded depth.
#include "expression/parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "expression/literal.h"
#include "text/sanitize.h"
#include "text/suggestion.h"

namespace tsa {
namespace {

constexpr std::string_view kSpaces = " \t\n\r";
constexpr std::string_view kOperatorCharacters = "<>=!~&|";
/// What ends a value without quotes.
constexpr std::string_view kValueEnds = " \t\n\r()";
constexpr std::string_view kArgumentEnds = " \t\n\r(),";

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

struct Spelling {
    std::string_view text;
    Expression::Operator op;
};
constexpr auto kOperators = std::to_array<Spelling>({
    {">=", Expression::Operator::at_least},
    {"<=", Expression::Operator::at_most},
    {"!=", Expression::Operator::unequal},
    {">", Expression::Operator::above},
    {"<", Expression::Operator::below},
    {"=", Expression::Operator::equal},
    {"~", Expression::Operator::like},
});

/// What other languages write.
struct OtherSpelling {
    std::string_view text, hint;
};
constexpr auto kOtherOperators = std::to_array<OtherSpelling>({
    {"==", "write ="},
    {"=~", "write ~, with a pattern as of file names: work*"},
    {"!~", "write not NAME ~ PATTERN"},
    {"<>", "write !="},
    {"=>", "write >="},
    {"=<", "write <="},
    {"!", "write not"},
    {"&&", "write and"},
    {"||", "write or"},
    {"&", "write and"},
    {"|", "write or"},
});

bool is_keyword(std::string_view name) {
    return name == "and" || name == "or" || name == "not" || name == "for";
}

bool is_ordered(Expression::Operator op) {
    return op != Expression::Operator::equal && op != Expression::Operator::unequal && op != Expression::Operator::like;
}

std::string example(std::string_view name, TermKind kind) {
    switch (kind) {
        case TermKind::text:
            return fmt::format("{0} = text, {0} ~ pattern*", name);
        case TermKind::duration:
            return fmt::format("{} > 10ms", name);
        case TermKind::share:
        case TermKind::percent:
            return fmt::format("{} > 10%", name);
        case TermKind::bytes:
        case TermKind::bytes_per_s:
            return fmt::format("{} > 1MiB", name);
        default:
            return fmt::format("{} > 10", name);
    }
}

std::string name_hint(std::string_view typed, const std::vector<std::string_view>& names) {
    std::vector<std::string_view> plain = names;
    for (std::string_view& name : plain) {
        name = name.substr(0, name.find('('));
    }
    const std::string_view close = nearest_name(typed, plain);
    if (close.empty()) {
        constexpr std::size_t kShown = 6;
        return fmt::format("Tab in the screens lists {} names: {} ...", plain.size(),
                           fmt::join(plain.begin(), plain.begin() + std::min(kShown, plain.size()), ", "));
    }
    const auto found = std::ranges::find(plain, close);
    const bool is_function = names[static_cast<std::size_t>(found - plain.begin())].ends_with('(');
    return fmt::format("did you mean {}{}?", close, is_function ? "(...)" : "");
}

}  // namespace

void ExpressionParser::skip_spaces() {
    at_ = std::min(text_.find_first_not_of(kSpaces, at_), text_.size());
}

bool ExpressionParser::at_end() {
    skip_spaces();
    return at_ == text_.size();
}

void ExpressionParser::fail(std::size_t at, std::size_t size, std::string message, std::string hint) {
    error_ = {at, size, std::move(message), std::move(hint)};
}

void ExpressionParser::want(Wanted wanted, std::string_view of) {
    wanted_ = wanted;
    wanted_of_ = of;
}

ExpressionParser::Name ExpressionParser::peek_name() {
    skip_spaces();
    std::size_t end = at_;
    while (end < text_.size() && is_name_character(text_[end])) {
        ++end;
    }
    return {at_, text_.substr(at_, end - at_)};
}

bool ExpressionParser::take_keyword(std::string_view keyword) {
    const Name name = peek_name();
    if (name.text != keyword) {
        return false;
    }
    at_ += keyword.size();
    return true;
}

std::uint32_t ExpressionParser::add(Node node) {
    expression_.nodes_.push_back(std::move(node));
    return static_cast<std::uint32_t>(expression_.nodes_.size() - 1);
}

ExpressionParser::At ExpressionParser::binary(Node::Kind kind, std::uint32_t left, std::uint32_t right) {
    Node node;
    node.kind = kind;
    node.left = left;
    node.right = right;
    return add(std::move(node));
}

// NOLINTNEXTLINE(misc-no-recursion): its depth is bounded
ExpressionParser::At ExpressionParser::condition(std::size_t depth) {
    At left = alternative(depth);
    while (left && take_keyword("or")) {
        const At right = alternative(depth);
        left = right ? binary(Node::Kind::either, *left, *right) : std::nullopt;
    }
    return left;
}

// NOLINTNEXTLINE(misc-no-recursion): its depth is bounded
ExpressionParser::At ExpressionParser::alternative(std::size_t depth) {
    At left = negation(depth);
    while (left && take_keyword("and")) {
        const At right = negation(depth);
        left = right ? binary(Node::Kind::both, *left, *right) : std::nullopt;
    }
    return left;
}

// NOLINTNEXTLINE(misc-no-recursion): its depth is bounded
ExpressionParser::At ExpressionParser::negation(std::size_t depth) {
    if (depth > kMaxExpressionDepth) {
        fail(at_, 1, fmt::format("more than {} parentheses and \"not\" within each other", kMaxExpressionDepth), "");
        return std::nullopt;
    }
    if (take_keyword("not")) {
        const At of = negation(depth + 1);
        return of ? binary(Node::Kind::negation, *of, 0) : std::nullopt;
    }
    const At node = part(depth);
    return node ? with_for(*node) : std::nullopt;
}

// NOLINTNEXTLINE(misc-no-recursion): its depth is bounded
ExpressionParser::At ExpressionParser::part(std::size_t depth) {
    skip_spaces();
    return at_ < text_.size() && text_[at_] == '(' ? parenthesis(depth) : term();
}

// NOLINTNEXTLINE(misc-no-recursion): its depth is bounded
ExpressionParser::At ExpressionParser::parenthesis(std::size_t depth) {
    const std::size_t opened = at_++;
    const At inner = condition(depth + 1);
    if (!inner) {
        return inner;
    }
    skip_spaces();
    if (at_ < text_.size() && text_[at_] == ')') {
        ++at_;
        return inner;
    }
    if (at_ == text_.size()) {
        want(Wanted::connector);
        fail(opened, 1, "this parenthesis is not closed", "add )");
    } else {
        fail(at_, text_.size() - at_, "after a comparison there is and, or, or )", "");
    }
    return std::nullopt;
}

ExpressionParser::At ExpressionParser::with_for(std::uint32_t node) {
    const Name keyword = peek_name();
    if (keyword.text != "for") {
        return node;
    }
    if (!rules_.allows_for) {
        fail(keyword.at, keyword.text.size(), "\"for\" needs a course of time, which there is not here", "");
        return std::nullopt;
    }
    at_ += keyword.text.size();
    skip_spaces();
    const std::size_t at = at_;
    const auto length = read_word(kValueEnds, "a time is missing after for");
    if (!length) {
        return std::nullopt;
    }
    const auto ns = read_literal(*length, TermKind::duration);
    if (!ns || ns->number <= 0) {
        fail(at, at_ - at, fmt::format("'{}' is not a duration", printable(*length)),
             std::string(literal_hint(TermKind::duration)));
        return std::nullopt;
    }
    Node hold;
    hold.kind = Node::Kind::hold;
    hold.left = node;
    hold.right = expression_.holds_++;
    hold.number = ns->number;
    return add(std::move(hold));
}

std::optional<std::string> ExpressionParser::read_quoted() {
    const std::size_t opened = at_;
    const char quote = text_[at_++];
    std::string word;
    while (at_ < text_.size() && text_[at_] != quote) {
        // In patterns a backslash has its own meaning: here only that of a quote.
        at_ += text_[at_] == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] == quote ? 1 : 0;
        word += text_[at_++];
    }
    if (at_ == text_.size()) {
        fail(opened, 1, "this quote is not closed", fmt::format("add {}", quote));
        return std::nullopt;
    }
    ++at_;
    return word;
}

std::optional<std::string> ExpressionParser::read_word(std::string_view ends, std::string_view missing) {
    skip_spaces();
    if (at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'')) {
        return read_quoted();
    }
    const std::size_t begin = at_;
    at_ = std::min(text_.find_first_of(ends, at_), text_.size());
    if (at_ == begin) {
        fail(at_, at_ < text_.size() ? 1 : 0, std::string(missing), "");
        return std::nullopt;
    }
    return std::string(text_.substr(begin, at_ - begin));
}

bool ExpressionParser::read_arguments(std::vector<std::string>& arguments, std::vector<Name>& places) {
    const std::size_t opened = at_++;
    skip_spaces();
    if (at_ < text_.size() && text_[at_] == ')') {
        ++at_;
        return true;
    }
    for (;;) {
        if (at_end()) {
            want(Wanted::argument);
            fail(opened, 1, "this parenthesis is not closed", "add )");
            return false;
        }
        const std::size_t begin = at_;
        auto word = read_word(kArgumentEnds, "an argument is missing");
        if (!word) {
            return false;
        }
        if (arguments.size() == kMaxTermArguments) {
            fail(begin, at_ - begin, fmt::format("more than {} arguments", kMaxTermArguments), "");
            return false;
        }
        arguments.push_back(std::move(*word));
        places.push_back({begin, text_.substr(begin, at_ - begin)});
        if (at_end()) {
            fail(opened, 1, "this parenthesis is not closed", "add )");
            return false;
        }
        const char next = text_[at_];
        if (next != ',' && next != ')') {
            fail(at_, 1, "after an argument there is , or )", "text with spaces needs quotes");
            return false;
        }
        ++at_;
        if (next == ')') {
            return true;
        }
    }
}

std::optional<Term> ExpressionParser::resolve(const Name& name) {
    std::vector<std::string> arguments;
    std::vector<Name> places;
    const bool is_function = at_ < text_.size() && text_[at_] == '(';
    if (is_function && !read_arguments(arguments, places)) {
        return std::nullopt;
    }
    using Arguments = std::span<const std::string>;
    TermLookup found =
        names_.resolve(name.text, is_function ? std::optional(Arguments(arguments)) : std::optional<Arguments>());
    if (found.term) {
        return found.term;
    }
    const bool is_argument = found.argument && *found.argument < places.size();
    const Name& wrong = is_argument ? places[*found.argument] : name;
    if (found.problem.empty()) {
        found.problem = fmt::format("unknown name '{}'", printable(name.text));
    }
    fail(wrong.at, wrong.text.size(), std::move(found.problem),
         found.hint.empty() ? name_hint(name.text, names_.names()) : std::move(found.hint));
    return std::nullopt;
}

ExpressionParser::At ExpressionParser::term() {
    const Name name = peek_name();
    if (at_end()) {
        want(Wanted::term);
        fail(at_, 0, "a comparison is missing here", "for example exec > 10%");
        return std::nullopt;
    }
    if (name.text.empty() || is_keyword(name.text)) {
        const std::string_view rest = text_.substr(at_);
        const auto* other = std::ranges::find_if(
            kOtherOperators, [rest](const OtherSpelling& spelling) { return rest.starts_with(spelling.text); });
        fail(at_, std::max<std::size_t>(name.text.size(), 1), "a name belongs here",
             other != kOtherOperators.end() ? std::string(other->hint) : "for example exec > 10%");
        return std::nullopt;
    }
    at_ += name.text.size();
    const std::optional<Term> term = resolve(name);
    if (!term) {
        return std::nullopt;
    }
    return comparison({name.at, text_.substr(name.at, at_ - name.at)}, *term);
}

std::optional<Expression::Operator> ExpressionParser::read_operator(const Name& name, const Term& term) {
    const std::size_t begin = at_;
    const std::size_t end = std::min(text_.find_first_not_of(kOperatorCharacters, at_), text_.size());
    const std::string_view typed = text_.substr(begin, end - begin);
    const auto* found = std::ranges::find(kOperators, typed, &Spelling::text);
    if (found == kOperators.end()) {
        const auto* other = std::ranges::find(kOtherOperators, typed, &OtherSpelling::text);
        fail(begin, std::max<std::size_t>(typed.size(), 1),
             typed.empty() ? fmt::format("after {} there is a comparison", printable(name.text))
                           : fmt::format("there is no operator {}", printable(typed)),
             other != kOtherOperators.end() ? std::string(other->hint) : example(name.text, term.kind));
        return std::nullopt;
    }
    const bool is_text = term.kind == TermKind::text;
    const bool is_flag = term.kind == TermKind::flag;
    if (((is_text || is_flag) && is_ordered(found->op)) || (!is_text && found->op == Expression::Operator::like)) {
        const std::string_view what = is_text ? "text" : is_flag ? "true or false" : "a number";
        fail(begin, typed.size(), fmt::format("{} is {}: {} does not apply", printable(name.text), what, typed),
             is_flag ? fmt::format("{0}, or not {0}", name.text) : example(name.text, term.kind));
        return std::nullopt;
    }
    at_ = end;
    return found->op;
}

ExpressionParser::At ExpressionParser::comparison(const Name& name, const Term& term) {
    Node node;
    node.term = term;
    const bool ends = at_end();
    const bool compares = !ends && kOperatorCharacters.find(text_[at_]) != std::string_view::npos;
    if (term.kind == TermKind::flag && !compares) {
        node.number = 1;
        want(ends ? Wanted::connector : Wanted::nothing);
        return add(std::move(node));
    }
    if (ends) {
        want(Wanted::comparison, name.text);
        fail(at_, 0, fmt::format("a comparison is missing after {}", printable(name.text)),
             example(name.text, term.kind));
        return std::nullopt;
    }
    const auto op = read_operator(name, term);
    if (!op) {
        return std::nullopt;
    }
    node.op = *op;
    if (at_end()) {
        want(Wanted::value, name.text);
    }
    const std::size_t begin = at_;
    auto word = read_word(kValueEnds, fmt::format("a value is missing: {}", literal_hint(term.kind)));
    if (!word) {
        return std::nullopt;
    }
    if (term.kind == TermKind::text) {
        node.text = std::move(*word);
        return add(std::move(node));
    }
    const auto literal = read_literal(*word, term.kind);
    if (!literal) {
        fail(begin, at_ - begin, fmt::format("'{}' is not a value of {}", printable(*word), printable(name.text)),
             std::string(literal_hint(term.kind)));
        return std::nullopt;
    }
    node.number = literal->number;
    node.in_ns = literal->in_ns;
    return add(std::move(node));
}

std::optional<Expression> ExpressionParser::parse() {
    if (text_.size() > kMaxExpressionBytes) {
        fail(kMaxExpressionBytes, 0, fmt::format("longer than {} bytes", kMaxExpressionBytes), "");
        return std::nullopt;
    }
    if (!condition(1)) {
        return std::nullopt;
    }
    if (at_end()) {
        want(Wanted::connector);
        return std::move(expression_);
    }
    const char next = text_[at_];
    if (next == ')') {
        fail(at_, 1, "there is no parenthesis to close", "");
    } else {
        const std::string_view rest = text_.substr(at_);
        const auto* other = std::ranges::find_if(
            kOtherOperators, [rest](const OtherSpelling& spelling) { return rest.starts_with(spelling.text); });
        const Name word = peek_name();
        fail(at_, std::max<std::size_t>(word.text.size(), 1), "after a comparison there is and, or, or the end",
             other != kOtherOperators.end() ? std::string(other->hint) : "text with spaces needs quotes");
    }
    return std::nullopt;
}

std::variant<Expression, ExpressionError> parse_expression(std::string_view text, TermResolver& names,
                                                           const ExpressionRules& rules) {
    ExpressionParser parser(text, names, rules);
    if (auto expression = parser.parse()) {
        return std::move(*expression);
    }
    return parser.error();
}

}  // namespace tsa
