// SPDX-License-Identifier: MIT
// The table WAITS ON as rows: kinds of waits in the words that the other screens use, those with the same words as one,
// the wait that is open now included. Pure; drawn by detail_waits.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/history.h"
#include "model/thread_detail.h"

namespace tsa {

struct WaitRow {
    ThreadState state = ThreadState::sleep;
    std::string what;  ///< raw bytes: file names may contain any
    std::uint64_t count = 0;
    std::uint64_t total_ns = 0;
    std::uint64_t max_ns = 0;
    std::optional<std::uint64_t> mean_ns, p50_ns, p99_ns;
    std::uint64_t worst_at_ns = 0;     ///< CLOCK_MONOTONIC; not of the open one
    bool open = false;                 ///< it waits so right now, and that is counted in
    bool open_is_worst = false;        ///< and it is the longest of them
    bool open_is_lower_bound = false;  ///< it began before it was watched: total and longest are at least that
};

/// Most time first, ties by their words. `thread` null or not waiting: no open wait.
[[nodiscard]] std::vector<WaitRow> wait_rows(const ThreadDetail& detail, const WatchedThread* thread);

/// "futex lock 0x7f3a12e8", "read socket", "cpu: woken", a kernel function's name.
[[nodiscard]] std::string wait_words(const WaitKind& kind, bool kernel_thread,
                                     const std::vector<DescriptorName>& descriptors);

}  // namespace tsa
