// SPDX-License-Identifier: MIT
// See stack_accounts.h.
#include "sched/stack_accounts.h"

#include <algorithm>
#include <iterator>

#include "sched/consistent_copy.h"
#include "tsa_states.h"

namespace tsa {

namespace {

static_assert(kNoFingerprint == TSA_NO_FINGERPRINT);

StackAccount decode(const tsa_stack_account& entry) {
    StackAccount account;
    account.state = static_cast<ThreadState>(std::min<std::uint64_t>(entry.key.state, kStateCount - 1));
    account.fingerprint = entry.key.fingerprint;
    account.waits.count = entry.count;
    account.waits.total_ns = entry.total_ns;
    account.waits.max_ns = entry.max_ns;
    account.waits.max_at_ns = entry.max_at_ns;
    std::ranges::copy(entry.lengths, account.waits.lengths.begin());
    return account;
}

}  // namespace

void StackAccountReader::read(std::span<const tsa_stack_account> table, std::size_t used,
                              std::vector<StackAccount>& accounts) {
    const std::span<const tsa_stack_account> live = table.first(std::min(used, table.size()));
    if (copies_.size() < live.size()) {
        copies_.resize(live.size());
    }
    accounts.clear();
    for (std::size_t at = TSA_STACK_OTHERS + 1; at < live.size(); ++at) {
        static_cast<void>(copy_consistent(live[at], copies_[at]));
        if (copies_[at].count != 0) {
            accounts.push_back(decode(copies_[at]));
        }
    }
}

}  // namespace tsa
