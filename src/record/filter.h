// Which threads a recording has rows of. The machine's sums in system.csv are always of all of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "model/sample.h"

namespace tsa {

/// All conditions that are given must hold. A thread that has once matched is recorded to its end, whatever it is
/// called later: its rows tile its life.
struct ThreadFilter {
    std::optional<std::uint32_t> tgid;
    std::optional<std::uint32_t> uid;
    std::vector<std::uint32_t> tids;            ///< empty: any
    std::string comm_pattern;                   ///< as fnmatch(3) takes it; empty: any
    std::unordered_set<std::uint64_t> cgroups;  ///< IDs; empty: any
    bool kernel_threads = true;
    bool followed_only = false;  ///< the command of -- CMD and its descendants

    [[nodiscard]] bool matches(const Thread& thread) const;
};

}  // namespace tsa
