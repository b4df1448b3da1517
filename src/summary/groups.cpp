// See groups.h.
#include "summary/groups.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "summary/summary.h"

namespace tsa {

namespace {

/// A thread without a row for so many intervals is forgotten when room is needed: a torn read may hide one for a while.
constexpr std::uint32_t kForgottenAfter = 3;
constexpr std::uint64_t kHashFactor = 0x9e3779b97f4a7c15;  // 2^64 / golden ratio

std::size_t hash_of(const ThreadKey& key) {
    const std::uint64_t mixed = (key.start_time_ns ^ key.tid) * kHashFactor;
    return mixed ^ (mixed >> 32U);
}

std::size_t hash_of(const GroupName& name) {
    static_assert(sizeof(GroupName) % sizeof(std::uint64_t) == 0);
    std::array<std::uint64_t, sizeof(GroupName) / sizeof(std::uint64_t)> words{};
    std::memcpy(words.data(), &name, sizeof name);
    std::uint64_t mixed = 0;
    for (const std::uint64_t word : words) {
        mixed = (mixed ^ word) * kHashFactor;
        mixed ^= mixed >> 29U;
    }
    return mixed;
}

void set(std::array<char, 20>& to, std::string_view name) {
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

GroupTable::GroupTable() : table_(std::bit_ceil(2 * (kMaxSummaryGroups + 1)), 0) {}

std::uint32_t GroupTable::add(const GroupName& name) {
    GroupSums& group = groups_.emplace_back();
    group.name = name;
    group.blocks.reserve(kMaxNoiseBlocks);
    return static_cast<std::uint32_t>(groups_.size() - 1);
}

std::uint32_t GroupTable::group_of(const GroupName& name) {
    const std::size_t mask = table_.size() - 1;
    std::size_t at = hash_of(name) & mask;
    while (table_[at] != 0 && !(groups_[table_[at] - 1].name == name)) {
        at = (at + 1) & mask;
    }
    if (table_[at] == 0) {
        const GroupName others = group_name(kOtherGroups, {});
        if (groups_.size() >= kMaxSummaryGroups && !(name == others)) {
            return group_of(others);
        }
        table_[at] = add(name) + 1;
    }
    return table_[at] - 1;
}

void ThreadMemo::begin(std::size_t rows) {
    ++interval_;
    if (2 * (used_ + rows / 8) < table_.size() && 2 * rows < table_.size()) {
        return;
    }
    const auto kept = [this](const Entry& entry) {
        return entry.seen != 0 && entry.seen + kForgottenAfter >= interval_;
    };
    const auto remain = static_cast<std::size_t>(std::ranges::count_if(table_, kept));
    spare_.assign(std::max(kFirstSize, std::bit_ceil(4 * std::max(remain, rows))), Entry{});
    std::swap(table_, spare_);
    used_ = 0;
    for (const Entry& entry : spare_) {
        if (kept(entry)) {
            const std::uint32_t seen = entry.seen;
            Entry& copy = find({entry.tid, entry.start_time_ns});
            copy = entry;
            copy.seen = seen;
        }
    }
}

ThreadMemo::Entry& ThreadMemo::find(const ThreadKey& key) {
    const std::size_t mask = table_.size() - 1;
    std::size_t at = hash_of(key) & mask;
    while (table_[at].seen != 0 && (table_[at].tid != key.tid || table_[at].start_time_ns != key.start_time_ns)) {
        at = (at + 1) & mask;
    }
    Entry& entry = table_[at];
    if (entry.seen == 0) {
        ++used_;
        entry.tid = key.tid;
        entry.start_time_ns = key.start_time_ns;
    }
    entry.seen = interval_;
    return entry;
}

}  // namespace tsa
