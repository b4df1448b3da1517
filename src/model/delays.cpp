// SPDX-License-Identifier: MIT
// See delays.h.
#include "model/delays.h"

#include <algorithm>
#include <tuple>

#include "base/saturating.h"

namespace tsa {

namespace {

bool before(const ThreadKey& left, const ThreadKey& right) {
    return std::tie(left.tid, left.start_time_ns) < std::tie(right.tid, right.start_time_ns);
}

}  // namespace

const ThreadDelays* DelayTable::find(const ThreadKey& key) const {
    const auto found =
        std::lower_bound(entries_.begin(), entries_.end(), key,
                         [](const ThreadDelays& entry, const ThreadKey& wanted) { return before(entry.key, wanted); });
    return found != entries_.end() && found->key == key ? &*found : nullptr;
}

void DelayTable::assign(std::vector<ThreadDelays>& entries) {
    entries_.swap(entries);
    std::sort(entries_.begin(), entries_.end(),
              [](const ThreadDelays& left, const ThreadDelays& right) { return before(left.key, right.key); });
}

std::optional<std::uint64_t> delay_growth_ns(const ThreadDelays& delays, DelayKind kind,
                                             const DelayAccounting& accounting) {
    if (!delays.has_before ||
        delay_absence(delays.now, kind, accounting, delays.key.start_time_ns) != DelayAbsence::none) {
        return std::nullopt;
    }
    const std::uint64_t now = delays.now.delay(kind)->total_ns;
    const std::optional<Delay>& earlier = delays.before.delay(kind);
    const std::uint64_t then = earlier ? earlier->total_ns : 0;
    return saturating_sub(now, then);
}

}  // namespace tsa
