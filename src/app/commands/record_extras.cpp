// SPDX-License-Identifier: MIT
// See record_extras.h.
#include "app/commands/record_extras.h"

#include <algorithm>
#include <string>
#include <utility>

#include "app/host/notice.h"
#include "base/clock.h"

namespace tsa {

namespace {

/// How long the moment at which a rule fires may wait for files.
constexpr std::uint64_t kFiredPatienceNs = 200'000'000;

}  // namespace

RecordExtras::RecordExtras(const RecordOptions& options, Collector& collector)
    : options_(options),
      collector_(collector),
      after_ns_(options.after_ns.value_or(kDefaultAfterNs)),
      wakers_(collector.probe(), WakerProbe::Scope::all_wakeups) {}

Result<void> RecordExtras::start(const ThreadFilter& filter) {
    TRY(start_stacks(filter));
    TRY(start_wakers());
    return start_neighbors();
}

Result<void> RecordExtras::start_stacks(const ThreadFilter& filter) {
    if (!options_.stacks) {
        return {};
    }
    stacks_.emplace(options_.stack_threads.value_or(kDefaultStackThreads));
    if (const auto started = stacks_->start(collector_, options_.debuginfod); !started.ok()) {
        return started.error().in("--stacks");
    }
    if (!stacks_->no_debuginfod().empty()) {
        notice(stacks_->no_debuginfod());
    }
    if (options_.armed) {
        stacks_->pause();
        return {};
    }
    collector_.report_now({});
    stacks_->begin(collector_, filter);
    counts_stacks_ = true;
    if (!stacks_->exec_unavailable().empty()) {
        notice("no stacks of CPU time: " + stacks_->exec_unavailable());
    }
    return {};
}

/// Before the first interval: what its waits end with is of it.
Result<void> RecordExtras::start_wakers() {
    if (!options_.wakers) {
        return {};
    }
    wakers_.switch_to(true);
    if (!wakers_.unavailable().empty()) {
        return Error{std::string(wakers_.unavailable()), {}, 0}.in("--wakers");
    }
    if (options_.armed) {
        wakers_.switch_to(false);
        return {};
    }
    collector_.report_now({});
    collector_.add_wakers(wakers_, std::nullopt);
    return {};
}

Result<void> RecordExtras::start_neighbors() {
    if (!options_.neighbors) {
        return {};
    }
    auto started = RecordedNeighbors::start(collector_);
    if (!started.ok()) {
        return started.error().in("--neighbors");
    }
    neighbors_ = std::move(started).value();
    return {};
}

void RecordExtras::before_sample() {
    if (wakers_.is_on()) {
        wakers_.end_interval();
    }
}

IntervalExtras RecordExtras::read(const Report& report, const ThreadFilter& filter, bool last) {
    IntervalExtras extras;
    if (counts_stacks_) {
        // The last one of a capture has what would otherwise be kept for the next interval.
        const bool is_last = last || (fired_ns_ && report.now_ns - *fired_ns_ >= after_ns_);
        extras.waits = stacks_->update(collector_, filter, is_last);
    }
    if (wakers_.is_on()) {
        collector_.add_wakers(wakers_, std::nullopt);
        extras.wakers = &wakers_.read_interval(report);
    }
    if (neighbors_ != nullptr) {
        extras.neighbors = &neighbors_->read();
    }
    return extras;
}

std::optional<std::uint64_t> RecordExtras::rule_fired(const Report& report, const ThreadFilter& filter) {
    if (!options_.armed || fired_ns_) {
        return std::nullopt;
    }
    fired_ns_ = report.now_ns;
    if (options_.wakers) {
        wakers_.switch_to(true);
        if (wakers_.is_on()) {
            collector_.add_wakers(wakers_, std::nullopt);
        } else {
            notice("--wakers: " + std::string(wakers_.unavailable()), Severity::error);
        }
    }
    if (stacks_) {
        const std::uint64_t patience_ns = std::min(kFiredPatienceNs, report.interval_ns / 4);
        const auto resumed = stacks_->resume(collector_, filter, patience_ns);
        counts_stacks_ = resumed.ok();
        if (!resumed.ok()) {
            notice("--stacks: " + resumed.error().text(), Severity::error);
        }
    }
    return wakers_.is_on() || counts_stacks_ ? std::optional(clock_ns(CLOCK_REALTIME)) : std::nullopt;
}

void RecordExtras::written(bool capturing) {
    if (!fired_ns_ || capturing) {
        return;
    }
    fired_ns_.reset();
    wakers_.switch_to(false);
    if (std::exchange(counts_stacks_, false)) {
        stacks_->pause();
    }
}

}  // namespace tsa
