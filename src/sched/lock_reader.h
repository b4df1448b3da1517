// SPDX-License-Identifier: MIT
// Reads locks on separate threads, so that a process that holds its mmap_lock for long does not delay a refresh, nor
// the locks of the others for more than SideRelay::kLate.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/side_relay.h"
#include "sched/lock_memory.h"

namespace tsa {

class LockReader {
  public:
    /// Loads the programs, which takes 20 to 80 ms and the same privileges as the scheduler probes, and starts the
    /// threads, which drop their capabilities. Error: they could not be created.
    static Result<std::unique_ptr<LockReader>> start();

    /// Fills the answers of at most TSA_MAX_LOCKS queries. Queries not answered in time keep at_ns 0; so do those of a
    /// process at which another read hangs, and all of them while that is not known.
    void read(std::span<tsa_lock_query> queries, std::chrono::nanoseconds within);

    /// The object whose programs it runs; null without programs.
    [[nodiscard]] const bpf_object* object() const { return memory_->object(); }

  private:
    struct List;
    LockReader(std::shared_ptr<LockMemory> memory, std::unique_ptr<SideRelay> relay);
    void choose(std::span<const tsa_lock_query> queries);

    std::shared_ptr<LockMemory> memory_;
    std::unique_ptr<SideRelay> relay_;
    std::vector<std::uint32_t> chosen_;  // of the queries, those that are read
};

}  // namespace tsa
