// Reads locks on a thread of its own, so that a process whose memory is locked for long delays no refresh.
#pragma once

#include <chrono>
#include <memory>
#include <span>

#include "base/side_thread.h"
#include "sched/lock_memory.h"

namespace tsa {

class LockReader {
  public:
    /// Loads the programs, which takes 20 to 80 ms and the privileges that the scheduler probes need; and starts the
    /// thread, which gives its capabilities up. Error: no thread could be created.
    static Result<std::unique_ptr<LockReader>> start();

    /// Fills the answers of at most TSA_MAX_LOCKS queries. What has not arrived within the time keeps at_ns 0; that is
    /// so for all of them while an earlier call still hangs.
    void read(std::span<tsa_lock_query> queries, std::chrono::nanoseconds within);

    /// Whose programs it runs; null without programs.
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
