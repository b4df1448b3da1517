// SPDX-License-Identifier: MIT
// A thread for work that may hang, such as reading another process's memory: the caller waits until a deadline and then
// continues without it. The thread drops all capabilities except the given ones, and blocks every signal.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/result.h"

namespace tsa {

class SideThread {
  public:
    /// `job` runs once for each begin(). It must own everything it uses: if it hangs, it outlives this object. `name`:
    /// at most 15 bytes, a literal. `capabilities`: numbers from linux/capability.h that the thread keeps if it has
    /// them. Error: the thread could not be created.
    static Result<std::unique_ptr<SideThread>> start(const char* name, std::function<void()> job,
                                                     const std::vector<int>& capabilities = {});
    SideThread(const SideThread&) = delete;
    SideThread& operator=(const SideThread&) = delete;
    /// Does not wait for a job that is still running.
    ~SideThread();

    /// Whether the job is still running. Its data may be accessed only while it is not.
    [[nodiscard]] bool is_busy() const;
    /// Starts the job. Must not be called while busy.
    void begin();
    /// Waits up to `timeout` for the job to finish. False: it is still running.
    [[nodiscard]] bool wait_for(std::chrono::nanoseconds timeout);

  private:
    struct Shared;
    explicit SideThread(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

    std::shared_ptr<Shared> shared_;
};

}  // namespace tsa
