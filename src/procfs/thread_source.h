// Thread data without BPF: for every thread of /proc the execution time and run-queue delay that the scheduler keeps
// anyway (schedstat), and what stat, status and io tell, as a Sample. Works for any user, on what /proc shows that
// user; knows fewer states than the probes, and says so thread by thread (Thread::measured).
//
// States: exec, cpu_wait, stopped, zombie; and `sleep` is all other time off the CPU, blocked or asleep, of kernel
// threads too: /proc does not tell them apart. Exec and cpu_wait are the kernel's numbers in ns; when they were booked
// late they are counted late (thread_account.h). A stop and a death are seen at a refresh and count from there on.
//
// Cost: a process none of whose threads ran costs one system call (process_clock.h), however many threads it has; a
// thread that ran costs four files. New threads are looked for only after a fork. Threads that come and go between two
// refreshes are only counted (Unlisted::exits).
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
    std::string root = "/";  ///< the tree that holds proc/
    /// Instead of the kernel's, for tests on trees. The kernel's is used where proc/ is that of our own PID namespace;
    /// elsewhere, without one, every thread is read at every refresh.
    ProcessClock process_clock;
};

class ProcSource {
  public:
    /// Finds the threads and takes their baseline. Errors: no /proc, no thread in it; with a hint. A kernel without
    /// schedstat is none: exec then comes in clock ticks, and cpu_wait is not measured.
    static Result<std::unique_ptr<ProcSource>> start(const ProcSourceOptions& options);
    ProcSource(const ProcSource&) = delete;
    ProcSource& operator=(const ProcSource&) = delete;
    ~ProcSource();

    /// Fills now, source, threads, versions, exited, unlisted and health of `sample`. Indices are stable while a thread
    /// lives. A sample that comes back is brought up to date; any number of them may alternate. `exited` has who ended
    /// since the last read. A thread ended between its last totals, at which it is closed, and this reading: when, no
    /// file tells.
    /// Health: torn_reads counts threads that exist and could not be read this time (no descriptor left).
    void read(Sample& sample);

  private:
    struct Impl;
    explicit ProcSource(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace tsa
