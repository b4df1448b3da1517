// A thread for work that may hang, such as reading another process's memory: the caller waits for it until a deadline
// and goes on without it. The thread gives up all capabilities but those named, and blocks every signal.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>

#include "base/result.h"

namespace tsa {

class SideThread {
  public:
    /// `job` is run once for each begin(). It must own what it uses: if it hangs, it outlives this object.
    /// `name`: at most 15 bytes, a literal. `capabilities`: numbers of linux/capability.h that the thread keeps if it
    /// has them. Error: no thread could be created.
    static Result<std::unique_ptr<SideThread>> start(const char* name, std::function<void()> job,
                                                     std::initializer_list<int> capabilities = {});
    SideThread(const SideThread&) = delete;
    SideThread& operator=(const SideThread&) = delete;
    /// Does not wait for a job that is still running.
    ~SideThread();

    /// Whether the job is still running. What it works on may be touched only while it is not.
    [[nodiscard]] bool is_busy() const;
    /// Runs the job. Not while it is busy.
    void begin();
    /// Waits until the job is done, but no longer than `timeout`. False: it is still running.
    [[nodiscard]] bool wait_for(std::chrono::nanoseconds timeout);

  private:
    struct Shared;
    explicit SideThread(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

    std::shared_ptr<Shared> shared_;
};

}  // namespace tsa
