// SPDX-License-Identifier: MIT
// Which threads the user chose: by process, thread, user, name, cgroup, unit and container. What is chosen by number is
// in chosen.h; here all conditions are together. Used by every command that lists threads; totals of the machine always
// cover all threads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "model/chosen.h"
#include "model/thread.h"

namespace tsa {

class ProcessTable;

/// All given conditions must match. A thread that matched once is recorded to its end, even if it is renamed: its rows
/// tile its life.
struct ThreadFilter {
    std::vector<ChosenProcess> processes;  ///< any of them; empty: any
    std::optional<std::uint32_t> uid;
    std::vector<ChosenThread> threads;          ///< empty: any
    std::string comm_pattern;                   ///< fnmatch(3) pattern; empty: any
    std::unordered_set<std::uint64_t> cgroups;  ///< IDs; empty: any
    std::string cgroup;                         ///< path, chosen by `places`; empty: any
    std::string unit;                           ///< fnmatch(3) pattern; empty: any
    std::string container;                      ///< fnmatch(3) pattern of the name, or the start of the ID; empty: any
    const ProcessTable* places = nullptr;       ///< where cgroup, unit and container are looked up
    bool kernel_threads = true;
    bool followed_only = false;  ///< the command of -- CMD and its descendants

    [[nodiscard]] bool matches(const Thread& thread) const;
    /// Whether a thread's place in the tree of cgroups matters.
    [[nodiscard]] bool needs_places() const { return !cgroup.empty() || !unit.empty() || !container.empty(); }
    /// Whether it selects some of the threads, besides kernel threads or not.
    [[nodiscard]] bool selects() const;
};

}  // namespace tsa
