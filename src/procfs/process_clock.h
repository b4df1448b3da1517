// SPDX-License-Identifier: MIT
// The execution time of a whole process in ns with one system call: CLOCK_PROCESS_CPUTIME_ID of another process, which
// any user may read. It is the sum of the schedstat times of its threads, including exited ones. If the clock of a
// process did not advance, none of its threads ran, was created or ended: its files need not be read. Measured on Linux
// 6.18: 0.3 µs for a process of one thread, 7 µs for 1,000 threads, 160 µs for 10,000: 1/300 of reading the schedstat
// of each.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

namespace tsa {

/// By process ID; absent if there is no such process.
using ProcessClock = std::function<std::optional<std::uint64_t>(std::uint32_t tgid)>;

/// The kernel's clock. Process IDs are those of the caller's PID namespace.
[[nodiscard]] std::optional<std::uint64_t> process_clock_ns(std::uint32_t tgid);

}  // namespace tsa
