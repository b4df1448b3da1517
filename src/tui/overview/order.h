// SPDX-License-Identifier: MIT
// Keeps the rows of the overview where they are: rows are sorted by their mean over the last seconds, and sorted again
// at most every other second, however often the numbers on them change. Collects at each report what the rows had since
// then, only of those that had any; allocates nothing once it has had as many rows.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/flat_map.h"
#include "base/time_units.h"
#include "model/columns.h"
#include "tui/overview/delays.h"

namespace tsa {

/// The initial sort key: the column of all delays.
inline constexpr std::string_view kSortLatency = "latency_ns";
/// These are not columns of the table: exec since first seen, and storage I/O, read and written together.
inline constexpr std::string_view kSortExecTotal = "exec_total";
inline constexpr std::string_view kSortIo = "io_bytes";
/// Of processes read by the caller: RowList has it.
inline constexpr std::string_view kCpuTime = "cpu_time_ns";

/// What a row is sorted by, of the interval alone. Of a process without `exec_total`, which RowList sums up.
[[nodiscard]] Value sort_value_now(const Report& report, const ThreadRow& row, std::string_view key,
                                   const Column* column);
[[nodiscard]] Value sort_value_now(const Report& report, const ProcessRow& row, std::string_view key,
                                   const Column* column, const ShownDelays& delays);

/// What a row is sorted by until it is sorted again.
struct HeldValue {
    HeldValue() = default;
    explicit HeldValue(const ThreadKey& key) : of(key) {}

    std::uint32_t mark = 0;
    ThreadKey of{};
    std::int64_t value = 0;

    [[nodiscard]] const ThreadKey& key() const { return of; }
    [[nodiscard]] static std::uint64_t hash(const ThreadKey& key) { return flat_hash(key.start_time_ns ^ key.tid); }
};

class HeldOrder {
  public:
    static constexpr std::uint64_t kMeanNs = 3 * kNsPerSecond;
    static constexpr std::uint64_t kHeldNs = 2 * kNsPerSecond;

    /// A new interval. Sorts again if the order is `held_ns` old, or by another key.
    void add(const Report& report, std::string_view key, std::uint64_t held_ns = kHeldNs);
    /// By the last report that was added, before its time is over: a key asked for it.
    void sort_now(const Report& report, std::string_view key);
    /// Drops what was collected: the next interval does not follow the last one, or is to be sorted by itself.
    void reset();

    /// Whether it has an order by that key for the rows of this report.
    [[nodiscard]] bool holds(const Report& report, std::string_view key) const {
        return sorted_ && added_ns_ == report.now_ns && key == key_;
    }
    /// What a row is sorted by while the order is held; `now` is its value in this interval.
    [[nodiscard]] Value held(const ThreadKey& key, const Value& now) const { return held(threads_, key, now); }
    [[nodiscard]] Value held(std::uint32_t tgid, const Value& now) const { return held(processes_, {tgid, 0}, now); }

  private:
    /// How the values of a key are held.
    enum class Kind : std::uint8_t {
        sum,     ///< an amount of the interval: added up
        latest,  ///< a number that may change at any time: as it was when sorted
        steady,  ///< a name: not held
    };
    struct Amount {
        ThreadKey key;
        std::int64_t value = 0;
    };
    struct Slice {
        std::uint64_t end_ns = 0, length_ns = 0;
        std::vector<Amount> threads, processes;
    };
    using Values = FlatMap<HeldValue>;

    /// Short intervals share a slice of this length at least.
    static constexpr std::uint64_t kSliceNs = 250'000'000;
    static constexpr std::size_t kSlices = kMeanNs / kSliceNs + 1;

    [[nodiscard]] Value held(const Values& values, const ThreadKey& key, const Value& now) const;
    void start_by(std::string_view key);
    void collect(const Report& report);
    void sort(const Report& report);

    std::string key_;
    const Column* column_ = nullptr;
    Kind kind_ = Kind::sum;
    bool sorted_ = false;
    std::uint64_t added_ns_ = 0, sorted_at_ns_ = 0;
    std::array<Slice, kSlices> slices_;
    std::size_t newest_ = 0;
    ShownDelays delays_;
    Values threads_, processes_;
};

}  // namespace tsa
