// SPDX-License-Identifier: MIT
// Two samples and the report of what happened between them. A report refers into its samples, so they are kept, moved
// on and given back together.
#pragma once

#include <malloc.h>

#include <cstdint>

#include "base/recent_peak.h"
#include "model/report.h"
#include "model/sample.h"
#include "model/unused_threads.h"

namespace tsa {

class Interval {
  public:
    Interval() = default;
    Interval(const Interval&) = delete;
    Interval& operator=(const Interval&) = delete;

    /// The newest sample becomes the previous one. Returns the one to be filled next, with an older instant in it.
    /// Reports made so far are invalid.
    [[nodiscard]] Sample& advance() {
        newest_ = 1 - newest_;
        if (++advanced_ % RecentPeak::kWindow == 0) {
            for (Sample& sample : samples_) {
                release_unused(sample.threads);
            }
        }
        return samples_[newest_];
    }
    [[nodiscard]] const Sample& newest() const { return samples_[newest_]; }
    [[nodiscard]] Sample& newest() { return samples_[newest_]; }
    [[nodiscard]] const Sample& previous() const { return samples_[1 - newest_]; }

    /// From the previous sample to the newest. Each report is valid until the next one, or advance().
    const Report& report(const ReportOptions& options) { return report_between(previous(), newest(), options); }
    /// The newest sample as an interval of no length: which threads there are.
    const Report& report_now(const ReportOptions& options) { return report_between(newest(), newest(), options); }
    [[nodiscard]] const Report& last_report() const { return report_; }
    /// For what is added to it and to its newest sample after it was made: labels of waits, holders.
    [[nodiscard]] Report& last_report() { return report_; }
    /// What was asked for after the last report was made. Kept until the next one.
    void set_delays(const DelayTable* delays) { report_.delays = delays; }

  private:
    const Report& report_between(const Sample& first, const Sample& last, const ReportOptions& options) {
        exited_rows_.note(report_.exited.size());
        const std::size_t held = report_.exited.capacity();
        clear_to(exited_rows_, report_.exited);
        if (report_.exited.capacity() < held) {
            // What was allocated meanwhile, and stays, may be above the storm's memory in the heap.
            ::malloc_trim(0);
        }
        builder_.build(first, last, options, report_);
        report_.delays = nullptr;
        report_.labels = nullptr;
        report_.stacks = nullptr;
        report_.wakers = nullptr;
        report_.neighbors = nullptr;
        report_.facts = nullptr;
        report_.gpus = nullptr;
        return report_;
    }

    Sample samples_[2];
    int newest_ = 0;
    std::uint64_t advanced_ = 0;
    ReportBuilder builder_;
    Report report_;
    RecentPeak exited_rows_;  ///< a storm's rows are given back
};

}  // namespace tsa
