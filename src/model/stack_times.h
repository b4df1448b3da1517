// SPDX-License-Identifier: MIT
// Where the time of the displayed thread goes, by stack: accounts of its waits, each with a fingerprint of the stack,
// and the stacks of those fingerprints that are known. Filled by src/stacks, shown by the drill-down. Pure data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/wait_stack.h"
#include "model/waits.h"

namespace tsa {

/// Waits of one state that have the same fingerprint. A CPU_WAIT after a wait has the fingerprint of that one.
struct StackAccount {
    ThreadState state = ThreadState::sleep;
    std::uint64_t fingerprint = 0;
    WaitLengths waits;
};

/// Of the waits that began before fingerprints were taken.
inline constexpr std::uint64_t kNoFingerprint = 0;

struct KnownStack {
    WaitStack stack;
    /// Another copy with this fingerprint had other callers: `stack` has only the functions that are common to both.
    bool callers_differ = false;
};

/// The wait that has not ended.
struct OpenAccount {
    ThreadState state = ThreadState::sleep;
    std::optional<std::uint64_t> fingerprint;  ///< absent: not known at this moment
    std::uint64_t since_ns = 0;                ///< CLOCK_MONOTONIC
    std::uint64_t ns = 0;                      ///< so far
};

/// On-CPU time, by samples.
struct CpuSamples {
    std::string unavailable;                                  ///< why there are none, with a hint; empty: there are
    std::unordered_map<std::uint64_t, std::uint64_t> counts;  ///< by fingerprint of `stacks`
    std::uint64_t dropped = 0;                                ///< samples beyond what a refresh may cost
};

struct StackTimes {
    std::string unavailable;         ///< why there is nothing, with a hint; empty: there is
    std::uint64_t since_ns = 0;      ///< CLOCK_MONOTONIC at which it began; the first wait may be older. 0: not begun
    std::uint64_t now_ns = 0;        ///< of the last reading
    std::uint64_t long_wait_ns = 0;  ///< stacks whose waits are all shorter are not copied
    PerState<std::uint64_t> exact_ns{};  ///< all time in each state since then, and of the open wait all of it
    std::vector<StackAccount> accounts;  ///< of waits that have ended
    std::optional<OpenAccount> open;
    std::unordered_map<std::uint64_t, KnownStack> stacks;  ///< by fingerprint
    std::uint64_t uncopied = 0;                            ///< long waits whose stack could not be copied in time
    CpuSamples cpu;
};

}  // namespace tsa
