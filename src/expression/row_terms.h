// SPDX-License-Identifier: MIT
// The terms of rows: every column by its key, with or without its unit ("exec", "rss"), the other names of columns
// ("cpu", "pid", "delay"), and the user's name. For filters of threads, processes and groups. Not the kernel's delay
// accounting, which is read only of the rows that a filter leaves.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "expression/expression.h"
#include "model/report.h"

namespace tsa {

class RowTerms final : public TermResolver {
  public:
    [[nodiscard]] TermLookup resolve(std::string_view name,
                                     std::optional<std::span<const std::string>> arguments) override;
    [[nodiscard]] std::vector<std::string_view> names() const override;
    [[nodiscard]] std::vector<std::string_view> values(std::string_view name) const override;
};

[[nodiscard]] std::variant<Expression, ExpressionError> parse_row_expression(std::string_view text);
/// Whether it asks for what is read of processes: command line, unit, container, pod, cgroup.
[[nodiscard]] bool needs_facts(const Expression& expression);

/// Name of a user; empty: not known, and then it is the ID. Called once for each user that follows another.
using RowUserName = std::function<std::string(std::uint32_t uid)>;

class RowValues final : public TermValues {
  public:
    explicit RowValues(RowUserName user_name) : user_name_(std::move(user_name)) {}

    /// A thread by itself.
    void set(const Report& report, const ThreadRow& row) { set(report, row, nullptr); }
    /// A thread of a process or a group: what its sums have is theirs, the rest the thread's. So a condition on a
    /// process holds if it does with one of its threads.
    void set(const Report& report, const ThreadRow& row, const ProcessRow* sums, bool is_group = false) {
        report_ = &report;
        row_ = &row;
        sums_ = sums;
        is_group_ = is_group;
    }
    [[nodiscard]] TermValue value(const Term& term) const override;

  private:
    [[nodiscard]] std::string_view user() const;

    RowUserName user_name_;
    const Report* report_ = nullptr;
    const ThreadRow* row_ = nullptr;
    const ProcessRow* sums_ = nullptr;
    bool is_group_ = false;
    mutable std::uint32_t uid_ = 0;
    mutable bool has_user_ = false;
    mutable std::string name_;
};

}  // namespace tsa
