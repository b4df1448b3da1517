// Thread data without BPF: for every thread of /proc the execution time and run-queue delay that the scheduler keeps
// anyway (schedstat), and what stat, status and io tell, as a Sample. Works for any user, on what /proc shows that
// user; knows fewer states than the probes, and says so thread by thread (Thread::measured).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "model/sample.h"

namespace tsa {

struct ProcSourceOptions {
    std::string root = "/";             ///< the tree that holds proc/
    std::optional<std::uint32_t> tgid;  ///< read only this process: costs no more than it has threads
};

class ProcSource {
  public:
    /// Finds the threads and takes their baseline. Errors: no /proc, or one without schedstat; with a hint.
    static Result<std::unique_ptr<ProcSource>> start(const ProcSourceOptions& options);
    ProcSource(const ProcSource&) = delete;
    ProcSource& operator=(const ProcSource&) = delete;
    ~ProcSource();

    /// Fills now, threads, versions, exited, unlisted and health of `sample`; the same sample must come back every
    /// second time (its indices are stable). Two samples alternate, as with Probe::read.
    void read(Sample& sample);

  private:
    struct Impl;
    explicit ProcSource(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace tsa
