// SPDX-License-Identifier: MIT
// The summary of `stat -- CMD` at its end: how the command ended, and the sums over the whole lives of all its threads.
// Filled by src/app, written by the outputs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/tally.h"

namespace tsa {

struct CommandSummary {
    std::vector<std::string> argv;
    std::uint64_t elapsed_ns = 0;     ///< from start to end
    std::optional<int> exit_code;     ///< absent: killed by a signal, or still running
    std::optional<int> signal;        ///< the signal that killed it
    std::uint64_t user_ns = 0;        ///< getrusage of the command and its reaped children
    std::uint64_t system_ns = 0;      ///< the same
    std::uint64_t still_running = 0;  ///< its threads that outlived it
    std::uint64_t folded = 0;         ///< exited threads that are only in the sums, not listed individually
    bool network = false;             ///< bytes through sockets were counted all the time
    TallyGroup total;
    std::vector<TallyGroup> groups;
};

}  // namespace tsa
