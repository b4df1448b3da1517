// SPDX-License-Identifier: MIT
// Parses /proc/PID/task/TID (schedstat, stat, status, io) and /proc/stat. Pure, for the thread source: truncated or
// malformed values are absent, never guessed.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "model/futex_kind.h"
#include "model/state.h"

namespace tsa {

/// schedstat. Execution time increases at each tick and switch, the delay when a wait for a CPU ends.
struct TaskTimes {
    std::uint64_t exec_ns = 0;
    std::uint64_t run_delay_ns = 0;
    std::uint64_t runs = 0;  ///< times that it got a CPU; 0 while it is running: the kernel does not store them

    bool operator==(const TaskTimes&) const = default;
};

/// stat: the fields that a Thread has.
struct TaskStat {
    std::uint32_t tid = 0;
    std::array<char, 16> comm{};  ///< raw bytes, NUL-terminated; longer names (kernel workers) are truncated
    char letter = '?';
    std::uint32_t parent_tgid = 0;
    bool kernel = false;
    std::uint64_t minor_faults = 0;
    std::uint64_t major_faults = 0;
    std::uint64_t cpu_ticks = 0;  ///< user and system time, in clock ticks
    std::int8_t nice = 0;
    std::uint32_t threads = 0;  ///< of its process
    std::uint64_t start_ticks = 0;
    std::uint64_t rss_pages = 0;
    std::uint16_t last_cpu = 0;
    std::uint8_t rt_priority = 0;
    std::uint8_t policy = 0;
};

/// status.
struct TaskSwitches {
    std::uint32_t uid = 0;     ///< effective
    std::uint32_t ns_tid = 0;  ///< inside its own PID namespace; 0: a kernel before 4.1
    std::uint64_t voluntary = 0;
    std::uint64_t involuntary = 0;
};

/// io: storage I/O, not system calls.
struct TaskIo {
    std::uint64_t read_bytes = 0;
    std::uint64_t write_bytes = 0;
};

/// /proc/stat: two numbers that avoid reading thousands of files.
struct MachineCounts {
    std::optional<std::uint64_t> forks;     ///< processes and threads created since boot
    std::optional<std::uint64_t> runnable;  ///< threads on a CPU or waiting for one, now
};

[[nodiscard]] std::optional<TaskTimes> parse_task_times(std::string_view schedstat);
[[nodiscard]] std::optional<TaskStat> parse_task_stat(std::string_view stat);
[[nodiscard]] std::optional<TaskSwitches> parse_task_switches(std::string_view status);
[[nodiscard]] std::optional<TaskIo> parse_task_io(std::string_view io);
[[nodiscard]] MachineCounts parse_machine_counts(std::string_view proc_stat);
/// Whether status belongs to a thread with this TID in the reader's own PID namespace: one number after NSpid.
[[nodiscard]] bool is_of_own_namespace(std::string_view status, std::uint32_t tid);

/// The off-CPU state for this letter, as far as /proc shows it: sleep, stopped or zombie.
[[nodiscard]] ThreadState off_cpu_state(char letter);
/// What the letter says beyond that state.
[[nodiscard]] FutexKind off_cpu_kind(char letter);
[[nodiscard]] constexpr bool is_runnable(char letter) {
    return letter == 'R';
}

}  // namespace tsa
