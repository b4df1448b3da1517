// SPDX-License-Identifier: MIT
// `perf bench sched pipe` on one CPU: two threads that wake each other and do nothing but switch.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "child.h"

namespace tsa::bench {

struct PipeTime {
    double wall_s = 0;  ///< as reported by perf
    double cpu_s = 0;   ///< of both ends; includes the program's startup
};

/// One run that waits for go(), so that a probe can be attached to it first.
class SchedPipe {
  public:
    static Result<SchedPipe> prepare(int operations);
    /// TID of the thread that will be one end of the pipe.
    [[nodiscard]] std::uint32_t tid() const { return static_cast<std::uint32_t>(child_.pid()); }
    /// Once.
    Result<PipeTime> run();

  private:
    explicit SchedPipe(Child child) : child_(std::move(child)) {}
    Child child_;
};

}  // namespace tsa::bench
