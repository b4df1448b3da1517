// SPDX-License-Identifier: MIT
// Wakers for the loops: the probes of wakers run while something shows them, and one thread at a time has all of its
// wakers recorded.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/report.h"
#include "model/sample.h"
#include "model/wakers.h"
#include "model/wakeups.h"
#include "sched/wakers.h"

namespace tsa {

class WakerFeed : public WakerTable {
  public:
    /// `probe` null: no scheduler probes, so no wakers. Must outlive this. `scope`: all_wakeups for read_interval().
    explicit WakerFeed(Probe* probe, WakerProbe::Scope scope = WakerProbe::Scope::last_wakers)
        : probe_(probe), scope_(scope) {}

    /// Starts or stops the recording. Starting takes some 50 ms, in the call.
    void switch_to(bool on);
    [[nodiscard]] bool is_on() const { return running_ != nullptr; }
    /// While it is on: gives the report this table. `looked_at`: whose wakers are all recorded.
    void update(const std::optional<ThreadKey>& looked_at, const Sample& sample, Report& report);

    /// With all_wakeups, while it is on. Just before a sample is taken: an interval ends.
    void end_interval() { running_->next_round(); }
    /// After update(): that interval, also of threads that are not in the report. Valid until the next call.
    const WakerInterval& read_interval(const Report& report);

    [[nodiscard]] std::optional<Waker> find(const Thread& thread) const override;
    [[nodiscard]] const WokenTable* woken(const ThreadKey& thread) const override;
    [[nodiscard]] std::optional<std::uint64_t> irq_ns(const ThreadRow& row) const override;
    [[nodiscard]] std::string_view unavailable() const override { return unavailable_; }

  private:
    /// Of a slot, since its thread's first interrupt.
    struct IrqTime {
        std::uint32_t life = 0;
        std::uint64_t ns = 0;
    };

    void choose(const std::optional<ThreadKey>& thread);
    void read_irq_times();

    Probe* probe_;
    WakerProbe::Scope scope_;
    std::unique_ptr<WakerProbe> running_;
    std::string unavailable_;
    const Sample* sample_ = nullptr;
    std::optional<ThreadKey> chosen_;
    WokenTable table_;
    WakerInterval interval_;
    std::uint64_t irq_read_ns_ = 0;  // CLOCK_MONOTONIC of the sample that they were read after
    std::vector<IrqTime> irq_before_,
        irq_now_;  // by slot, at the ends of the interval; empty before: it has just begun
};

}  // namespace tsa
