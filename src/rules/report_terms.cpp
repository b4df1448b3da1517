// SPDX-License-Identifier: MIT
// See report_terms.h.
#include "rules/report_terms.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "base/saturating.h"
#include "expression/glob.h"
#include "model/system_columns.h"
#include "text/units.h"

namespace tsa {

namespace {

constexpr std::string_view kDelay = "delay";
constexpr std::string_view kThreads = "threads";
constexpr std::string_view kMaxAge = "max_age";
constexpr std::string_view kFinding = "finding";
constexpr std::array<std::string_view, 2> kFindings{"deadlock", "abandoned_lock"};
constexpr std::size_t kMaxShortName = 40;

std::optional<ThreadState> state_of(std::string_view key) {
    for (const StateInfo& state : state_table()) {
        if (state.key == key) {
            return state.state;
        }
    }
    return std::nullopt;
}

TermKind kind_of(SystemUnit unit) {
    switch (unit) {
        case SystemUnit::percent:
            return TermKind::percent;
        case SystemUnit::bytes:
            return TermKind::bytes;
        case SystemUnit::bytes_per_s:
            return TermKind::bytes_per_s;
        case SystemUnit::nanoseconds:
            return TermKind::duration;
        default:
            return TermKind::number;
    }
}

/// A process by the name of its first thread, a thread by its own.
bool is_of(const Report& report, const ThreadRow& row, std::string_view pattern) {
    if (pattern.empty() || matches_glob(pattern, comm_of(*row.now))) {
        return true;
    }
    return row.process < report.processes.size() &&
           matches_glob(pattern, comm_of(*report.processes[row.process].leader));
}

template <class Visit>
void for_each_row(const Report& report, std::string_view pattern, Visit visit) {
    for (const std::vector<ThreadRow>* rows : {&report.threads, &report.exited}) {
        for (const ThreadRow& row : *rows) {
            if (is_of(report, row, pattern)) {
                visit(row, rows == &report.threads);
            }
        }
    }
}

double per_interval(std::uint64_t ns, const Report& report) {
    return report.interval_ns == 0 ? 0 : static_cast<double>(ns) / static_cast<double>(report.interval_ns);
}

/// Threads in a state, or delayed, on average over the interval.
double threads_on_average(const Report& report, const ReportTerms::Wish& wish) {
    const bool is_delay = wish.kind == ReportTerms::Wish::Kind::delay;
    const auto ns_of = [&](const PerState<std::uint64_t>& ns) {
        return is_delay ? sum_of_delays(ns) : ns[index(wish.state)];
    };
    if (wish.command.empty()) {
        return per_interval(ns_of(report.total_ns), report);
    }
    std::uint64_t ns = 0;
    for_each_row(report, wish.command, [&](const ThreadRow& row, bool) { ns += ns_of(row.state_ns); });
    return per_interval(ns, report);
}

/// Whether a lock is waited for that its holder has not released before it ended.
bool has_abandoned_lock(const Report& report) {
    return std::ranges::any_of(report.threads, [](const ThreadRow& row) {
        return row.now->state == ThreadState::lock_wait && row.now->wait.owner_exited && row.before != nullptr &&
               row.before->wait.owner_exited && row.before->since_ns == row.now->since_ns;
    });
}

/// Whether holders wait for each other in a circle, each in the same wait for the same holder as before.
bool has_deadlock(const Report& report) {
    std::unordered_map<std::uint32_t, std::uint32_t> holder_of;
    for (const ThreadRow& row : report.threads) {
        if (row.now->state == ThreadState::lock_wait && holder_is_steady(row)) {
            holder_of.emplace(row.now->tid, row.now->wait.owner_tid);
        }
    }
    for (const auto& [tid, holder] : holder_of) {
        std::uint32_t at = holder;
        // A chain is no longer than there are waiters.
        for (std::size_t steps = 0; steps <= holder_of.size() && at != tid; ++steps) {
            const auto next = holder_of.find(at);
            if (next == holder_of.end()) {
                break;
            }
            at = next->second;
        }
        if (at == tid) {
            return true;
        }
    }
    return false;
}

class ReportValues final : public TermValues {
  public:
    ReportValues(const ReportTerms& terms, const Report& report) : terms_(terms), report_(report) {}

