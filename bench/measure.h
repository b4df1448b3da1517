// Numbers of repeated measurements: median and spread, clocks, and what the machine was doing meanwhile.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tsa::bench {

/// The median of some rounds, and the quartiles around it.
struct Spread {
    double median = 0;
    double low = 0;   ///< first quartile
    double high = 0;  ///< third quartile
    std::size_t rounds = 0;
};

/// `values` in any order; all zero when it is empty.
[[nodiscard]] Spread spread(std::vector<double> values);

/// "7 rounds, 1.44 to 1.52"
[[nodiscard]] std::string words(const Spread& spread, int digits);

/// CLOCK_MONOTONIC.
[[nodiscard]] std::uint64_t monotonic_ns();

void sleep_ms(std::uint32_t ms);

/// Reads a buffer larger than the caches, as everything between two refreshes half a second apart does.
void evict_caches();

/// "Linux 6.18, 2 CPUs, load 0.52": what the figures were taken on.
[[nodiscard]] std::string machine();

/// Threads on the machine now; 0 when /proc does not tell.
[[nodiscard]] long threads_now();

/// True when PATH has such a program.
[[nodiscard]] bool has_tool(const std::string& name);

}  // namespace tsa::bench
