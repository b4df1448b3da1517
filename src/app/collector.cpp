// See collector.h.
#include "app/collector.h"

#include <cerrno>
#include <fstream>

#include "system/own_cost.h"

namespace tsa {

namespace {

bool bpf_stats_enabled() {
    std::ifstream file("/proc/sys/kernel/bpf_stats_enabled");
    int enabled = 0;
    return file >> enabled && enabled != 0;
}

}  // namespace

Collector::Collector(std::unique_ptr<Probe> probe) : probe_(std::move(probe)), probes_timed_(bpf_stats_enabled()) {}

Result<std::unique_ptr<Collector>> Collector::start(const ProbeOptions& options) {
    auto probe = Probe::start(options);
    if (!probe.ok()) {
        return probe.error();
    }
    std::unique_ptr<Collector> collector(new Collector(std::move(probe).value()));
    collector->read(collector->samples_[0]);
    return collector;
}

void Collector::read(Sample& sample) {
    system_.read(sample.system);
    probe_->read(sample);
    // The process itself is older than the order to follow it: no probe marked its final records.
    for (ExitedThread& exited : sample.exited) {
        exited.thread.followed |= followed_tgid_ != 0 && exited.thread.tgid == followed_tgid_;
    }
    read_own_cpu(sample.own);
    sample.own.probe_ns.reset();
    sample.own.probe_runs.reset();
    if (!probes_timed_) {
        return;
    }
    std::uint64_t ns = 0;
    std::uint64_t runs = 0;
    for (const ProgramCost& cost : probe_->program_costs()) {
        ns += cost.run_ns;
        runs += cost.runs;
    }
    sample.own.probe_ns = ns;
    sample.own.probe_runs = runs;
}

void Collector::follow(std::uint32_t tgid) {
    followed_tgid_ = tgid;
    probe_->follow(tgid);
}

const Report& Collector::collect(const ReportOptions& options) {
    const int previous = newest_;
    newest_ = 1 - newest_;
    read(samples_[newest_]);
    return report_between(samples_[previous], samples_[newest_], options);
}

const Report& Collector::report_between(const Sample& previous, const Sample& current, const ReportOptions& options) {
    builder_.build(previous, current, options, report_);
    return report_;
}

Result<void> Collector::wait(std::span<pollfd> fds, std::size_t exits) {
    if (poll(fds.data(), fds.size(), -1) < 0) {
        if (errno != EINTR) {
            return system_error("poll", errno);
        }
        for (pollfd& waited : fds) {
            waited.revents = 0;
        }
    }
    if (fds[exits].revents != 0) {
        probe_->drain_exits();
    }
    return {};
}

}  // namespace tsa
