// The four that are compared on the scheduler's path: nothing, the least possible probe, a naive monitor, and the
// product's own Probe. Each is attached while its Attached lives.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace tsa::bench {

enum class Contender : std::uint8_t { nothing, empty, naive, ours };
inline constexpr std::array<Contender, 4> kContenders{Contender::nothing, Contender::empty, Contender::naive,
                                                      Contender::ours};

[[nodiscard]] std::string_view name(Contender contender);

/// Run time of programs, as the kernel counts it while Statistics lives.
struct Cost {
    std::uint64_t switch_ns = 0;  ///< in the programs at sched_switch
    std::uint64_t switch_runs = 0;
    std::uint64_t wakeup_ns = 0;  ///< in the program at sched_wakeup; 0 when there is none
    std::uint64_t wakeup_runs = 0;
};

class Attached {
  public:
    virtual ~Attached() = default;
    [[nodiscard]] virtual Cost cost() const = 0;
    /// Waits that the drill-down's probe has told of so far; 0 without one.
    [[nodiscard]] virtual std::uint64_t waits() { return 0; }
};

Result<std::unique_ptr<Attached>> attach(Contender contender);

/// The product's own Probe, and beside it the drill-down's on this thread.
Result<std::unique_ptr<Attached>> attach_with_target(std::uint32_t tid);

/// Run-time statistics of BPF programs, on while this lives; the sysctl is left as it is.
Result<Fd> enable_statistics();

/// The naive monitor's map of totals, kept for its reader.
class NaiveMonitor : public Attached {
  public:
    static Result<std::unique_ptr<NaiveMonitor>> start();
    /// Walks the map with get_next_key and a look-up per entry, sums per process; returns the entries seen.
    virtual std::size_t read_by_key() = 0;
    /// The same with one batch look-up after another.
    virtual std::size_t read_by_batch() = 0;
};

}  // namespace tsa::bench
