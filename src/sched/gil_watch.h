// SPDX-License-Identifier: MIT
// Writes to the probes where the interpreter lock of Python processes is. A process is looked at when one of its
// threads has waited in an unknown futex, on separate threads, since its files may be on a file system that hangs; what
// it finds holds from the next wait on.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/flat_map.h"
#include "base/side_jobs.h"
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
    /// `ranges`: descriptor of the map tsa_named_ranges, which must stay open. The threads keep what they need to read
    /// other users' processes and to write the map, if they have it. Error: none could be created.
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

    /// This many processes on file systems that hang delay no other one.
    static constexpr std::size_t kThreads = 2;

    struct Round {
        std::vector<std::uint32_t> tgids;
        std::atomic<std::size_t> at{0};  ///< the one that is looked at
    };

    explicit GilWatch(int ranges);
    [[nodiscard]] std::vector<std::uint32_t> left_over() const;
    void gather(const Sample& sample, std::span<const std::uint32_t> waiters, std::vector<std::uint32_t>& tgids);

    int ranges_;
    std::shared_ptr<Round> round_;  // the last one
    SideJobs jobs_;
    FlatMap<LookedProcess> looked_;
};

}  // namespace tsa
