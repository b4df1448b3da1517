// SPDX-License-Identifier: MIT
// Sums up whole lifetimes of threads by name: what `stat -- CMD` prints at the end, even for many thousands of
// short-lived children. Pure; bounded by kMaxTallyGroups names, the rest share one group.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/thread.h"

namespace tsa {

inline constexpr std::size_t kMaxTallyGroups = 512;
/// Name of the group of all names beyond the bound. Longer than any thread's name, so it cannot be one.
inline constexpr std::string_view kOtherNames = "(all other names)";

/// Threads of one name, or of all: their times from start to end (or to the end of the measurement) added up.
struct TallyGroup {
    std::array<char, 20> name{};
    std::uint64_t threads = 0;    ///< ever seen
    std::uint64_t processes = 0;  ///< those that were main threads
    std::uint64_t wall_ns = 0;
    PerState<std::uint64_t> state_ns{};
    PerPart<std::uint64_t> part_ns{};
    std::uint64_t voluntary_switches = 0;
    std::uint64_t involuntary_switches = 0;
    std::uint64_t read_bytes = 0;
    std::uint64_t write_bytes = 0;
    std::uint64_t net_rx_bytes = 0, net_tx_bytes = 0;  ///< of no meaning unless they were counted

    [[nodiscard]] std::string_view name_view() const;
};

class Tally {
  public:
    /// A thread's whole life so far, its open interval closed at `end_ns` (CLOCK_MONOTONIC). Add each thread once.
    void add(const Thread& thread, std::uint64_t end_ns);

    [[nodiscard]] const TallyGroup& total() const { return total_; }
    /// By execution time, most first; ties by wall time, then name.
    [[nodiscard]] std::vector<TallyGroup> groups() const;

  private:
    TallyGroup& group_of(std::string_view name);

    TallyGroup total_;
    std::vector<TallyGroup> groups_;
    std::unordered_map<std::string, std::size_t> index_;
};

}  // namespace tsa
