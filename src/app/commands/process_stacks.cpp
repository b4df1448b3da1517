// SPDX-License-Identifier: MIT
// See process_stacks.h.
#include "app/commands/process_stacks.h"

#include <algorithm>

#include "app/commands/recorded_profile.h"
#include "cli/options.h"

namespace tsa {

/// Its living threads, those with the most delay first.
const std::vector<ThreadKey>& ProcessStacks::threads_of(const Report& report) {
    rows_.clear();
    for (const ThreadRow& row : report.threads) {
        if (row.now->tgid == *tgid_) {
            rows_.push_back(&row);
        }
    }
    if (rows_.size() > kMaxStackThreads) {
        std::ranges::stable_sort(
            rows_, [](std::uint64_t left, std::uint64_t right) { return left > right; },
            [](const ThreadRow* row) { return latency_ns(row->state_ns); });
        rows_.resize(kMaxStackThreads);
    }
    threads_.clear();
    for (const ThreadRow* row : rows_) {
        threads_.push_back(key_of(*row->now));
    }
    return threads_;
}

void ProcessStacks::follow(const std::optional<std::uint32_t>& tgid, Collector& collector) {
    if (tgid == tgid_) {
        return;
    }
    tgid_ = tgid;
    feed_.reset();
    profile_ = {};
    times_ = {};
    if (!tgid_) {
        return;
    }
    auto feed = std::make_unique<StackWaitsFeed>();
    feed->start(collector.probe(), kMaxStackThreads, debuginfod_);
    if (!feed->unavailable().empty()) {
        times_.unavailable = feed->unavailable();
        return;
    }
    feed_ = std::move(feed);
    since_ns_ = collector.report().now_ns;
    feed_->choose(threads_of(collector.report()), collector.newest());
}

const StackTimes* ProcessStacks::update(Collector& collector) {
    if (!tgid_) {
        return nullptr;
    }
    if (feed_ == nullptr) {
        return &times_;
    }
    for (const StackWaits& waits : collector.read_stack_times(*feed_, false)) {
        profile_.add(waits);
    }
    feed_->choose(threads_of(collector.report()), collector.newest());
    times_ = stack_times_of(
        profile_, [](const StackSum&) { return true; }, collector.report().now_ns - since_ns_);
    if (profile_.sums().empty()) {
        times_.unavailable.clear();
        times_.since_ns = 0;  // not counted yet
    }
    times_.uncopied = feed_->uncopied();
    if (times_.cpu.counts.empty() && !feed_->exec_unavailable().empty()) {
        times_.cpu.unavailable = feed_->exec_unavailable();
    }
    return &times_;
}

}  // namespace tsa
