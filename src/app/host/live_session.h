// SPDX-License-Identifier: MIT
// What every command with live data starts with and works on. The order matters, and is this one:
//
//  1. The command does what may wait for another process or detect wrong usage: a named pipe without a reader must
//     still end at Ctrl-C. (waybar reads its settings after 2: a click on the bar must not end a program that is still
//     starting.)
//  2. open(): signals become readable; from here on each one requests an orderly end.
//  3. start_source(): the probes or /proc, and the first sample, which is the baseline of the first interval.
//  4. The command makes its files and creates its child, with all its initial privileges. The child waits at a gate; it
//     keeps those privileges, and its signal mask is the one from before 2.
//  5. begin(): the clock starts at the first sample, and what only startup needed is released: capabilities and heap.
//  6. The command releases its child, and loops.
#pragma once

#include <cassert>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "app/host/collector.h"
#include "app/host/loop.h"
#include "app/host/privilege.h"
#include "app/host/signals.h"
#include "app/host/ticker.h"
#include "base/result.h"

namespace tsa {

/// What is printed on stderr when the automatic choice was /proc.
enum class SourceNotice : std::uint8_t {
    none,  ///< the command shows it itself, or accepts only the probes
    why,
    why_and_what,  ///< and that fewer numbers follow
};

class LiveSession {
  public:
    /// Step 2. The default signals are those that end a command.
    static Result<std::unique_ptr<LiveSession>> open(const std::vector<int>& signals = {SIGINT, SIGTERM, SIGHUP});
    /// Steps 2 and 3.
    static Result<std::unique_ptr<LiveSession>> start(const CollectorOptions& source, SourceNotice notice);
    LiveSession(const LiveSession&) = delete;
    LiveSession& operator=(const LiveSession&) = delete;

    /// Step 3. Errors: as of Collector::start().
    Result<void> start_source(const CollectorOptions& options, SourceNotice notice);
    /// Step 5. The first tick comes one interval after the first sample.
    Result<void> begin(std::uint64_t interval_ns, const Keep& keep);

    [[nodiscard]] SignalQueue& signals() { return signals_; }
    /// After start_source().
    [[nodiscard]] Collector& collector() {
        assert(collector_ != nullptr);
        return *collector_;
    }
    [[nodiscard]] Source source() { return collector().newest().source; }
    /// After begin().
    [[nodiscard]] Ticker& ticker() {
        assert(ticker_.has_value());
        return *ticker_;
    }

    /// Final records are drained before any handler of a command is called.
    [[nodiscard]] Loop& loop() { return loop_; }
    /// Called at each tick; missed ticks count as one. After begin().
    void on_tick(std::function<Result<void>()> handler);
    /// Called while a signal is pending: the handler takes it, or stops the loop.
    void on_signal(std::function<Result<void>()> handler);

  private:
    explicit LiveSession(SignalQueue signals) : signals_(std::move(signals)) {}

    SignalQueue signals_;
    std::unique_ptr<Collector> collector_;
    std::optional<Ticker> ticker_;
    Loop loop_;
};

}  // namespace tsa
