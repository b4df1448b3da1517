// SPDX-License-Identifier: MIT
// See rows.h.
#include "tui/overview/rows.h"

#include <algorithm>

#include "model/wait_labels.h"
#include "tui/overview/condition.h"

namespace tsa {
namespace {

Value number(std::uint64_t value) {
    return Value{Value::Kind::integer, static_cast<std::int64_t>(value), {}};
}

}  // namespace

bool is_summed(const Column& column) {
    return column.of_process != nullptr && (column.unit == Unit::nanoseconds || column.unit == Unit::events ||
                                            column.unit == Unit::bytes || column.unit == Unit::io_bytes);
}

RowList::RowList(const Report& report, const OverviewState& state)
    : report_(report),
      state_(state),
      delays_(report),
      column_(find_column(state.sort_key)),
      values_(state.condition != nullptr ? state.condition->user_name : RowUserName()) {
    for (std::string_view rest = state.condition == nullptr ? state.filter : std::string_view{}; !rest.empty();) {
        const std::size_t bar = std::min(rest.find('|'), rest.size());
        if (bar > 0) {
            terms_.push_back(rest.substr(0, bar));
        }
        rest.remove_prefix(std::min(bar + 1, rest.size()));
    }
    held_ = state.order.holds(report, state.sort_key);
    const auto& asked = state.columns_shown;
    const bool totals =
        state.sort_key == kSortExecTotal || std::find(asked.begin(), asked.end(), kSortExecTotal) != asked.end();
    if (totals && state.mode != RowMode::threads && state.mode != RowMode::groups) {
        process_exec_total_.resize(report.processes.size());
        for (const ThreadRow& row : report.threads) {
            process_exec_total_[row.process] += state_total_ns(*row.now, ThreadState::exec, report.now_ns);
        }
    }
    if (lists_processes(state.mode) || state.mode == RowMode::tree) {
        find_living_processes();
    }
    switch (state.mode) {
        case RowMode::threads:
            collect_threads();
            break;
        case RowMode::processes:
            collect_processes();
            break;
        case RowMode::tree:
            collect_tree();
            break;
        case RowMode::groups:
            collect_groups();
            break;
        case RowMode::parents:
            collect_parents();
            break;
    }
    living_ = size_;
    size_ += ended_.empty() ? 0 : 1 + (state.show_ended ? ended_.size() : 0);
}

std::uint64_t RowList::delay_ns(const RowRef& row) const {
    if (row.group != nullptr) {
        return group_delay_ns_[row.group_at];
    }
    return row.thread != nullptr ? shown_delay_ns(report_, *row.thread) : delays_.of(report_, *row.process);
}

Value RowList::io_bytes(const RowRef& row) const {
    if (row.group != nullptr) {
        const bool known = (row.process->measured & kMeasuredIo) != 0;
        return known ? number(row.process->read_bytes + row.process->write_bytes) : Value{};
    }
    return row.thread != nullptr ? sort_value_now(report_, *row.thread, kSortIo, nullptr)
                                 : sort_value_now(report_, *row.process, kSortIo, nullptr, delays_);
}

/// Threads that are alive at the end of the interval, then those that are not.
const ThreadRow& RowList::thread_at(std::uint32_t at) const {
    return at < report_.threads.size() ? report_.threads[at] : report_.exited[at - report_.threads.size()];
}

Value RowList::sort_value(const ThreadRow& row) const {
    const Value now = sort_value_now(report_, row, state_.sort_key, column_);
    return held_ ? state_.order.held(key_of(*row.now), now) : now;
}

Value RowList::sort_value(std::size_t process) const {
    const ProcessRow& row = report_.processes[process];
    Value now;
    if (state_.sort_key == kSortExecTotal) {
        now = number(process_exec_total_[process]);
    } else if (state_.sort_key == kCpuTime) {
        now = cpu_time_of(row);
    } else {
        now = sort_value_now(report_, row, state_.sort_key, column_, delays_);
    }
    return held_ ? state_.order.held(row.tgid, now) : now;
}

bool RowList::before(const Entry& left, const Entry& right) const {
    if (left.value.present() != right.value.present()) {
        return left.value.present();
    }
    if (left.value.present()) {
        if (const int order = compare(left.value, right.value); order != 0) {
            return state_.descending ? order > 0 : order < 0;
        }
    }
    return left.tid < right.tid;
}

Value RowList::cpu_time_of_group(std::size_t group) const {
    return group < group_cpu_time_.size() ? group_cpu_time_[group] : Value{};
}

Value RowList::sort_value(const GroupRow& group, std::size_t at) const {
    if (state_.sort_key == kCpuTime) {
        return cpu_time_of_group(at);
    }
    if (state_.sort_key == kSortLatency) {
        return number(group_delay_ns_[at]);
    }
    if (state_.sort_key == kSortIo) {
        return number(group.sums.read_bytes + group.sums.write_bytes);
    }
    if (state_.sort_key == "comm") {
        return Value{Value::Kind::text, 0, group.name};
    }
    return column_ != nullptr && is_summed(*column_) ? column_->of_process(report_, group.sums) : Value{};
}

std::optional<std::uint64_t> RowList::exec_total_ns(const RowRef& row) const {
    if (row.group != nullptr) {
        return std::nullopt;
    }
    if (row.thread != nullptr) {
        return state_total_ns(*row.thread->now, ThreadState::exec, report_.now_ns);
    }
    const auto at = static_cast<std::size_t>(row.process - report_.processes.data());
    return at < process_exec_total_.size() ? std::optional(process_exec_total_[at]) : std::nullopt;
}

Value RowList::cpu_time_of(const ProcessRow& process) const {
    const auto time = state_.process_times != nullptr ? state_.process_times->find(process.tgid) : std::nullopt;
    return time ? number(*time) : Value{};
}

}  // namespace tsa
