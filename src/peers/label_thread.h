// SPDX-License-Identifier: MIT
// Looks labels up on a separate thread, so that a process that cannot be read does not delay a refresh.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>

#include "base/side_thread.h"
#include "peers/label_query.h"

namespace tsa {

/// New labels per refresh; as many holders of locks can be read beside them.
inline constexpr std::size_t kMaxLabelQueries = 64;

class LabelThread {
  public:
    /// Starts the thread, which keeps what reading other users' processes needs of the caller's capabilities. Error: it
    /// could not be created.
    static Result<std::unique_ptr<LabelThread>> start();

    [[nodiscard]] bool is_busy() const { return thread_->is_busy(); }
    /// Where the queries of the next ask() go: 2 * kMaxLabelQueries. Only while it is not busy; so are the answers.
    [[nodiscard]] std::span<LabelQuery> queries();
    /// Asks the first `count` of them, and waits for the answers that long. Those without `done` are late.
    void ask(std::size_t count, std::chrono::nanoseconds within);
    /// The same number of answers. While it is busy, only those that are done may be used.
    [[nodiscard]] bool is_done(std::size_t at) const;
    [[nodiscard]] const LabelAnswer& answer(std::size_t at) const;

  private:
    struct Shared;
    LabelThread(std::shared_ptr<Shared> shared, std::unique_ptr<SideThread> thread)
        : shared_(std::move(shared)), thread_(std::move(thread)) {}

    std::shared_ptr<Shared> shared_;
    std::unique_ptr<SideThread> thread_;
};

}  // namespace tsa
