// SPDX-License-Identifier: MIT
// The kernel's own data on a thread in /proc, to compare with the probes, and waiting for conditions.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tsa::test {

inline constexpr std::chrono::seconds kAwait{30};

/// Polls until the condition is true; false if it is still false after `limit`.
[[nodiscard]] bool await(const std::function<bool()>& condition, std::chrono::seconds limit = kAwait);

/// Lets this much time pass: for the length of a measured interval, never to wait for an event.
void let_pass(std::chrono::milliseconds time);

/// /proc/TID/schedstat: CPU time and run-queue delay, which are updated when the thread leaves (reaches) a CPU.
struct SchedStat {
    std::uint64_t exec_ns = 0;
    std::uint64_t run_delay_ns = 0;
};
[[nodiscard]] std::optional<SchedStat> schedstat(std::uint32_t tid);

/// Context switches of a thread, from /proc/TID/status.
struct Switches {
    std::uint64_t voluntary = 0;
    std::uint64_t involuntary = 0;
};
[[nodiscard]] std::optional<Switches> switches(std::uint32_t tid);

/// The system call that a blocked thread is in, with its arguments. Absent: running, gone, or in none.
struct BlockedCall {
    std::int64_t number = -1;
    std::uint64_t argument[3] = {};
};
[[nodiscard]] std::optional<BlockedCall> blocked_call(std::uint32_t tid);

/// The state letter of /proc/TID/stat; '?' if there is no such thread.
[[nodiscard]] char state_letter(std::uint32_t tid);

/// All threads of a process, the number of threads on the machine, and the number created since boot.
[[nodiscard]] std::vector<std::uint32_t> threads_of(std::uint32_t tgid);
[[nodiscard]] std::uint64_t threads_of_machine();
[[nodiscard]] std::uint64_t births_of_machine();

/// A file's whole text; empty if it cannot be read.
[[nodiscard]] std::string text_of(const std::string& path);

/// The last CPU that this process may use: interrupts tend to go to the first.
[[nodiscard]] int test_cpu();

}  // namespace tsa::test
