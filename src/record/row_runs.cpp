// SPDX-License-Identifier: MIT
// See row_runs.h.
#include "record/row_runs.h"

#include <algorithm>

namespace tsa {

RowRuns::RowRuns(std::span<const RowRun> runs, const RowsWanted& wanted) {
    for (const RowRun& run : runs) {
        const auto want = wanted.find(run.time_unix_ns);
        const bool whole = want != wanted.end() && want->second == run.rows;
        Choice& choice = by_time_[run.time_unix_ns];
        if (choice.run == nullptr) {
            choice = {&run, false, whole};
        } else if (choice.run->content == run.content) {
            ++copies_;
        } else {
            choice.several = true;
            if (whole && !choice.whole) {
                choice = {&run, true, true};
            }
        }
    }
    for (const RowRun& run : runs) {
        if (by_time_.at(run.time_unix_ns).run == &run) {
            used_.push_back(&run);
            rows_ += run.rows;
            scattered_ += is_scattered(run) ? 1 : 0;
            repeating_ += run.place.repeats ? 1 : 0;
        }
    }
}

const RowRun* RowRuns::find(std::uint64_t time_unix_ns) const {
    const auto found = by_time_.find(time_unix_ns);
    return found != by_time_.end() ? found->second.run : nullptr;
}

bool RowRuns::is_scattered(const RowRun& run) const {
    const Choice& choice = by_time_.at(run.time_unix_ns);
    return choice.several && !choice.whole;
}

}  // namespace tsa
