// SPDX-License-Identifier: MIT
// See delays.h.
#include "tui/overview/delays.h"

#include "model/wait_labels.h"

namespace tsa {

void ShownDelays::update(const Report& report) {
    labeled_ns_.clear();
    if (report.stacks == nullptr && (report.labels == nullptr || report.labels->size() == 0)) {
        return;
    }
    labeled_ns_.resize(report.processes.size());
    for (const ThreadRow& row : report.threads) {
        labeled_ns_[row.process] += delay_labeled_ns(report, row).value_or(0);
    }
}

std::uint64_t ShownDelays::of(const Report& report, const ProcessRow& row) const {
    const auto at = static_cast<std::size_t>(&row - report.processes.data());
    return latency_ns(row.state_ns) + (at < labeled_ns_.size() ? labeled_ns_[at] : 0);
}

}  // namespace tsa
