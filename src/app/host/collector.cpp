// SPDX-License-Identifier: MIT
// See collector.h.
#include "app/host/collector.h"

#include <algorithm>

#include <poll.h>

#include "base/text_file.h"
#include "model/sample.h"
#include "system/own_cost.h"

namespace tsa {

namespace {

bool bpf_stats_enabled() {
    return read_text_file("/proc/sys/kernel/bpf_stats_enabled").value_or("").starts_with('1');
}

}  // namespace

Collector::Collector(std::unique_ptr<Probe> probe, std::unique_ptr<ProcSource> files)
    : probe_(std::move(probe)), files_(std::move(files)), probes_timed_(probe_ != nullptr && bpf_stats_enabled()) {}

Result<std::unique_ptr<Collector>> Collector::start(const CollectorOptions& options) {
    std::unique_ptr<Collector> collector;
    std::string without_probes;
    if (options.source != SourceChoice::procfs) {
        ProbeOptions probe_options;
        probe_options.max_threads = options.max_threads;
        probe_options.profile = options.profile;
        probe_options.neighbors = options.neighbors;
        probe_options.run_queue = options.run_queue;
        auto probe = Probe::start(probe_options);
        if (probe.ok()) {
            collector.reset(new Collector(std::move(probe).value(), nullptr));
        } else if (options.source == SourceChoice::bpf) {
            return probe.error();
        } else {
            without_probes = probe.error().text();
        }
    }
    if (collector == nullptr) {
        auto files = ProcSource::start({});
        if (!files.ok()) {
            return files.error();
        }
        collector.reset(new Collector(nullptr, std::move(files).value()));
        collector->without_probes_ = std::move(without_probes);
    }
    collector->read(collector->interval_.newest());
    return collector;
}

void Collector::read(Sample& sample) {
    read_machine(sample);
    read_threads(sample);
}

void Collector::read_machine(Sample& sample) {
    system_.read(sample.system);
    read_own_cost(sample.own);
}

void Collector::read_threads(Sample& sample) {
    if (probe_ != nullptr) {
        probe_->read(sample);
    } else {
        files_->read(sample);
    }
    sample.time_unix_ns = wall_clock_.at(sample.now_ns, sample.time_unix_ns);
    // The process itself was created before it was followed: no probe marked its final records.
    for (ExitedThread& exited : sample.exited) {
        exited.thread.followed |= followed_tgid_ != 0 && exited.thread.tgid == followed_tgid_;
    }
}

void Collector::read_own_cost(OwnCost& own) {
    read_own_cpu(own);
    own.cpu_ns += helper_cpu_ns_ + times_cpu_ns_;
    own.probe_ns.reset();
    own.probe_runs.reset();
    if (!probes_timed_) {
        return;
    }
    const TotalCost probes = probe_->costs().total();
    own.probe_ns = probes.run_ns;
    own.probe_runs = probes.runs;
}

void Collector::add_stacks(StackFeed& feed, std::span<const ThreadKey> threads, const StackLimits& limits) {
    const Sample& sample = interval_.newest();
    with_holders_.assign(threads.begin(), threads.end());
    for (const Thread* waiter : finder_.find(threads, sample)) {
        const std::uint32_t holder_tid = waiter != nullptr ? waiter->wait.owner_tid : 0;
        if (holder_tid == 0) {
            continue;
        }
        const auto holder = std::ranges::find_if(
            sample.threads, [&](const Thread& one) { return one.life != 0 && one.tid == holder_tid; });
        if (holder != sample.threads.end()) {
            with_holders_.push_back(key_of(*holder));
        }
    }
    feed.update(with_holders_, limits, sample, interval_.last_report());
    helper_cpu_ns_ = feed.helper_cpu_ns();
}

std::span<const StackWaits> Collector::read_stack_times(StackWaitsFeed& feed, bool last) {
    const std::span<const StackWaits> waits = feed.update(interval_.newest(), interval_.last_report(), last);
    const std::uint64_t used_ns = feed.helper_cpu_ns();
    // Each feed has a process; a new one begins at 0.
    times_cpu_ns_ += used_ns >= times_feed_ns_ ? used_ns - times_feed_ns_ : used_ns;
    times_feed_ns_ = used_ns;
    return waits;
}

void Collector::follow(std::uint32_t tgid) {
    followed_tgid_ = tgid;
    if (probe_ != nullptr) {
        probe_->follow(tgid);
    }
}

const Report& Collector::collect(const ReportOptions& options) {
    read(interval_.advance());
    return interval_.report(options);
}

const Report& Collector::report_again(const ReportOptions& options) {
    return interval_.report(options);
}

const Report& Collector::report_now(const ReportOptions& options) {
    return interval_.report_now(options);
}

void Collector::drain_exits() {
    if (probe_ != nullptr) {
        probe_->drain_exits();
    }
}

void Collector::await_exits(std::chrono::milliseconds at_most) const {
    pollfd exits{exit_fd(), POLLIN, 0};
    ::poll(&exits, 1, static_cast<int>(at_most.count()));  // interrupted: the wait was shorter
}

}  // namespace tsa
