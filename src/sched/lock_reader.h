// SPDX-License-Identifier: MIT
// Reads locks on a separate thread, so that a process that holds its mmap_lock for long does not delay a refresh.
#pragma once

#include <chrono>
#include <memory>
#include <span>

#include "base/side_thread.h"
#include "sched/lock_memory.h"

namespace tsa {

class LockReader {
  public:
    /// Loads the programs, which takes 20 to 80 ms and the same privileges as the scheduler probes, and starts the
    /// thread, which drops its capabilities. Error: the thread could not be created.
    static Result<std::unique_ptr<LockReader>> start();

    /// Fills the answers of at most TSA_MAX_LOCKS queries. Queries not answered in time keep at_ns 0; so do all of them
    /// while an earlier call still hangs.
    void read(std::span<tsa_lock_query> queries, std::chrono::nanoseconds within);

    /// The object whose programs it runs; null without programs.
    [[nodiscard]] const bpf_object* object() const { return memory_->object(); }

  private:
    LockReader(std::shared_ptr<LockMemory> memory, std::shared_ptr<std::size_t> count,
               std::unique_ptr<SideThread> thread)
        : memory_(std::move(memory)), count_(std::move(count)), thread_(std::move(thread)) {}

    std::shared_ptr<LockMemory> memory_;
    std::shared_ptr<std::size_t> count_;  // of the queries that the thread reads
    std::unique_ptr<SideThread> thread_;
};

}  // namespace tsa