    [[nodiscard]] TermValue value(const Term& term) const override {
        const ReportTerms::Wish& wish = terms_.wish(term);
        TermValue out;
        switch (wish.kind) {
            case ReportTerms::Wish::Kind::state:
            case ReportTerms::Wish::Kind::delay:
                out.present = is_measured(wish);
                out.number = threads_on_average(report_, wish) * (wish.command.empty() ? 1 : 100);
                break;
            case ReportTerms::Wish::Kind::threads:
                out.present = is_measured(wish);
                for_each_row(report_, wish.command, [&](const ThreadRow& row, bool lives) {
                    out.number += lives && row.now->state == wish.state ? 1 : 0;
                });
                break;
            case ReportTerms::Wish::Kind::max_age:
                out.present = is_measured(wish) && (report_.measured & kMeasuredAge) != 0;
                for_each_row(report_, wish.command, [&](const ThreadRow& row, bool lives) {
                    if (lives && row.now->state == wish.state) {
                        out.number = std::max(out.number,
                                              static_cast<double>(saturating_sub(report_.now_ns, row.now->since_ns)));
                    }
                });
                break;
            case ReportTerms::Wish::Kind::finding:
                out.present = (report_.measured & measured_bit(ThreadState::lock_wait)) != 0;
                out.number = (wish.abandoned ? has_abandoned_lock(report_) : has_deadlock(report_)) ? 1 : 0;
                break;
            case ReportTerms::Wish::Kind::system: {
                fmt::memory_buffer scratch;
                const auto number = number_of(system_columns()[wish.column].get(report_, scratch));
                out.present = number.has_value();
                out.number = number.value_or(0);
                break;
            }
        }
        return out;
    }

  private:
    [[nodiscard]] bool is_measured(const ReportTerms::Wish& wish) const {
        return wish.kind == ReportTerms::Wish::Kind::delay || (report_.measured & measured_bit(wish.state)) != 0;
    }

