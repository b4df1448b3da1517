// SPDX-License-Identifier: MIT
// Thread data without BPF: for every thread in /proc the execution time and run-queue delay that the scheduler always
// tracks (schedstat), and data from stat, status and io, as a Sample. Works for any user, with the threads that /proc
// shows to that user; measures fewer states than the probes, and marks them per thread (Thread::measured).
//
// States: exec, cpu_wait, stopped, zombie; and `sleep`, which is all other time off the CPU, blocked or asleep, also of
// kernel threads: /proc does not distinguish them. Exec and cpu_wait are the kernel's numbers in ns; booked late, they
// are counted late (thread_account.h). A stop or an exit is seen at a refresh and counts from then on.
//
// Cost: a process whose threads did not run costs one system call (process_clock.h), regardless of the number of
// threads; a thread that ran costs four files. New threads are searched only after a fork. Threads that start and exit
// between two refreshes are only counted (Untracked::exits).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "model/sample.h"
#include "procfs/process_clock.h"

namespace tsa {

struct ProcSourceOptions {
    std::string root = "/";  ///< the directory that contains proc/
    /// Replaces the kernel's clock, for tests on trees. By default the kernel's clock is used if proc/ belongs to our
    /// own PID namespace; without a clock, every thread is read at every refresh.
    ProcessClock process_clock;
};

class ProcSource {
  public:
    /// Finds the threads and takes their baseline. Errors: no /proc, no thread in it; with a hint. A kernel without
    /// schedstat is not an error: exec then has the resolution of clock ticks, and cpu_wait is not measured.
    static Result<std::unique_ptr<ProcSource>> start(const ProcSourceOptions& options);
    ProcSource(const ProcSource&) = delete;
    ProcSource& operator=(const ProcSource&) = delete;
    ~ProcSource();

    /// Fills now, source, threads, versions, exited, untracked and health of `sample`. Indices are stable while a
    /// thread lives. An earlier sample passed again is updated; any number of samples may alternate. `exited` has the
    /// threads that exited since the last read. A thread exited between its last totals, where it is closed, and this
    /// read: no file has the exact time. Health: torn_reads counts existing threads that could not be read this time
    /// (out of descriptors).
    void read(Sample& sample);

  private:
    struct Impl;
    explicit ProcSource(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace tsa
