// SPDX-License-Identifier: MIT
// See recorded_delays.h.
#include "app/commands/recorded_delays.h"

namespace tsa {

const DelayTable& RecordedDelays::fetch(const Report& report, const ThreadFilter& filter) {
    keys_.clear();
    for (const ThreadRow& row : report.threads) {
        const ThreadKey key = key_of(*row.now);
        if (filter.matches(*row.now) || feed_.table().find(key) != nullptr) {
            keys_.push_back(key);
        }
    }
    return feed_.fetch(keys_, report);
}

}  // namespace tsa
