// SPDX-License-Identifier: MIT
// See detail.h.
#include "app/host/detail.h"

#include <algorithm>
#include <array>
#include <memory>

#include "base/task_identity.h"
#include "model/descriptor.h"
#include "model/find_row.h"
#include "procfs/properties.h"

namespace tsa {

namespace {

/// Both sources are compared over this time: long enough that a tick does not matter, short enough to follow a change.
constexpr std::uint64_t kWindowNs = 5'000'000'000;
/// Minimum distance of readings, however short the interval is.
constexpr std::uint64_t kReadingEveryNs = 100'000'000;
/// /proc is read no more often than a person can follow; about ten files each time.
constexpr std::uint64_t kFilesEveryNs = 250'000'000;
constexpr std::size_t kMaxDescriptors = 64;

/// Nothing of another thread that has its TID: that one began later, or /proc is another PID namespace's.
ThreadFiles read_thread_files(const ThreadKey& thread, const std::vector<std::int32_t>& descriptors) {
    ThreadFiles files;
    files.properties = read_properties(thread.tid);
    for (const std::int32_t fd : descriptors) {
        if (auto name = read_descriptor_name(thread.tid, fd)) {
            files.descriptors.push_back({fd, *std::move(name)});
        }
    }
    return task_exists(thread.tid, thread.start_time_ns) ? files : ThreadFiles{};
}

/// Those that its waits name, at most kMaxDescriptors.
std::vector<std::int32_t> descriptors_in(const Thread& thread, const WaitTable& waits) {
    std::vector<std::int32_t> found;
    const auto add = [&found](const Wait& wait) {
        const std::optional<std::int32_t> fd = descriptor_of(wait);
        if (fd && found.size() < kMaxDescriptors) {
            found.push_back(*fd);
        }
    };
    add(thread.wait);  // the open one is not in the table yet
    for (const WaitTotals& totals : waits.kinds) {
        add(totals.kind.wait);
    }
    return found;
}

}  // namespace

DetailAccess kernel_detail(Probe* probe) {
    DetailAccess out;
    if (probe != nullptr) {
        out.watch_waits = [probe](const ThreadKey& thread) -> Result<DetailAccess::Watch> {
            // std::function needs a callable that can be copied.
            const std::shared_ptr<TargetProbe> target = TRY(TargetProbe::start(*probe, thread));
            return DetailAccess::Watch{[target](WaitTable& waits) { target->read(waits); }, target};
        };
    }
    out.read_files = read_thread_files;
    return out;
}

const ThreadDetail* DetailCollector::look_at(const std::optional<ThreadKey>& thread, const Report& report) {
    if (!thread) {
        release();
        detail_.reset();
        return nullptr;
    }
    if (!detail_ || detail_->key != *thread) {
        begin(*thread);
    }
    if (watch_.read) {
        watch_.read(detail_->waits);
        detail_->wait_heat.add(detail_->waits, report.now_ns);
    }
    const ThreadRow* row = find_row(report, *thread);
    if (row != nullptr) {
        read_files(*row->now, report.now_ns);
    }
    return &*detail_;
}

const ThreadDetail* DetailCollector::update(const std::optional<ThreadKey>& thread, const Report& report) {
    const ThreadDetail* detail = look_at(thread, report);
    if (const ThreadRow* row = thread ? find_row(report, *thread) : nullptr) {
        read_both(*row, report);
        compare();
    }
    return detail;
}

void DetailCollector::release() {
    stack_times_.reset();
    wants_stacks_ = false;
    watch_ = {};
}

void DetailCollector::begin(const ThreadKey& thread) {
    release();
    readings_.clear();
    files_due_ns_ = 0;
    detail_.emplace();
    detail_->key = thread;
    if (!access_.watch_waits) {
        detail_->waits.unavailable = "single waits need the scheduler probes; rstat-tsa doctor shows what they need";
        return;
    }
    auto watch = access_.watch_waits(thread);
    if (watch.ok()) {
        watch_ = std::move(watch).value();
    } else {
        detail_->waits.unavailable = watch.error().text();
    }
}

void DetailCollector::update_stacks(StackFeed& stacks, const Sample& sample) {
    if (!detail_ || !wants_stacks_) {
        return;
    }
    if (watch_.target == nullptr) {
        detail_->stack_times.unavailable = detail_->waits.unavailable;
        return;
    }
    const auto thread = std::ranges::find_if(sample.threads, [this](const Thread& one) {
        return one.life != 0 && one.tid == detail_->key.tid && key_of(one) == detail_->key;
    });
    if (thread == sample.threads.end()) {
        return;  // ended: what was seen stays
    }
    if (!stack_times_) {
        stack_times_.emplace();
    }
    stack_times_->update(*watch_.target, *thread, sample, stacks, detail_->stack_times);
}

void DetailCollector::read_both(const ThreadRow& row, const Report& report) {
    // This thread may already have been queried, among the rows of a screen.
    const std::array<ThreadKey, 1> key{key_of(*row.now)};
    const DelayTable& table = delays_.fetch(key, report);
    Reading reading;
    reading.thread = *row.now;
    reading.now_ns = report.now_ns;
    reading.cpu = report.system.now.cpu;
    if (const ThreadDelays* delays = table.find(key[0])) {
        reading.stats = delays->now;
        reading.stats_at_ns = delays->now_at_ns;
    }
    detail_->stats = reading.stats;
    detail_->accounting = table.accounting;
    cpus_ = report.system.cpus;
    detail_->stats_unavailable = table.unavailable;
    if (!readings_.empty() && readings_.back().thread.first_seen_ns != row.now->first_seen_ns) {
        readings_.clear();  // those were of the leader whose TID it took over by exec
    }
    if (readings_.size() >= 2 && reading.now_ns - readings_[readings_.size() - 2].now_ns < kReadingEveryNs) {
        readings_.pop_back();
    }
    readings_.push_back(reading);
    while (readings_.size() > 2 && readings_.back().now_ns - readings_[1].now_ns >= kWindowNs) {
        readings_.pop_front();
    }
}

void DetailCollector::compare() {
    const Reading& first = readings_.front();
    const Reading& last = readings_.back();
    ReconcileInput input;
    input.before = &first.thread;
    input.now = &last.thread;
    input.before_ns = first.now_ns;
    input.now_ns = last.now_ns;
    input.accounting = detail_->accounting;
    input.cpus = cpus_;
    input.run_time_age_ns = delays_.table().run_time_age_ns;
    if (first.cpu && last.cpu) {
        input.irq_and_steal_ns = irq_and_steal_growth_ns(*first.cpu, *last.cpu);
    }
    ThreadDelays delays;
    if (last.stats) {
        delays.key = detail_->key;
        delays.now = *last.stats;
        delays.now_at_ns = last.stats_at_ns;
        if (first.stats) {
            delays.has_before = true;
            delays.before = *first.stats;
            delays.before_at_ns = first.stats_at_ns;
        }
        input.delays = &delays;
    }
    detail_->window_ns = last.now_ns - first.now_ns;
    if (detail_->window_ns == 0) {
        detail_->comparisons = {};
        detail_->absences = {};
        return;
    }
    detail_->comparisons = reconcile(input);
    for (std::size_t pair = 0; pair < kPairCount; ++pair) {
        const Comparison& comparison = detail_->comparisons[pair];
        detail_->absences[pair] = comparison.taskstats_ns ? "" : reason_words(comparison.reason);
    }
}

void DetailCollector::read_files(const Thread& thread, std::uint64_t now_ns) {
    if (now_ns >= files_due_ns_) {
        files_due_ns_ = now_ns + kFilesEveryNs;
        files_.ask(detail_->key, descriptors_in(thread, detail_->waits));
    }
    ThreadFiles files;
    if (files_.take(detail_->key, files)) {
        detail_->properties = std::move(files.properties);
        detail_->descriptors = std::move(files.descriptors);
    }
}

}  // namespace tsa
