// SPDX-License-Identifier: MIT
// Which threads have rows in a recording. The machine's sums in system.csv always cover all threads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "model/chosen.h"
#include "model/thread.h"

namespace tsa {

/// All given conditions must match. A thread that matched once is recorded to its end, even if it is renamed: its rows
/// tile its life.
struct ThreadFilter {
    std::optional<ChosenProcess> process;
    std::optional<std::uint32_t> uid;
    std::vector<ChosenThread> threads;          ///< empty: any
    std::string comm_pattern;                   ///< fnmatch(3) pattern; empty: any
    std::unordered_set<std::uint64_t> cgroups;  ///< IDs; empty: any
    bool kernel_threads = true;
    bool followed_only = false;  ///< the command of -- CMD and its descendants

    [[nodiscard]] bool matches(const Thread& thread) const;
};

}  // namespace tsa