    const ReportTerms& terms_;
    const Report& report_;
};

std::string value_text(TermKind kind, const TermValue& value) {
    if (!value.present) {
        return "not measured";
    }
    switch (kind) {
        case TermKind::flag:
            return value.number != 0 ? "true" : "false";
        case TermKind::duration:
            return std::string(duration_text(static_cast<std::uint64_t>(value.number)).view());
        case TermKind::percent:
            return fmt::format("{:.1f}%", value.number);
        default:
            return fmt::format("{:.6g}", value.number);
    }
}

}  // namespace

TermLookup ReportTerms::add(TermKind kind, Wish wish) {
    const auto id = static_cast<std::uint32_t>(wishes_.size());
    wishes_.push_back(std::move(wish));
    return {Term{kind, id}};
}

/// A state or the delay, of all threads (how many) or of a command (in percent of one thread's time).
TermLookup ReportTerms::resolve_state(std::string_view name, std::span<const std::string> arguments, bool called) {
    if (called && arguments.size() != 1) {
        return {{}, fmt::format("{}() is of one command", name), fmt::format("{}(postgres)", name), {}};
    }
    Wish wish;
    wish.kind = name == kDelay ? Wish::Kind::delay : Wish::Kind::state;
    wish.state = state_of(name).value_or(ThreadState::exec);
    wish.command = called ? arguments.front() : std::string();
    wish.text = called ? fmt::format("{}({})", name, wish.command) : std::string(name);
    return add(called ? TermKind::percent : TermKind::number, std::move(wish));
}

/// threads(STATE[,COMMAND]) and max_age(STATE[,COMMAND]).
TermLookup ReportTerms::resolve_of_state(std::string_view name, std::span<const std::string> arguments) {
    if (arguments.empty() || arguments.size() > 2) {
        return {{},
                fmt::format("{} is of a state, and of a command where one is given", name),
                fmt::format("{}(uninterruptible), {}(lock_wait, postgres)", name, name),
                {}};
    }
    const auto state = state_of(arguments.front());
    if (!state) {
        std::string all;
        for (const StateInfo& one : state_table()) {
            all += fmt::format("{}{}", all.empty() ? "" : ", ", one.key);
        }
        return {{}, fmt::format("there is no state '{}'", arguments.front()), "one of " + all, 0};
    }
    Wish wish;
    wish.kind = name == kThreads ? Wish::Kind::threads : Wish::Kind::max_age;
    wish.state = *state;
    wish.command = arguments.size() == 2 ? arguments[1] : std::string();
    wish.text = fmt::format("{}({}{}{})", name, arguments.front(), wish.command.empty() ? "" : ", ", wish.command);
    return add(name == kThreads ? TermKind::number : TermKind::duration, std::move(wish));
}

TermLookup ReportTerms::resolve_finding(std::span<const std::string> arguments) {
    if (arguments.size() != 1 || std::ranges::find(kFindings, arguments.front()) == kFindings.end()) {
        return {{},
                arguments.size() == 1 ? fmt::format("'{}' is not found live", arguments.front())
                                      : std::string("finding is of one kind"),
                "finding(deadlock) or finding(abandoned_lock)",
                arguments.size() == 1 ? std::optional<std::size_t>(0) : std::nullopt};
    }
    Wish wish;
    wish.kind = Wish::Kind::finding;
    wish.abandoned = arguments.front() != kFindings.front();
    wish.text = fmt::format("finding({})", arguments.front());
    return add(TermKind::flag, std::move(wish));
}

TermLookup ReportTerms::resolve(std::string_view name, std::optional<std::span<const std::string>> arguments) {
    const bool called = arguments.has_value();
    const std::span<const std::string> given = arguments.value_or(std::span<const std::string>{});
    if (name == kDelay || state_of(name)) {
        return resolve_state(name, given, called);
    }
    if (name == kThreads || name == kMaxAge) {
        return resolve_of_state(name, given);
    }
    if (name == kFinding) {
        return resolve_finding(given);
    }
    const auto column = system_column_index(name);
    if (!column) {
        return {};
    }
    const SystemColumn& info = system_columns()[*column];
    if (called || is_text(info.unit)) {
        return {{},
                called ? fmt::format("{} is a number of the machine: without parentheses", name)
                       : fmt::format("{} is text: rules compare numbers", name),
                called ? fmt::format("{} > ...", name) : "another name",
                {}};
    }
    Wish wish;
    wish.kind = Wish::Kind::system;
    wish.column = *column;
    wish.text = name;
    return add(kind_of(info.unit), std::move(wish));
}

std::vector<std::string_view> ReportTerms::names() const {
    std::vector<std::string_view> names{kDelay, "delay(", "threads(", "max_age(", "finding("};
    static const std::vector<std::string> kCalls = [] {
        std::vector<std::string> calls;
        for (const StateInfo& state : state_table()) {
            calls.push_back(fmt::format("{}(", state.key));
        }
        return calls;
    }();
    names.insert(names.end(), kCalls.begin(), kCalls.end());
    for (const StateInfo& state : state_table()) {
        names.push_back(state.key);
    }
    for (const SystemColumn& column : system_columns()) {
        if (!is_text(column.unit)) {
            names.push_back(column.key);
        }
    }
    std::ranges::sort(names);
    return names;
}

Result<ReportRule> ReportRule::parse(std::string_view text, std::string_view option) {
    ReportRule rule;
    rule.text_ = text;
    auto parsed = parse_expression(text, rule.terms_, {.allows_for = true});
    if (const auto* error = std::get_if<ExpressionError>(&parsed)) {
        return to_error(text, *error, option);
    }
    rule.expression_ = std::get<Expression>(std::move(parsed));
    return rule;
}

Truth ReportRule::evaluate(const Report& report) {
    return expression_.evaluate(ReportValues(terms_, report), report.now_ns, times_);
}

std::vector<ReportRule::Value> ReportRule::values(const Report& report) const {
    std::vector<Value> out;
    const ReportValues values(terms_, report);
    for (const Term& term : expression_.terms()) {
        const std::string& name = terms_.wish(term).text;
        if (std::ranges::find(out, name, &Value::name) == out.end()) {
            out.push_back({name, value_text(term.kind, values.value(term))});
        }
    }
    return out;
}

std::string ReportRule::short_name() const {
    const std::vector<Term> terms = expression_.terms();
    std::string name;
    for (const char c : terms.empty() ? text_ : terms_.wish(terms.front()).text) {
        const bool keeps = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (keeps) {
            name += c;
        } else if (!name.empty() && name.back() != '-') {
            name += '-';
        }
    }
    name.resize(std::min(name.size(), kMaxShortName));
    name.erase(name.find_last_not_of('-') + 1);
    return name;
}

std::optional<ExpressionError> rule_error(std::string_view text) {
    ReportTerms terms;
    const auto parsed = parse_expression(text, terms, {.allows_for = true});
    const auto* error = std::get_if<ExpressionError>(&parsed);
    return error != nullptr ? std::optional(*error) : std::nullopt;
}

}  // namespace tsa
