// SPDX-License-Identifier: MIT
// See groups.h.
#include "summary/groups.h"

#include <algorithm>
#include <cstring>

#include "model/tally.h"
#include "summary/summary.h"

namespace tsa {

namespace {

/// A thread without a row for this many intervals is dropped when room is needed: a torn read may hide one for a while.
constexpr std::uint32_t kForgottenAfter = 3;

template <std::size_t kSize>
void set(std::array<char, kSize>& to, std::string_view name) {
    name.copy(to.data(), to.size());
}

}  // namespace

GroupName group_name(std::string_view process, std::string_view thread) {
    GroupName name;
    set(name.process, process);
    set(name.thread, thread);
    return name;
}

bool BlockClock::begin(std::uint64_t interval_ns) {
    bool merged = false;
    if (lengths_ns_.empty() || in_last_ == per_block_) {
        if (lengths_ns_.size() == kMaxNoiseBlocks) {
            for (std::size_t at = 0; at < lengths_ns_.size() / 2; ++at) {
                lengths_ns_[at] = lengths_ns_[2 * at] + lengths_ns_[2 * at + 1];
            }
            lengths_ns_.resize(lengths_ns_.size() / 2);
            per_block_ *= 2;
            merged = true;
        }
        lengths_ns_.push_back(0);
        in_last_ = 0;
    }
    ++in_last_;
    lengths_ns_.back() += interval_ns;
    return merged;
}

void merge_blocks(std::vector<PerState<std::uint64_t>>& blocks) {
    const std::size_t merged = (blocks.size() + 1) / 2;
    for (std::size_t at = 0; at < merged; ++at) {
        PerState<std::uint64_t> sum = blocks[2 * at];
        for (std::size_t state = 0; 2 * at + 1 < blocks.size() && state < kStateCount; ++state) {
            sum[state] += blocks[2 * at + 1][state];
        }
        blocks[at] = sum;
    }
    blocks.resize(merged);
}

std::uint64_t flat_hash(const GroupName& name) {
    static_assert(sizeof(GroupName) % sizeof(std::uint64_t) == 0);
    std::array<std::uint64_t, sizeof(GroupName) / sizeof(std::uint64_t)> words{};
    std::memcpy(words.data(), &name, sizeof name);
    std::uint64_t mixed = 0;
    for (const std::uint64_t word : words) {
        mixed = flat_hash(mixed ^ word);
    }
    return mixed;
}

std::uint32_t GroupTable::add(const GroupName& name) {
    GroupSums& group = groups_.emplace_back();
    group.name = name;
    group.blocks.reserve(kMaxNoiseBlocks);
    return static_cast<std::uint32_t>(groups_.size() - 1);
}

std::uint32_t GroupTable::group_of(const GroupName& name) {
    if (const auto* place = places_.find(name)) {
        return place->index;
    }
    const GroupName others = group_name(kOtherNames, {});
    if (groups_.size() >= kMaxSummaryGroups && !(name == others)) {
        return group_of(others);
    }
    return places_.insert(name).entry.index = add(name);
}

void ThreadMemo::begin(std::size_t rows) {
    entries_.begin_round();
    if (2 * (entries_.size() + rows / 8) < entries_.places() && 2 * rows < entries_.places()) {
        return;
    }
    entries_.drop_unmet(kForgottenAfter);
    entries_.reserve(2 * std::max(entries_.size(), rows));
}

MemoEntry& ThreadMemo::find(const ThreadKey& key) {
    MemoEntry& entry = entries_.insert(key).entry;
    entries_.meet(entry);
    return entry;
}

}  // namespace tsa
