// SPDX-License-Identifier: MIT
// See row_terms.h.
#include "expression/row_terms.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/time_units.h"
#include "model/columns.h"
#include "model/derived_columns.h"
#include "model/process_table.h"
#include "model/state.h"

namespace tsa {
namespace {

constexpr std::string_view kUser = "user";

/// All columns in one order: a term's number is its place here.
std::vector<const Column*> make_columns() {
    std::vector<const Column*> all;
    for (const auto table : {columns(), process_columns(), derived_columns()}) {
        for (const Column& column : table) {
            all.push_back(&column);
        }
    }
    all.push_back(&shown_delay_column());
    return all;
}

const std::vector<const Column*>& all_columns() {
    static const std::vector<const Column*> kAll = make_columns();
    return kAll;
}

std::uint32_t user_id() {
    return static_cast<std::uint32_t>(all_columns().size());
}

TermKind kind_of(Unit unit) {
    switch (unit) {
        case Unit::identifier:
        case Unit::count:
            return TermKind::number;
        case Unit::events:
            return TermKind::per_s;
        case Unit::nanoseconds:
            return TermKind::share;
        case Unit::age:
            return TermKind::duration;
        case Unit::bytes:
            return TermKind::bytes;
        case Unit::io_bytes:
            return TermKind::bytes_per_s;
        case Unit::flag:
            return TermKind::flag;
        case Unit::text:
            return TermKind::text;
    }
    return TermKind::number;
}

std::string_view without_unit(std::string_view key) {
    for (const std::string_view unit : {"_ns", "_bytes"}) {
        if (key.ends_with(unit) && find_sort_column(key.substr(0, key.size() - unit.size())) != nullptr) {
            key.remove_suffix(unit.size());
        }
    }
    return key;
}

std::vector<std::string_view> make_names() {
    std::vector<std::string_view> names{kUser, "delay"};
    for (const Column* column : all_columns()) {
        names.push_back(without_unit(column->key));
    }
    names.insert(names.end(), sort_aliases().begin(), sort_aliases().end());
    std::ranges::sort(names);
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

const Column* column_of(const Term& term) {
    return term.id < all_columns().size() ? all_columns()[term.id] : nullptr;
}

/// Which columns of a group have a meaning: sums.
bool is_sum(const Column& column) {
    return column.unit == Unit::nanoseconds || column.unit == Unit::events || column.unit == Unit::bytes ||
           column.unit == Unit::io_bytes;
}

}  // namespace

TermLookup RowTerms::resolve(std::string_view name, std::optional<std::span<const std::string>> arguments) {
    if (arguments) {
        const bool is_column = name == kUser || find_sort_column(name) != nullptr;
        return {
            {},
            is_column ? fmt::format("{} has no parentheses: it is that of each row", name) : "rows have no functions",
            is_column ? fmt::format("{} > ..., or {} = ...", name, name) : "",
            {}};
    }
    if (name == kUser) {
        return {Term{TermKind::text, user_id()}};
    }
    const Column* const column = find_sort_column(name);
    if (column == nullptr) {
        return {};
    }
    if (name.starts_with(kTaskstatsPrefix)) {
        return {{}, fmt::format("{} is read after the filter, of the rows that it leaves", name), "", {}};
    }
    const auto at = std::ranges::find(all_columns(), column);
    return {Term{kind_of(column->unit), static_cast<std::uint32_t>(at - all_columns().begin())}};
}

std::vector<std::string_view> RowTerms::names() const {
    static const std::vector<std::string_view> kNames = make_names();
    return kNames;
}

std::vector<std::string_view> RowTerms::values(std::string_view name) const {
    std::vector<std::string_view> values;
    const Column* const column = find_sort_column(name);
    if (name == "state") {
        for (const StateInfo& state : state_table()) {
            values.push_back(state.key);
        }
    } else if (column != nullptr && column->unit == Unit::flag) {
        values = {"false", "true"};
    }
    return values;
}

std::variant<Expression, ExpressionError> parse_row_expression(std::string_view text) {
    RowTerms terms;
    return parse_expression(text, terms);
}

bool needs_facts(const Expression& expression) {
    const auto table = process_columns();
    return std::ranges::any_of(expression.terms(), [table](const Term& term) {
        const Column* column = column_of(term);
        return column != nullptr && column >= table.data() && column < table.data() + table.size();
    });
}

std::string_view RowValues::user() const {
    const std::uint32_t uid = row_->now->uid;
    if (!has_user_ || uid_ != uid) {
        has_user_ = true;
        uid_ = uid;
        name_ = user_name_ ? user_name_(uid) : std::string();
        if (name_.empty()) {
            name_ = fmt::format("{}", uid);
        }
    }
    return name_;
}

TermValue RowValues::value(const Term& term) const {
    const Column* const column = column_of(term);
    if (column == nullptr) {
        return {true, 0, 0, user()};
    }
    const bool of_sums = sums_ != nullptr && column->of_process != nullptr && (!is_group_ || is_sum(*column));
    const Value value = of_sums ? column->of_process(*report_, *sums_) : column->of_thread(*report_, *row_);
    if (!value.present()) {
        return {};
    }
    if (value.kind == Value::Kind::text) {
        return {true, 0, 0, value.text};
    }
    const auto number = static_cast<double>(value.integer);
    switch (column->unit) {
        case Unit::nanoseconds: {
            // As the screens show it: of the thread's time in the interval; of a process, of the whole interval.
            const std::uint64_t whole = of_sums || column->key == "wall_ns" ? report_->interval_ns : row_->wall_ns;
            return {true, whole != 0 ? 100 * number / static_cast<double>(whole) : 0, number, {}};
        }
        case Unit::events:
        case Unit::io_bytes:
            return {true, per_second(number, std::max<std::uint64_t>(report_->interval_ns, 1)), 0, {}};
        default:
            return {true, number, 0, {}};
    }
}

}  // namespace tsa
