// SPDX-License-Identifier: MIT
// See wait_entries.h.
#include "sched/wait_entries.h"

#include <algorithm>

#include "sched/consistent_copy.h"

namespace tsa {

namespace {

static_assert(kWaitFirstPower == TSA_WAIT_FIRST_POWER);
static_assert(kWaitSubBuckets == 1U << TSA_WAIT_SUB_POWER);
static_assert(kWaitBuckets == TSA_WAIT_BUCKETS);

bool more_time(const WaitTotals& a, const WaitTotals& b) {
    return a.total_ns > b.total_ns;
}

WaitKind kind_of(const tsa_wait_key& key) {
    WaitKind kind;
    kind.state = static_cast<ThreadState>(std::min<std::uint8_t>(key.state, TSA_STATE_COUNT - 1));
    kind.preempted = (key.flags & TSA_F_PREEMPTED) != 0;
    kind.throttled = kind.state == ThreadState::cpu_wait && (key.flags & TSA_F_THROTTLED) != 0;
    kind.wait.syscall = key.syscall;
    kind.wait.compat = (key.flags & TSA_F_COMPAT) != 0;
    kind.wait.kernel_lock = (key.flags & TSA_F_KERNEL_LOCK) != 0;
    kind.wait.doubtful = !kind.throttled && (key.flags & TSA_F_DOUBTFUL) != 0;
    kind.wait.kind = key.kind < TSA_KIND_COUNT ? static_cast<FutexKind>(key.kind) : FutexKind::none;
    kind.wait.args[0] = key.argument;
    kind.wait.kernel_ip = key.ip;
    return kind;
}

/// Whether two kinds differ at most in the address within one kernel function.
bool looks_like(const WaitKind& a, const WaitKind& b) {
    return a.state == b.state && !a.others && !b.others && a.wait.syscall == b.wait.syscall &&
           a.wait.compat == b.wait.compat && a.wait.kernel_lock == b.wait.kernel_lock &&
           a.wait.args[0] == b.wait.args[0] && b.wait.kernel_ip != 0 &&
           a.wait.kernel_function == b.wait.kernel_function;
}

}  // namespace

void WaitEntryReader::refresh(std::span<const tsa_wait_entry> table) {
    if (copies_.size() < table.size()) {
        copies_.resize(table.size());
    }
    order_.clear();
    for (std::uint32_t i = 0; i < table.size(); ++i) {
        static_cast<void>(copy_consistent(table[i], copies_[i]));
        if (copies_[i].count != 0) {
            order_.push_back(i);
        }
    }
    std::sort(order_.begin(), order_.end(),
              [this](std::uint32_t a, std::uint32_t b) { return copies_[a].total_ns > copies_[b].total_ns; });
}

void WaitEntryReader::put(const tsa_wait_entry& entry, bool others, std::vector<WaitTotals>& kinds) {
    WaitTotals totals;
    if (others) {
        totals.kind.others = true;
    } else {
        totals.kind = kind_of(entry.key);
        totals.kind.wait.kernel_function = namer_(entry.key.ip);
    }
    totals.count = entry.count;
    totals.total_ns = entry.total_ns;
    totals.max_ns = entry.max_ns;
    totals.max_at_ns = entry.max_at_ns;
    std::copy(std::begin(entry.lengths), std::end(entry.lengths), totals.lengths.begin());
    if (totals.kind.wait.kernel_ip != 0) {
        const auto same = std::find_if(kinds.begin(), kinds.end(),
                                       [&](const WaitTotals& each) { return looks_like(totals.kind, each.kind); });
        if (same != kinds.end()) {
            merge_waits(*same, totals);
            merged_ = true;
            return;
        }
    }
    kinds.push_back(totals);
}

void WaitEntryReader::read(std::span<const tsa_wait_entry> table, std::size_t used, std::vector<WaitTotals>& kinds) {
    refresh(table.first(std::min(used, table.size())));
    kinds.clear();
    merged_ = false;
    for (const std::uint32_t index : order_) {
        put(copies_[index], index == TSA_WAIT_OTHERS, kinds);
    }
    if (merged_) {
        std::sort(kinds.begin(), kinds.end(), more_time);
    }
}

}  // namespace tsa
