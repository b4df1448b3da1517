// SPDX-License-Identifier: MIT
// Looks labels up on separate threads, so that a process that cannot be read does not delay a refresh, nor the labels
// of the others for more than SideRelay::kLate.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/side_relay.h"
#include "peers/label_query.h"

namespace tsa {

/// New labels per refresh; as many holders of locks can be read beside them.
inline constexpr std::size_t kMaxLabelQueries = 64;

class LabelThread {
  public:
    /// Starts the threads, which keep what reading other users' processes needs of the caller's capabilities. Error:
    /// they could not be created.
    static Result<std::unique_ptr<LabelThread>> start();

    /// Whether something can be asked now. Afterward, answers that were not done before will never be: they are those
    /// of a thread that hangs, and another one takes over.
    [[nodiscard]] bool take_turn() { return relay_->take_turn(); }
    /// Whether the next query may be about this thread. Not if the same kind of look hangs at its process.
    [[nodiscard]] bool may_ask(const Subject& subject, std::uint32_t tgid) const;
    /// Where the queries of the next ask() go: 2 * kMaxLabelQueries. Only after take_turn(); so are the answers.
    [[nodiscard]] std::span<LabelQuery> queries();
    /// Asks the first `count` of them, and waits for the answers that long. Those without `done` are late.
    void ask(std::size_t count, std::chrono::nanoseconds within);
    /// The same number of answers. While it is busy, only those that are done may be used.
    [[nodiscard]] bool is_done(std::size_t at) const;
    [[nodiscard]] const LabelAnswer& answer(std::size_t at) const;

  private:
    struct List;
    explicit LabelThread(std::unique_ptr<SideRelay> relay) : relay_(std::move(relay)) {}
    [[nodiscard]] List& list() const;

    std::unique_ptr<SideRelay> relay_;
};

}  // namespace tsa
