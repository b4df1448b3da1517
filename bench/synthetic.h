// SPDX-License-Identifier: MIT
// Synthetic thread slots and samples in memory: the pure path from slot to report at sizes that no test machine
// reaches.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "model/report.h"
#include "model/sample.h"
#include "sched/decode.h"
#include "tsa.h"

namespace tsa::bench {

inline constexpr std::uint32_t kThreadsPerSyntheticProcess = 50;

/// A slot array as the kernel would write it for `threads` sleeping threads, and its reader.
class SyntheticMachine {
  public:
    explicit SyntheticMachine(std::uint32_t threads);

    /// One event on every `stride`-th thread since the last sample: it ran, and sleeps again.
    void wake(std::uint32_t stride);
    /// The next sample, into the buffer of the one before last.
    void read();
    /// The report of the last two samples, with or without rows of threads that slept.
    const Report& build(bool sleepers = true);

  private:
    std::uint64_t now_ns_ = 1'000'000'000;
    std::vector<tsa_slot> slots_;
    std::vector<tsa_changes> marks_;
    std::unique_ptr<tsa_reading> reading_ = std::make_unique<tsa_reading>();  // its address stays
    SlotReader reader_;
    Sample samples_[2];
    int newest_ = 0;
    ReportBuilder builder_;
    Report report_;
};

}  // namespace tsa::bench
