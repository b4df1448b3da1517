// SPDX-License-Identifier: MIT
// Who ends the waits of threads (bpf/wakers.bpf.c): programs at sched_waking and at interrupts, attached only while
// something shows wakers. Destroying it detaches them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/result.h"
#include "model/wakers.h"
#include "model/wakeups.h"
#include "sched/probe.h"

namespace tsa {

class WakerProbe {
  public:
    /// Whether each wakeup is counted as well, by waker, for next_round().
    enum class Scope : std::uint8_t { last_wakers, all_wakeups };

    /// Records the wakers of all threads of `probe` from now on; `probe` must outlive it. Takes some 50 ms.
    /// Probe::costs() includes its programs. Errors: no privilege, the verifier; with a hint.
    static Result<std::unique_ptr<WakerProbe>> start(Probe& probe, Scope scope = Scope::last_wakers);
    WakerProbe(const WakerProbe&) = delete;
    WakerProbe& operator=(const WakerProbe&) = delete;
    ~WakerProbe();

    /// The last waker of the thread in a slot (the index in Sample::threads); absent: none since the start. No system
    /// call.
    [[nodiscard]] std::optional<Waker> last_waker(std::size_t slot, std::uint32_t life) const;

    /// Time of interrupts while that thread executed, since its first one; absent: there was none. No system call.
    [[nodiscard]] std::optional<std::uint64_t> irq_ns(std::size_t slot, std::uint32_t life) const;

    /// From now on all wakers of this thread are recorded as well; the table starts empty. Absent: of none.
    struct Chosen {
        std::size_t slot = 0;
        std::uint32_t life = 0;
    };
    void choose(const std::optional<Chosen>& thread);
    /// Fills `wakers` and `others`, longest total first. No system call. Reuses the memory of `out`.
    void read(WokenTable& out) const;

    /// With all_wakeups: what ends from now on is of the next round.
    void next_round();
    /// The waits that ended in earlier rounds and were not read yet, and forgets them. At most kMaxWakeups lines of a
    /// round; what is beyond is in `missed`. A wakeup that is being counted while the round changes may be lost: call
    /// it a little after next_round(). Some system calls. Reuses the memory of `out`; leaves `exec_irq` as it is.
    void read_rounds(WakerInterval& out);
    static constexpr std::size_t kMaxWakeups = 16384;

  private:
    struct Impl;
    explicit WakerProbe(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace tsa
