// The execution time of a whole process in one system call, ns: CLOCK_PROCESS_CPUTIME_ID of another process, which the
// kernel lets everybody read. It is the sum of what schedstat says of its threads, the dead ones included, so a process
// whose clock stood still has no thread that ran, was born, was woken to a CPU or ended: none of its files needs
// reading. Measured on Linux 6.18: 0.3 µs for a process of one thread, 7 µs for 1,000 threads, 160 µs for 10,000: 1/300
// of reading the schedstat of each.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

namespace tsa {

/// By process ID; absent when there is no such process.
using ProcessClock = std::function<std::optional<std::uint64_t>(std::uint32_t tgid)>;

/// The kernel's. Its process IDs are those of the caller's PID namespace.
[[nodiscard]] std::optional<std::uint64_t> process_clock_ns(std::uint32_t tgid);

}  // namespace tsa
