// SPDX-License-Identifier: MIT
// Reports of a simulated machine, one interval after another, for tests of recordings.
#pragma once

#include <algorithm>
#include <cstdint>

#include "model/report.h"
#include "model/sample.h"
#include "unit/random_machine.h"

namespace tsa::testing {

/// A random machine's samples, and the report of the last two.
class Played {
  public:
    explicit Played(const RandomMachineOptions& options) : machine_(options) {
        machine_.next(samples_[0]);
        step();
    }
    void step() {
        newest_ = 1 - newest_;
        machine_.next(samples_[newest_]);
        builder_.build(before(), now(), {}, report_);
    }
    [[nodiscard]] const Report& report() const { return report_; }
    [[nodiscard]] const Sample& now() const { return samples_[newest_]; }
    [[nodiscard]] const Sample& before() const { return samples_[1 - newest_]; }
    [[nodiscard]] std::size_t living() const {
        return static_cast<std::size_t>(
            std::ranges::count_if(now().threads, [](const Thread& thread) { return thread.life != 0; }));
    }

  private:
    RandomMachine machine_;
    Sample samples_[2];
    int newest_ = 0;
    ReportBuilder builder_;
    Report report_;
};

/// A report of inactive threads, each with its row of the previous interval.
class QuietCrowd {
  public:
    static constexpr std::uint64_t kInterval = 1'000'000'000;

    explicit QuietCrowd(std::uint32_t count) {
        samples_[0].now_ns = 100 * kInterval;
        for (std::uint32_t i = 0; i < count; ++i) {
            Thread thread;
            thread.life = 1;
            thread.tid = thread.tgid = i + 1;
            thread.since_ns = thread.first_seen_ns = kInterval + i;
            samples_[0].threads.push_back(thread);
            samples_[0].versions.push_back(1);
        }
        samples_[1] = samples_[0];
    }
    const Report& step() {
        newest_ = 1 - newest_;
        samples_[newest_].now_ns = samples_[1 - newest_].now_ns + kInterval;
        samples_[newest_].time_unix_ns = samples_[newest_].now_ns;
        builder_.build(samples_[1 - newest_], samples_[newest_], {}, report_);
        return report_;
    }
    /// From the next report on.
    void change(std::size_t at, const Thread& thread) {
        for (Sample& sample : samples_) {
            sample.threads[at] = thread;
        }
    }

  private:
    Sample samples_[2];
    int newest_ = 0;
    ReportBuilder builder_;
    Report report_;
};

}  // namespace tsa::testing
