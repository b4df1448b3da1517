// `perf bench sched pipe` on one CPU: two threads that wake each other, nothing but switches.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "child.h"

namespace tsa::bench {

struct PipeTime {
    double wall_s = 0;  ///< as perf tells it
    double cpu_s = 0;   ///< of both ends; includes the program's own start
};

/// One run that waits to be let go, so that a probe can be attached to it before.
class SchedPipe {
  public:
    static Result<SchedPipe> prepare(int operations);
    /// Of the thread that will be one of the pipe's ends.
    [[nodiscard]] std::uint32_t tid() const { return static_cast<std::uint32_t>(child_.pid()); }
    /// Once.
    Result<PipeTime> run();

  private:
    explicit SchedPipe(Child child) : child_(std::move(child)) {}
    Child child_;
};

}  // namespace tsa::bench
