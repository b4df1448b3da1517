// SPDX-License-Identifier: MIT
// The top of a report: processes by use and by delay, and the threads that are stuck (D) or dead and not reaped (Z).
// Pure: one pass over the rows, by partial selection; reuses its memory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "model/gpu_use.h"
#include "model/report.h"

namespace tsa {

enum class TopBy : std::uint8_t { cpu, memory, io, network, wait };
inline constexpr std::size_t kTopLists = 5;
/// Maximum length of a list.
inline constexpr std::size_t kMaxTop = 1000;

struct TopProcess {
    const ProcessRow* row = nullptr;
    std::uint64_t value = 0;  ///< cpu, wait: ns of the interval; memory: bytes; io, network: bytes of the interval
};

/// A process that uses a GPU.
struct TopGpuUser {
    const ProcessRow* row = nullptr;
    const GpuUse* use = nullptr;
};

/// A thread that cannot continue, or has ended but is still listed.
struct StuckThread {
    const ThreadRow* row = nullptr;
    std::optional<std::uint64_t> age_ns;  ///< in that state; absent if the source does not measure it
    bool at_least = false;                ///< the age is a lower bound
};

/// What a process used, or how long it was delayed; absent if not measured for all of its threads.
[[nodiscard]] std::optional<std::uint64_t> top_value(const ProcessRow& process, TopBy by);
/// Time in the measured latency states.
[[nodiscard]] std::uint64_t measured_latency_ns(const PerState<std::uint64_t>& state_ns, Measured measured);

/// From this age on, a wait for I/O, swap, memory or a kernel lock counts as stuck; any other D sleep does at once.
inline constexpr std::uint64_t kStuckFromNs = 1'000'000'000;

/// What `ps` would show as D: uninterruptible; if for a common reason, then for long.
[[nodiscard]] bool is_stuck(const Thread& thread, std::uint64_t now_ns);

/// Whether it belongs in a list of what is stuck: a thread in D, a zombie, and one that has been in any latency state
/// for kStuckFromNs, including a lock or CPU wait.
[[nodiscard]] bool is_held_up(const Thread& thread, std::uint64_t now_ns);

class TopLists {
  public:
    /// `wanted` processes per list and `wanted` stuck threads and zombies: the largest and the oldest. Zero values are
    /// not listed. Entries reference the report.
    void find(const Report& report, std::size_t wanted);

    [[nodiscard]] std::span<const TopProcess> by(TopBy by) const { return processes_[static_cast<std::size_t>(by)]; }
    /// The busiest first, then those with most memory there. Empty without Report::gpus.
    [[nodiscard]] std::span<const TopGpuUser> gpu_users() const { return gpu_users_; }
    [[nodiscard]] std::span<const StuckThread> stuck() const { return stuck_; }
    [[nodiscard]] std::span<const StuckThread> zombies() const { return zombies_; }
    /// The total, including those not listed.
    [[nodiscard]] std::size_t stuck_count() const { return stuck_count_; }
    [[nodiscard]] std::size_t zombie_count() const { return zombie_count_; }

  private:
    void find_threads(const Report& report, std::size_t wanted);
    void find_gpu_users(const Report& report, std::size_t wanted);

    std::array<std::vector<TopProcess>, kTopLists> processes_;
    std::vector<TopGpuUser> gpu_users_;
    std::vector<StuckThread> stuck_, zombies_;
    std::size_t stuck_count_ = 0, zombie_count_ = 0;
};

}  // namespace tsa
