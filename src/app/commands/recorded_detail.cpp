// SPDX-License-Identifier: MIT
// See recorded_detail.h. Both sources are compared over the interval on the screen.
#include "app/commands/recorded_detail.h"

#include <algorithm>

#include "app/commands/recorded_profile.h"
#include "model/find_row.h"
#include "model/reconcile.h"

namespace tsa {

const ThreadDetail* RecordedDetail::of(const std::optional<ThreadKey>& thread, const Report& report) {
    if (!thread) {
        return nullptr;
    }
    detail_ = {};
    detail_.key = *thread;
    detail_.waits.unavailable = "a recording holds the wait at the end of each interval, not the single waits";
    if (stack_times_of_ == thread) {
        detail_.stack_times = stack_times_;
    }
    const ThreadRow* row = find_row(report, *thread);
    if (!has_taskstats_) {
        detail_.stats_unavailable = "not recorded (record --taskstats)";
    } else if (row == nullptr || row->quiet) {
        detail_.stats_unavailable = "nothing happened to this thread in this interval, so nothing was recorded";
    } else if (report.delays == nullptr || report.delays->find(*thread) == nullptr) {
        detail_.stats_unavailable = "not recorded for this thread in this interval";
    } else {
        compare(*row, report);
    }
    return &detail_;
}

StackTimes RecordedDetail::read(const std::function<bool(const StackSum&)>& wanted) {
    StackTimes out;
    if (!stacks_) {
        out.unavailable = "not recorded (record --stacks)";
        return out;
    }
    if (!profile_ && unread_.empty()) {
        StackProfile profile;
        const auto read = stacks_->for_each([&profile](const RecordedWaits& recorded) {
            profile.add(recorded.waits);
            return Result<void>{};
        });
        unread_ = read.ok() ? "" : read.error().text();
        profile_ = read.ok() ? std::optional(std::move(profile)) : std::nullopt;
    }
    if (!profile_) {
        out.unavailable = unread_;
        return out;
    }
    return stack_times_of(*profile_, wanted, length_ns_);
}

void RecordedDetail::add_stack_times() {
    if (stack_times_of_ != detail_.key) {
        stack_times_of_ = detail_.key;
        stack_times_ = read([this](const StackSum& sum) { return sum.thread == detail_.key; });
    }
    detail_.stack_times = stack_times_;
}

const StackTimes* RecordedDetail::of_process(const std::optional<std::uint32_t>& tgid) {
    if (!tgid) {
        return nullptr;
    }
    if (process_times_of_ != tgid) {
        process_times_of_ = tgid;
        process_times_ = read([&](const StackSum& sum) { return sum.tgid == *tgid; });
    }
    return &process_times_;
}

void RecordedDetail::compare(const ThreadRow& row, const Report& report) {
    const ThreadDelays& delays = *report.delays->find(detail_.key);
    detail_.stats = delays.now;
    detail_.accounting = report.delays->accounting;
    if (row.before == nullptr || !delays.has_before) {
        return;
    }
    ReconcileInput input;
    input.before = row.before;
    input.now = row.now;
    input.before_ns = report.now_ns - std::min(report.interval_ns, report.now_ns);
    input.now_ns = report.now_ns;
    input.accounting = detail_.accounting;
    input.cpus = report.system.cpus;
    input.run_time_age_ns = report.delays->run_time_age_ns;
    input.irq_and_steal_ns = report.system.irq_and_steal_ns;
    input.delays = &delays;
    detail_.window_ns = input.now_ns - input.before_ns;
    detail_.comparisons = reconcile(input);
    for (std::size_t pair = 0; pair < kPairCount; ++pair) {
        const Comparison& comparison = detail_.comparisons[pair];
        detail_.absences[pair] = comparison.taskstats_ns ? "" : reason_words(comparison.reason);
    }
}

}  // namespace tsa
