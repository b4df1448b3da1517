// SPDX-License-Identifier: MIT
// See record_stacks.h.
#include "app/commands/record_stacks.h"

#include <algorithm>
#include <tuple>

#include "model/wait_labels.h"

namespace tsa {

namespace {

/// Of the delay of earlier intervals, what counts in the next one.
constexpr double kKept = 0.8;
/// How much more delay another thread must have than one that is chosen.
constexpr double kStay = 2;

double active_ns(const ThreadRow& row) {
    std::uint64_t sum = 0;
    for (const StateInfo& info : state_table()) {
        const bool is_at_rest = info.state == ThreadState::sleep || info.state == ThreadState::idle ||
                                info.state == ThreadState::stopped || info.state == ThreadState::zombie;
        sum += is_at_rest ? 0 : row.state_ns[index(info.state)];
    }
    return static_cast<double>(sum);
}

}  // namespace

bool StackThreadChoice::was_chosen(const ThreadKey& key) const {
    return std::ranges::find(chosen_, key) != chosen_.end();
}

const std::vector<ThreadKey>& StackThreadChoice::choose(const Report& report, const ThreadFilter& filter) {
    const bool delayed_only = !filter.selects();
    candidates_.clear();
    std::unordered_map<ThreadKey, double, KeyHash> delays;
    for (const ThreadRow& row : report.threads) {
        const ThreadKey key = key_of(*row.now);
        const bool stays = was_chosen(key);
        if ((!filter.matches(*row.now) && !stays) || row.now->state == ThreadState::zombie) {
            continue;
        }
        const auto before = delays_.find(key);
        const double delay_ns =
            static_cast<double>(shown_delay_ns(report, row)) + (before != delays_.end() ? kKept * before->second : 0);
        if (delay_ns > 0) {
            delays[key] = delay_ns;
        }
        if (delay_ns > 0 || !delayed_only) {
            candidates_.push_back({key, delay_ns, active_ns(row), delay_ns * (stays ? kStay : 1)});
        }
    }
    delays_ = std::move(delays);
    std::ranges::sort(candidates_, [this](const Candidate& a, const Candidate& b) {
        return std::make_tuple(-a.rank_ns, !was_chosen(a.key), -a.active_ns, a.key.tid) <
               std::make_tuple(-b.rank_ns, !was_chosen(b.key), -b.active_ns, b.key.tid);
    });
    candidates_.resize(std::min(candidates_.size(), most_));
    chosen_.clear();
    for (const Candidate& candidate : candidates_) {
        chosen_.push_back(candidate.key);
    }
    return chosen_;
}

Result<void> RecordedStackTimes::start(Collector& collector, bool debuginfod) {
    feed_.start(collector.probe(), threads_, debuginfod);
    return feed_.unavailable().empty() ? Result<void>{} : Result<void>(Error{feed_.unavailable(), {}, 0});
}

void RecordedStackTimes::begin(Collector& collector, const ThreadFilter& filter) {
    collector.begin_stack_times(feed_, choice_.choose(collector.report(), filter));
}

Result<void> RecordedStackTimes::resume(Collector& collector, const ThreadFilter& filter, std::uint64_t patience_ns) {
    TRY(feed_.resume());
    collector.begin_stack_times(feed_, choice_.choose(collector.report(), filter), patience_ns);
    return {};
}

std::span<const StackWaits> RecordedStackTimes::update(Collector& collector, const ThreadFilter& filter, bool last) {
    const std::span<const StackWaits> waits = collector.read_stack_times(feed_, last);
    if (!last) {
        feed_.choose(choice_.choose(collector.report(), filter), collector.newest());
    }
    return waits;
}

}  // namespace tsa
