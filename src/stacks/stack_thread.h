// SPDX-License-Identifier: MIT
// Reads stacks on a separate thread, so that a process that cannot be read does not delay a refresh.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/side_thread.h"
#include "stacks/stack_memory.h"
#include "stacks/stack_reader.h"

namespace tsa {

/// About the stack of a blocked thread; about one that was copied before; or only about where the process's code is.
struct StackQuery {
    enum class Kind : std::uint8_t { blocked, copied, code };

    StackOwner owner;
    std::uint64_t start_time_ns = 0;  ///< blocked
    Kind kind = Kind::blocked;
    std::shared_ptr<const tsa_stack_query> copy{};  ///< copied
};

struct StackAnswer {
    WaitStack stack;
    std::uint64_t at_ns = 0;                ///< CLOCK_MONOTONIC when it was copied
    std::vector<tsa_address_range> code{};  ///< of the process; not for kind blocked
};

class StackThread {
  public:
    /// Starts the thread, which keeps what reading other users' processes needs of the caller's capabilities. Error: it
    /// or the helper process could not be created. `fetcher`: see StackReader.
    static Result<std::unique_ptr<StackThread>> start(std::shared_ptr<DebugFetcher> fetcher = nullptr);

    /// Before the first ask() about a blocked thread. The thread has it from then on.
    void use(std::shared_ptr<StackMemory> memory);

    [[nodiscard]] bool is_busy() const { return thread_->is_busy(); }
    /// Where the queries of the next ask() go: TSA_MAX_STACKS. Only while it is not busy; so are the answers.
    [[nodiscard]] std::span<StackQuery> queries();
    /// Asks the first `count` of them, of which those about blocked threads come first, and waits for the answers that
    /// long. Stacks are unwound until `cpu` of CPU time was used for them, but at least one.
    void ask(std::size_t count, std::chrono::nanoseconds within, std::chrono::nanoseconds cpu);
    /// While it is busy, only answers that are done may be used. Once it is not, those that are not done were left out.
    [[nodiscard]] bool is_done(std::size_t at) const;
    [[nodiscard]] StackAnswer& answer(std::size_t at);
    /// CPU time of the helper process so far, in ns.
    [[nodiscard]] std::uint64_t helper_cpu_ns() const;

  private:
    struct Shared;
    StackThread(std::shared_ptr<Shared> shared, std::unique_ptr<SideThread> thread)
        : shared_(std::move(shared)), thread_(std::move(thread)) {}

    std::shared_ptr<Shared> shared_;
    std::unique_ptr<SideThread> thread_;
};

}  // namespace tsa
