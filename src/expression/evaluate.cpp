// SPDX-License-Identifier: MIT
// Whether an expression is true: see Expression::evaluate.
#include "expression/expression.h"
#include "expression/glob.h"

namespace tsa {
namespace {

Truth truth(bool value) {
    return value ? Truth::yes : Truth::no;
}

template <class T>
bool holds(Expression::Operator op, const T& left, const T& right) {
    switch (op) {
        case Expression::Operator::above:
            return left > right;
        case Expression::Operator::at_least:
            return left >= right;
        case Expression::Operator::below:
            return left < right;
        case Expression::Operator::at_most:
            return left <= right;
        case Expression::Operator::equal:
            return left == right;
        case Expression::Operator::unequal:
            return left != right;
        case Expression::Operator::like:
            break;
    }
    return false;
}

}  // namespace

Truth Expression::compare(const Node& node, const TermValue& value) {
    if (node.term.kind == TermKind::text) {
        const std::string_view text = value.present ? value.text : std::string_view{};
        return truth(node.op == Operator::like ? matches_glob(node.text, text)
                                               : holds(node.op, text, std::string_view(node.text)));
    }
    if (!value.present) {
        return Truth::unknown;
    }
    return truth(holds(node.op, node.in_ns ? value.ns : value.number, node.number));
}

Truth Expression::hold(const Node& node, Truth now, const Moment& moment) {
    if (moment.times == nullptr) {
        return now;
    }
    std::uint64_t& since_ns = moment.times->since_ns_[node.right];
    if (now != Truth::yes) {
        since_ns = 0;
        return now;
    }
    // 0 is "not true".
    since_ns = since_ns != 0 ? since_ns : (moment.now_ns != 0 ? moment.now_ns : 1);
    return truth(static_cast<double>(moment.now_ns) - static_cast<double>(since_ns) >= node.number);
}

// NOLINTNEXTLINE(misc-no-recursion): its depth is bounded by the parser
Truth Expression::evaluate(std::uint32_t at, const TermValues& values, const Moment& moment) const {
    const Node& node = nodes_[at];
    switch (node.kind) {
        case Node::Kind::comparison:
            return compare(node, values.value(node.term));
        case Node::Kind::negation: {
            const Truth of = evaluate(node.left, values, moment);
            return of == Truth::unknown ? of : truth(of == Truth::no);
        }
        case Node::Kind::hold:
            return hold(node, evaluate(node.left, values, moment), moment);
        case Node::Kind::both:
        case Node::Kind::either:
            break;
    }
    // The one that settles it, if there is one. Where holds count, both sides must be looked at each time.
    const Truth settling = node.kind == Node::Kind::either ? Truth::yes : Truth::no;
    const Truth left = evaluate(node.left, values, moment);
    if (left == settling && moment.times == nullptr) {
        return left;
    }
    const Truth right = evaluate(node.right, values, moment);
    if (left == settling || right == settling) {
        return settling;
    }
    return left == Truth::unknown || right == Truth::unknown ? Truth::unknown : left;
}

Truth Expression::evaluate(const TermValues& values) const {
    return nodes_.empty() ? Truth::yes : evaluate(static_cast<std::uint32_t>(nodes_.size() - 1), values, {});
}

Truth Expression::evaluate(const TermValues& values, std::uint64_t now_ns, HoldTimes& times) const {
    times.since_ns_.resize(holds_, 0);
    return nodes_.empty() ? Truth::yes
                          : evaluate(static_cast<std::uint32_t>(nodes_.size() - 1), values, {now_ns, &times});
}

std::vector<Term> Expression::terms() const {
    std::vector<Term> terms;
    for (const Node& node : nodes_) {
        if (node.kind == Node::Kind::comparison) {
            terms.push_back(node.term);
        }
    }
    return terms;
}

}  // namespace tsa
