// SPDX-License-Identifier: MIT
// See filter.h.
#include "record/filter.h"

#include <fnmatch.h>

#include <algorithm>

namespace tsa {

bool ThreadFilter::matches(const Thread& thread) const {
    if ((thread.kernel && !kernel_threads) || (followed_only && !thread.followed)) {
        return false;
    }
    if ((process && !process->matches(thread)) || (uid && thread.uid != *uid)) {
        return false;
    }
    const auto is_it = [&thread](const ChosenThread& chosen) { return chosen.matches(thread); };
    if (!threads.empty() && std::ranges::none_of(threads, is_it)) {
        return false;
    }
    if (!cgroups.empty() && !cgroups.contains(thread.cgroup_id)) {
        return false;
    }
    if (comm_pattern.empty()) {
        return true;
    }
    // The name is terminated within its array: comm_of() has no terminator, and fnmatch() needs one.
    std::array<char, std::tuple_size_v<decltype(thread.comm)> + 1> name{};
    std::ranges::copy(comm_of(thread), name.begin());
    return fnmatch(comm_pattern.c_str(), name.data(), 0) == 0;
}

}  // namespace tsa
