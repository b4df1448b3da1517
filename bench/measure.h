// SPDX-License-Identifier: MIT
// Statistics of repeated measurements: median and spread, clocks, and the machine's load meanwhile.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tsa::bench {

/// The median and the quartiles of some rounds.
struct Spread {
    double median = 0;
    double low = 0;   ///< first quartile
    double high = 0;  ///< third quartile
    std::size_t rounds = 0;
};

/// `values` in any order; all zero if empty.
[[nodiscard]] Spread spread(std::vector<double> values);

/// "7 rounds, 1.44 to 1.52"
[[nodiscard]] std::string spread_text(const Spread& spread, int digits);

/// CLOCK_MONOTONIC.
[[nodiscard]] std::uint64_t monotonic_ns();

void sleep_ms(std::uint32_t ms);

/// Reads a buffer larger than the caches, to simulate other activity between two refreshes half a second apart.
void evict_caches();

/// "Linux 6.18, 2 CPUs, load 0.52": the machine on which the figures were measured.
[[nodiscard]] std::string machine();

/// Current number of threads on the machine; 0: unknown.
[[nodiscard]] long threads_now();

/// Whether PATH has this program.
[[nodiscard]] bool has_tool(const std::string& name);

}  // namespace tsa::bench
