// SPDX-License-Identifier: MIT
// The parts of a summary that grow with names: which group a row belongs to, and what each group adds up to. Two
// bounded tables of names (processes; threads within processes), and a cache of each thread's groups when it was last
// seen, so that a quiet thread costs one lookup and its name is not read. No allocation once names and the number of
// threads are steady. Used by SummaryBuilder only.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/flat_map.h"
#include "model/report.h"

namespace tsa {

/// A process's name (see process_title) and a thread's, NUL-padded; the latter empty in the table of processes.
struct GroupName {
    std::array<char, 108> process{};  ///< in the table of groups: the group's; of a longer path its end
    std::array<char, 20> thread{};
    bool operator==(const GroupName&) const = default;
};
[[nodiscard]] std::uint64_t flat_hash(const GroupName& name);
/// Cut to fit: a thread's name always fits.
[[nodiscard]] GroupName group_name(std::string_view process, std::string_view thread);

/// What a group adds up to. Times per state are kept per block only: their sum is the total.
struct GroupSums {
    GroupName name;
    std::uint64_t threads = 0, ended = 0, born = 0;
    std::uint64_t wall_ns = 0;
    PerPart<std::uint64_t> part_ns{};
    std::uint64_t voluntary_switches = 0, involuntary_switches = 0;
    std::uint64_t read_bytes = 0, write_bytes = 0;
    std::uint64_t net_rx_bytes = 0, net_tx_bytes = 0;
    std::uint64_t max_rss_bytes = 0;
    Measured measured = kMeasuredAll;
    std::vector<PerState<std::uint64_t>> blocks;  ///< as long as the number of blocks when it last grew: the rest is 0

    /// The sums of the block that is being filled.
    PerState<std::uint64_t>& block(std::size_t at) {
        if (blocks.size() <= at) {
            blocks.resize(at + 1);
        }
        return blocks[at];
    }
};

/// Intervals combined into blocks whose length doubles when there are too many: kMaxNoiseBlocks / 2 to kMaxNoiseBlocks
/// complete ones, and the one that is being filled.
class BlockClock {
  public:
    /// Starts an interval. True: merge the blocks of all groups with merge_blocks() before adding it.
    bool begin(std::uint64_t interval_ns);
    [[nodiscard]] std::size_t current() const { return lengths_ns_.empty() ? 0 : lengths_ns_.size() - 1; }
    [[nodiscard]] std::span<const std::uint64_t> lengths_ns() const { return lengths_ns_; }

  private:
    std::vector<std::uint64_t> lengths_ns_;
    std::uint64_t per_block_ = 1, in_last_ = 0;
};

/// Adds up neighbors: half as many blocks.
void merge_blocks(std::vector<PerState<std::uint64_t>>& blocks);

/// Maps names to groups; names beyond kMaxSummaryGroups share the group kOtherNames.
class GroupTable {
  public:
    std::uint32_t group_of(const GroupName& name);
    [[nodiscard]] GroupSums& at(std::uint32_t group) { return groups_[group]; }
    [[nodiscard]] std::span<GroupSums> all() { return groups_; }
    [[nodiscard]] std::span<const GroupSums> all() const { return groups_; }

  private:
    std::uint32_t add(const GroupName& name);

    std::vector<GroupSums> groups_;
    FlatMap<FlatIndex<GroupName>> places_;
};

inline constexpr std::uint32_t kNoGroup = UINT32_MAX;

/// A thread, and its groups when it was last seen.
struct MemoEntry {
    MemoEntry() = default;
    explicit MemoEntry(const ThreadKey& of) : tid(of.tid), start_time_ns(of.start_time_ns) {}

    std::uint32_t mark = 0;
    std::uint32_t tid = 0;
    std::uint64_t start_time_ns = 0;
    std::array<char, 16> comm{};  ///< raw, including the bytes after its end
    std::uint32_t process_group = kNoGroup, thread_group = kNoGroup;
    std::uint32_t delayed = UINT32_MAX;  ///< its place among the delayed threads

    [[nodiscard]] ThreadKey key() const { return {tid, start_time_ns}; }
    [[nodiscard]] static std::uint64_t hash(const ThreadKey& key) { return flat_hash(key.start_time_ns ^ key.tid); }
};

/// Each thread's groups when it was last seen.
class ThreadMemo {
  public:
    /// Reserves memory for an interval with that many rows.
    void begin(std::size_t rows);
    /// The thread's entry; a new one has no groups.
    MemoEntry& find(const ThreadKey& key);

  private:
    static constexpr std::size_t kFirstPlaces = 1024;

    FlatMap<MemoEntry> entries_{kFirstPlaces};
};

}  // namespace tsa
