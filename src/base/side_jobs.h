// SPDX-License-Identifier: MIT
// Jobs that may hang, each on a separate thread: a late job keeps its thread, and the next job gets
// another one. For look-ups that depend on other machines or on file systems.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "base/side_thread.h"

namespace tsa {

class SideJobs {
  public:
    /// When this many jobs hang, no other one begins.
    static constexpr std::size_t kMaxThreads = 4;
    /// A job that takes longer is late: the next one does not wait for it.
    static constexpr std::chrono::milliseconds kLate{1000};

    /// `name` and `capabilities` are those of SideThread::start(). A thread starts with the first job that needs it.
    explicit SideJobs(const char* name, std::vector<int> capabilities = {})
        : name_(name), capabilities_(std::move(capabilities)) {}

    /// Starts that many threads now, which keep capabilities that the caller drops later. False: there is none.
    [[nodiscard]] bool reserve(std::size_t threads);
    /// Whether a job can begin. False: the previous one is not late yet, or every thread hangs; try again later.
    [[nodiscard]] bool is_free() const;
    /// Runs `job`, which must own everything that it uses. False: as of is_free(), or no thread could be created.
    [[nodiscard]] bool begin(std::function<void()> job);
    /// Waits for the job that began last. False: it still runs.
    [[nodiscard]] bool wait_for(std::chrono::nanoseconds timeout);
    /// Whether the job that began last still runs.
    [[nodiscard]] bool is_busy() const { return newest_ != nullptr && newest_->thread->is_busy(); }

  private:
    struct Worker {
        std::shared_ptr<std::function<void()>> job;
        std::unique_ptr<SideThread> thread;
    };
    Worker* add_thread();
    Worker* free_thread();

    const char* name_;
    std::vector<int> capabilities_;
    std::vector<std::unique_ptr<Worker>> workers_;
    Worker* newest_ = nullptr;  // runs the job that began last
    std::chrono::steady_clock::time_point began_;
};

}  // namespace tsa
