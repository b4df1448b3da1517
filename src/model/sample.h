// SPDX-License-Identifier: MIT
// A Sample: the cumulative totals of every thread, and the system's numbers, at one instant. Made by a source
// (src/sched, src/procfs), read by ReportBuilder. Pure data: no clock, no file, no system call here.
#pragma once

#include <cstdint>
#include <vector>

#include "model/health.h"
#include "model/state.h"
#include "model/system_sample.h"
#include "model/thread.h"

namespace tsa {

/// A thread that ended: its final totals, every interval closed.
struct ExitedThread {
    std::uint32_t index = 0;    ///< its index in Sample::threads while it was alive
    std::uint64_t exit_ns = 0;  ///< CLOCK_MONOTONIC
    Thread thread;
};

/// Threads known only as a sum: without a slot, or whose final record was lost.
struct Untracked {
    PerState<std::uint64_t> ns{};  ///< cumulative, open intervals included
    std::uint64_t live_threads = 0;
    std::uint64_t exits = 0;  ///< cumulative
};

/// Everything known at one instant.
struct Sample {
    std::uint64_t now_ns = 0;        ///< CLOCK_MONOTONIC: open intervals are closed at it
    std::uint64_t time_unix_ns = 0;  ///< CLOCK_REALTIME of the same instant
    Source source = Source::bpf;
    std::vector<Thread> threads;          ///< the index is stable while a thread lives; life == 0: unused
    std::vector<std::uint64_t> versions;  ///< same length: equal in two samples = same thread, no event in between
    /// Indices of the threads that may have another version than in the sample before; some twice. Of the probes only.
    std::vector<std::uint32_t> changed;
    std::uint64_t round = 0;           ///< in which the probes' reader filled it; 0: it did not
    std::vector<ExitedThread> exited;  ///< ended since the previous sample, no longer in `threads`
    Untracked untracked;
    bool network = false;  ///< bytes through sockets are being counted
    Health health;
    SystemSample system;
    OwnCost own;
};

}  // namespace tsa
