// SPDX-License-Identifier: MIT
// See lock_reader.h. The list of a thread is written only while it is idle, and may be read at any time, because at_ns
// marks the complete answers.
#include "sched/lock_reader.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/privilege.h"

namespace tsa {

struct LockReader::List : SideRelay::Work {
    std::shared_ptr<LockMemory> memory;
    std::size_t nth = 0;
    std::size_t count = 0;

    void run() override { memory->read(nth, count); }

    /// The process at which a read hangs; 0: none.
    [[nodiscard]] std::uint32_t hanging_tgid() const {
        for (const tsa_lock_query& query : memory->queries(nth).first(count)) {
            const bool is_open = __atomic_load_n(&query.at_ns, __ATOMIC_ACQUIRE) == 0;
            if (is_open && query.kind == TSA_LOCK_USER) {
                return query.tgid;
            }
        }
        return 0;
    }
};

LockReader::LockReader(std::shared_ptr<LockMemory> memory, std::unique_ptr<SideRelay> relay)
    : memory_(std::move(memory)), relay_(std::move(relay)) {
    chosen_.reserve(TSA_MAX_LOCKS);
}

Result<std::unique_ptr<LockReader>> LockReader::start() {
    static_assert(TSA_LOCK_LISTS == SideRelay::kMaxThreads);
    const std::shared_ptr<LockMemory> memory = LockMemory::open();
    const auto make = [memory](std::size_t nth) {
        auto list = std::make_shared<List>();
        list->memory = memory;
        list->nth = nth;
        return list;
    };
    const bool by_process_vm = memory->source() == HolderSource::process_vm;
    auto relay = TRY(SideRelay::start(
        "rstat-locks", by_process_vm ? list_of_capabilities(PrivilegeUse::locks) : std::vector<int>{}, make));
    return std::unique_ptr<LockReader>(new LockReader(memory, std::move(relay)));
}

void LockReader::choose(std::span<const tsa_lock_query> queries) {
    std::array<std::uint32_t, SideRelay::kMaxThreads> hanging{};
    std::size_t hangs = 0;
    relay_->for_each_late(
        [&](const SideRelay::Work& work) { hanging[hangs++] = static_cast<const List&>(work).hanging_tgid(); });
    const bool may_hang = relay_->may_hang();
    chosen_.clear();
    for (std::uint32_t at = 0; at < queries.size() && chosen_.size() < TSA_MAX_LOCKS; ++at) {
        const bool hung = std::ranges::find(hanging, queries[at].tgid) != hanging.end();
        if (queries[at].kind != TSA_LOCK_USER || (may_hang && !hung)) {
            chosen_.push_back(at);
        }
    }
}

void LockReader::read(std::span<tsa_lock_query> queries, std::chrono::nanoseconds within) {
    if (!relay_->take_turn()) {
        return;
    }
    choose(queries);
    auto& list = static_cast<List&>(relay_->current());
    const std::span<tsa_lock_query> shared = memory_->queries(list.nth);
    list.count = chosen_.size();
    for (std::size_t at = 0; at < chosen_.size(); ++at) {
        shared[at] = queries[chosen_[at]];
    }
    relay_->begin();
    [[maybe_unused]] const bool done = relay_->wait_for(within);
    for (std::size_t at = 0; at < chosen_.size(); ++at) {
        if (__atomic_load_n(&shared[at].at_ns, __ATOMIC_ACQUIRE) != 0) {
            queries[chosen_[at]] = shared[at];
        }
    }
}

}  // namespace tsa
