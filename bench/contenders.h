// SPDX-License-Identifier: MIT
// The four contenders in the scheduler's path: nothing, the smallest possible probe, a naive monitor, and the product's
// own Probe; and for comparison a probe that only finds the data of both threads. Each is attached for the lifetime of
// its Attached.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace tsa::bench {

enum class Contender : std::uint8_t { nothing, empty, naive, ours, finder };
inline constexpr std::array<Contender, 4> kContenders{Contender::nothing, Contender::empty, Contender::naive,
                                                      Contender::ours};

[[nodiscard]] std::string_view name(Contender contender);

/// Run time of programs, as counted by the kernel during the lifetime of Statistics.
struct Cost {
    std::uint64_t switch_ns = 0;  ///< in the programs at sched_switch
    std::uint64_t switch_runs = 0;
    std::uint64_t wakeup_ns = 0;  ///< in the program at sched_wakeup; 0: none
    std::uint64_t wakeup_runs = 0;
};

class Attached {
  public:
    virtual ~Attached() = default;
    [[nodiscard]] virtual Cost cost() const = 0;
    /// Waits recorded by the drill-down's probe so far; 0 without one.
    [[nodiscard]] virtual std::uint64_t waits() { return 0; }
    /// The same by the program that accounts them by stack.
    [[nodiscard]] virtual std::uint64_t waits_by_stack() { return 0; }
};

Result<std::unique_ptr<Attached>> attach(Contender contender);

/// The product's own Probe, plus the drill-down's on this thread.
Result<std::unique_ptr<Attached>> attach_with_target(std::uint32_t tid);
/// The same, which also accounts the thread's waits by stack.
Result<std::unique_ptr<Attached>> attach_with_stacks(std::uint32_t tid);

/// The product's own Probe, plus the probes of wakers, or those of neighbors with this thread chosen.
Result<std::unique_ptr<Attached>> attach_with_wakers(std::uint32_t tid);
Result<std::unique_ptr<Attached>> attach_with_neighbors(std::uint32_t tid);

/// The product's own Probe, which also counts neighbors by cgroup; or also with the probes of wakers, which count each
/// wakeup: what `record` attaches with --neighbors, and with --wakers.
Result<std::unique_ptr<Attached>> attach_with_cgroup_neighbors();
Result<std::unique_ptr<Attached>> attach_with_all_wakeups();

/// The product's own Probe, plus the probes that count network bytes.
Result<std::unique_ptr<Attached>> attach_with_network();

/// Enables run-time statistics of BPF programs during its lifetime, without changing the sysctl.
Result<Fd> enable_statistics();

/// The naive monitor's map of totals, for its reader.
class NaiveMonitor : public Attached {
  public:
    static Result<std::unique_ptr<NaiveMonitor>> start();
    /// Walks the map with get_next_key and one lookup per entry, and sums per process; returns the number of entries.
    virtual std::size_t read_by_key() = 0;
    /// The same with batch lookups.
    virtual std::size_t read_by_batch() = 0;
};

}  // namespace tsa::bench
