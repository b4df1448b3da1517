// SPDX-License-Identifier: MIT
// Where the data of a sample comes from, what is missing, and the cost of measuring.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tsa {

/// Each way in which data can be missing. Cumulative since start unless said otherwise. All zero on a healthy machine.
struct Health {
    std::uint64_t threads_without_slot = 0;  ///< now
    std::uint64_t slots_refused = 0;
    std::uint64_t slots_leaked = 0;  ///< could not be freed: one fewer for later threads
    std::uint64_t exit_records_lost = 0;
    std::uint64_t exits_folded = 0;  ///< exits beyond the bound of one interval: summed, not listed
    std::uint64_t torn_reads = 0;    ///< slots skipped in this sample because of a concurrent writer
    std::uint64_t storage_failures = 0;
    std::uint64_t missed_switches = 0;     ///< a switch-in that no probe saw; repaired from the kernel's run time
    std::uint64_t missed_frees = 0;        ///< exits that no probe saw; detected by a scan
    std::uint64_t unwatched_switches = 0;  ///< switches to threads that the kernel hides from BPF programs
    std::uint64_t clock_backwards = 0;
    std::uint64_t locks_unread = 0;   ///< locks whose holder could not be read in time
    std::uint64_t labels_unread = 0;  ///< times that a process did not let its waits be looked at for a second
    std::uint64_t stacks_unread = 0;  ///< stacks that were asked for, and not read in time or beyond the limit

    /// Whether the thread data is incomplete in any way.
    [[nodiscard]] std::uint64_t lost() const {
        return threads_without_slot + exit_records_lost + exits_folded + torn_reads + storage_failures;
    }
};

/// What this program has used so far.
struct OwnCost {
    std::uint64_t cpu_ns = 0;               ///< process CPU time, cumulative
    std::optional<std::uint64_t> probe_ns;  ///< run time of all probes, cumulative; only with kernel.bpf_stats_enabled
    std::optional<std::uint64_t> probe_runs;
};

enum class Source : std::uint8_t { bpf, procfs, replay };
[[nodiscard]] std::string_view source_key(Source source);

}  // namespace tsa
