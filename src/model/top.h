// The first few of a report: processes by what they use and by what they lose, and the threads that are stuck (D) or
// dead and not reaped (Z). Pure: one pass over the rows, by partial selection; keeps its memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "model/report.h"

namespace tsa {

enum class TopBy : std::uint8_t { cpu, memory, io, wait };
inline constexpr std::size_t kTopLists = 4;
/// No list is longer, whatever is asked for.
inline constexpr std::size_t kMaxTop = 1000;

struct TopProcess {
    const ProcessRow* row = nullptr;
    std::uint64_t value = 0;  ///< cpu, wait: ns of the interval; memory: bytes; io: bytes of the interval
};

/// A thread that cannot go on, or is gone and still listed.
struct StuckThread {
    const ThreadRow* row = nullptr;
    std::optional<std::uint64_t> age_ns;  ///< in that state; absent when the source does not know
    bool at_least = false;                ///< the age is a lower bound
};

/// What a process used or lost; absent when that was not measured of all of its threads.
[[nodiscard]] std::optional<std::uint64_t> top_value(const ProcessRow& process, TopBy by);
/// Time lost to the latency states that were measured.
[[nodiscard]] std::uint64_t measured_latency_ns(const PerState<std::uint64_t>& state_ns, Measured measured);

/// From this age on a wait for I/O, swap, memory or a lock of the kernel counts as stuck; any other D sleep does at
/// once.
inline constexpr std::uint64_t kStuckFromNs = 1'000'000'000;

/// What `ps` would show as D: uninterruptible, and for long if it is for a usual reason.
[[nodiscard]] bool is_stuck(const Thread& thread, std::uint64_t now_ns);

/// Whether someone who looks for what is stuck wants to see it: a thread in D, a zombie, and one that has been in any
/// state of latency for kStuckFromNs, a lock or a CPU wait too.
[[nodiscard]] bool is_held_up(const Thread& thread, std::uint64_t now_ns);

class TopLists {
  public:
    /// `wanted` processes per list and `wanted` threads that are stuck, and zombies: the largest and the oldest. What
    /// is 0 is in no list. They refer into the report.
    void find(const Report& report, std::size_t wanted);

    [[nodiscard]] std::span<const TopProcess> by(TopBy by) const { return processes_[static_cast<std::size_t>(by)]; }
    [[nodiscard]] std::span<const StuckThread> stuck() const { return stuck_; }
    [[nodiscard]] std::span<const StuckThread> zombies() const { return zombies_; }
    /// All of them, also beyond the first.
    [[nodiscard]] std::size_t stuck_count() const { return stuck_count_; }
    [[nodiscard]] std::size_t zombie_count() const { return zombie_count_; }

  private:
    void find_threads(const Report& report, std::size_t wanted);

    std::array<std::vector<TopProcess>, kTopLists> processes_;
    std::vector<StuckThread> stuck_, zombies_;
    std::size_t stuck_count_ = 0, zombie_count_ = 0;
};

}  // namespace tsa
