// Owns a source and the two newest samples, and turns each step of time into a Report. The loops call it; it knows
// neither terminal nor output.
#pragma once

#include <poll.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/result.h"
#include "model/report.h"
#include "sched/probe.h"
#include "system/reader.h"

namespace tsa {

class Collector {
  public:
    /// Attaches the probes and takes the first sample: the baseline. Errors: no privilege, no support, with a hint.
    static Result<std::unique_ptr<Collector>> start(const ProbeOptions& options);

    /// Takes a sample and reports what happened since the one before. Valid until the next call.
    const Report& collect(const ReportOptions& options);
    /// The same between two samples that the caller keeps: `previous` the older one.
    const Report& report_between(const Sample& previous, const Sample& current, const ReportOptions& options);
    /// Fills a sample of the caller's with this instant: threads and system.
    void read(Sample& sample);
    /// From now on this process and its descendants are Thread::followed, in records of its end too.
    void follow(std::uint32_t tgid);

    /// poll() without a time limit for the loops; `fds[exits]` is the probes' descriptor, whose final records are
    /// drained here. An interrupted wait returns with no event set.
    Result<void> wait(std::span<pollfd> fds, std::size_t exits);

    [[nodiscard]] const Sample& newest() const { return samples_[newest_]; }
    [[nodiscard]] const Report& report() const { return report_; }
    [[nodiscard]] Probe& probe() { return *probe_; }

  private:
    explicit Collector(std::unique_ptr<Probe> probe);

    std::unique_ptr<Probe> probe_;
    SystemReader system_;
    ReportBuilder builder_;
    Sample samples_[2];
    int newest_ = 0;
    Report report_;
    std::uint32_t followed_tgid_ = 0;
    bool probes_timed_ = false;  ///< kernel.bpf_stats_enabled was on at the start
};

}  // namespace tsa
