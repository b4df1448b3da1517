// SPDX-License-Identifier: MIT
// One live Probe with its ReportBuilder, for tests: mark, let something happen, report. Checks the sum rule for every
// sample and report, for all threads of the machine.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>

#include "model/report.h"
#include "model/sample.h"
#include "sched/probe.h"

namespace tsa::test {

class Observer {
  public:
    /// Throws std::runtime_error when the probe does not start.
    explicit Observer(const ProbeOptions& options = {});

    /// Starts an interval now.
    void mark();
    /// Ends the interval that started at the last mark() or report() and starts the next one. Valid until the next
    /// call.
    const Report& report();

    /// Waits like a screen between two refreshes: drains final records when the ring requests it.
    void drain_for(std::chrono::milliseconds time);

    [[nodiscard]] const Report& last() const { return report_; }
    [[nodiscard]] const Sample& sample() const { return *current_; }
    [[nodiscard]] Probe& probe() { return *probe_; }

    /// The thread in the newest sample; null: not listed.
    [[nodiscard]] const Thread* thread(std::uint32_t tid) const;
    /// The thread's row in the last report; null: none. `exited_row` searches the exited threads.
    [[nodiscard]] const ThreadRow* row(std::uint32_t tid) const;
    [[nodiscard]] const ThreadRow* exited_row(std::uint32_t tid) const;
    [[nodiscard]] const ProcessRow* process(std::uint32_t tgid) const;

    /// Reports until the thread is in this state; false if it never is.
    [[nodiscard]] bool await_state(std::uint32_t tid, ThreadState state);

  private:
    void advance();

    std::unique_ptr<Probe> probe_;
    Sample samples_[2];
    Sample* previous_ = &samples_[0];
    Sample* current_ = &samples_[1];
    ReportBuilder builder_;
    Report report_;
};

/// The part of a row's wall time that was in this state; 0 for a row without wall time.
[[nodiscard]] double share(const ThreadRow& row, ThreadState state);
/// Time in any of these states.
[[nodiscard]] std::uint64_t in_states(const ThreadRow& row, std::initializer_list<ThreadState> states);
/// All states of a row on one line, for failure messages.
[[nodiscard]] std::string describe(const ThreadRow& row);

}  // namespace tsa::test
