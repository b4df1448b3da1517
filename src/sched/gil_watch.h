// Tells the probes where the interpreter lock of Python processes is. A process is looked at when one of its threads
// has waited in an unknown futex, on a separate thread; what it finds holds from the next wait on.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "base/flat_map.h"
#include "base/side_thread.h"
#include "model/sample.h"
#include "sched/python_gil.h"

namespace tsa {

/// A process that was looked at.
struct LookedProcess {
    std::uint32_t mark = 0;
    std::uint32_t tgid = 0;
    std::uint64_t at_ns = 0;  // CLOCK_BOOTTIME
    LookedProcess() = default;
    explicit LookedProcess(std::uint32_t process) : tgid(process) {}
    [[nodiscard]] std::uint32_t key() const { return tgid; }
    static std::uint64_t hash(std::uint32_t key) { return flat_hash(key); }
};

class GilWatch {
  public:
    /// `ranges`: descriptor of the map tsa_named_ranges, which must stay open. The thread keeps what it needs to read
    /// other users' processes and to write the map, if it has it. Error: the thread could not be created.
    static Result<std::unique_ptr<GilWatch>> start(int ranges);

    /// Has the processes of these threads looked at that were not yet: `waiters` are indices of `sample` whose threads
    /// wait in a futex that is not known to be a lock. Never waits. Makes no system call unless there is a new one.
    void look(const Sample& sample, std::span<const std::uint32_t> waiters);

  private:
    /// At most this many processes in one round of the thread.
    static constexpr std::size_t kRound = 256;
    /// A process may load Python later.
    static constexpr std::uint64_t kAgainNs = 600'000'000'000;
    static constexpr std::size_t kMaxKnown = 16384;

    struct Round {
        std::array<std::uint32_t, kRound> tgids{};
        std::size_t count = 0;
    };

    GilWatch(std::shared_ptr<Round> round, std::unique_ptr<SideThread> thread)
        : round_(std::move(round)), thread_(std::move(thread)) {}
    void gather(const Sample& sample, std::span<const std::uint32_t> waiters);

    std::shared_ptr<Round> round_;  // the thread's while it is busy
    std::unique_ptr<SideThread> thread_;
    FlatMap<LookedProcess> looked_;
};

}  // namespace tsa
