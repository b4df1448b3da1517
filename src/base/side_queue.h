// SPDX-License-Identifier: MIT
// Steps that may hang, one after the other on a separate thread: the caller waits for each a moment, and then continues
// while the rest are queued. For writing to a directory that may not answer.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/side_thread.h"

namespace tsa {

class SideQueue {
  public:
    /// How long run() waits for its step at most, unless it gets a longer patience. While an earlier one is late it
    /// does not wait at all.
    static constexpr std::chrono::milliseconds kPatience{100};
    using Step = std::function<Result<void>()>;

    /// `name` and `capabilities` are those of SideThread::start(); the thread starts with the first step. `max_bytes`:
    /// of what is queued. `patience`: at most kPatience.
    SideQueue(const char* name, std::vector<int> capabilities, std::size_t max_bytes,
              std::chrono::milliseconds patience = kPatience);

    /// Adds a step that owns everything it uses, `bytes` of memory. Ok: it is done, or it will be. Error: its own; or
    /// that of an earlier step, then neither this one nor any that was queued after that one runs; or the queue is
    /// full.
    Result<void> run(Step step, std::size_t bytes = 0) { return run(std::move(step), bytes, patience_); }
    Result<void> run(Step step, std::size_t bytes, std::chrono::milliseconds patience);
    /// Whether steps are still to be done. What they work on may be accessed only while there are none.
    [[nodiscard]] bool is_late() const;
    [[nodiscard]] std::size_t queued() const;

  private:
    struct Shared;
    Result<void> take_error();

    const char* name_;
    std::vector<int> capabilities_;
    std::size_t max_bytes_;
    std::chrono::milliseconds patience_;
    std::shared_ptr<Shared> shared_;
    std::unique_ptr<SideThread> thread_;
};

}  // namespace tsa
