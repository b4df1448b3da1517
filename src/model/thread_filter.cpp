// SPDX-License-Identifier: MIT
// See thread_filter.h.
#include "model/thread_filter.h"

#include <fnmatch.h>

#include <algorithm>

#include "model/process_table.h"

namespace tsa {

namespace {

bool is_like(const std::string& pattern, const std::string& text) {
    return fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
}

bool is_within(std::string_view path, std::string_view above) {
    return path.starts_with(above) && (above == "/" || path.size() == above.size() || path[above.size()] == '/');
}

/// A unit may be named without its suffix.
bool is_unit(const std::string& pattern, const std::string& unit) {
    return is_like(pattern, unit) || (pattern.find('.') == std::string::npos && is_like(pattern + ".service", unit));
}

bool is_container(const std::string& pattern, const CgroupPlace& place) {
    return !place.container_id.empty() &&
           (is_like(pattern, place.container) || std::string_view(place.container_id).starts_with(pattern));
}

}  // namespace

bool ThreadFilter::selects() const {
    return !processes.empty() || uid || !threads.empty() || !comm_pattern.empty() || !cgroups.empty() ||
           needs_places() || followed_only;
}

bool ThreadFilter::matches(const Thread& thread) const {
    if ((thread.kernel && !kernel_threads) || (followed_only && !thread.followed) || (uid && thread.uid != *uid)) {
        return false;
    }
    const auto is_it = [&thread](const auto& chosen) { return chosen.matches(thread); };
    if ((!processes.empty() && std::ranges::none_of(processes, is_it)) ||
        (!threads.empty() && std::ranges::none_of(threads, is_it))) {
        return false;
    }
    if (!cgroups.empty() && !cgroups.contains(thread.cgroup_id)) {
        return false;
    }
    if (needs_places()) {
        const CgroupPlace* place = places != nullptr ? places->place_of(thread) : nullptr;
        if (place == nullptr || (!cgroup.empty() && !is_within(place->path, cgroup)) ||
            (!unit.empty() && !is_unit(unit, place->unit)) ||
            (!container.empty() && !is_container(container, *place))) {
            return false;
        }
    }
    if (comm_pattern.empty()) {
        return true;
    }
    return is_like(comm_pattern, std::string(comm_of(thread)));
}

}  // namespace tsa
