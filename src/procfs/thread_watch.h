// SPDX-License-Identifier: MIT
// Handles one thread at a time: admits it to the table, polls its schedstat and, if that changed (or a check is due),
// reads its other files and updates its account. thread_source.cpp decides which threads to poll, and when.
#pragma once

#include <cstdint>
#include <optional>

#include "procfs/task_reader.h"
#include "procfs/thread_table.h"

namespace tsa {

class ThreadWatch {
  public:
    enum class Outcome : std::uint8_t { alive, gone, replaced };  ///< replaced: its TID now belongs to another thread

    /// Values common to all threads of one pass.
    struct Pass {
        std::uint64_t now_ns = 0;           ///< of the sample: CLOCK_MONOTONIC
        std::uint64_t previous_now_ns = 0;  ///< of the previous one; 0: this is the first
        std::uint64_t boot_offset_ns = 0;   ///< CLOCK_BOOTTIME - CLOCK_MONOTONIC
    };

    /// `schedstat` false: the kernel has none; execution comes from stat's clock ticks.
    ThreadWatch(TaskReader& reader, ThreadTable& table, bool schedstat);

    void begin(const Pass& pass) { pass_ = pass; }

    /// Reads all files of a thread of the selected process. Absent: gone, or not readable by this user.
    std::optional<std::uint32_t> admit(std::uint32_t tid, std::uint32_t tgid);
    /// Reads the thread's current counters into its accounting (seen_*).
    Outcome poll(std::uint32_t at);
    /// Closes the thread at its last poll if it ran since the previous one or was running then; otherwise it is quiet.
    Outcome settle(std::uint32_t at);
    /// For a thread that was running at its last look and has not run since according to its process's clock: it is
    /// waiting.
    void settle_still(std::uint32_t at);
    /// Checks a quiet thread: was it woken or renamed, or did its priority change? True: it waits for a CPU.
    bool look_at_quiet(std::uint32_t at);
    /// Removes a thread from the table, closed at the last instant at which it is known to have existed.
    void remove(std::uint32_t at);

    [[nodiscard]] bool moved(std::uint32_t at);
    [[nodiscard]] bool tells_waits() const { return schedstat_; }
    [[nodiscard]] std::uint64_t runnable() const { return runnable_; }  ///< threads now in exec or cpu_wait
    [[nodiscard]] std::uint64_t refused() const { return refused_; }    ///< polls that failed, cumulative
    [[nodiscard]] std::uint64_t born() const { return born_; }  ///< admitted threads that were created during the run
    /// For threads created before the last sample: from now on the age of their state is a lower bound.
    void age_newborn();

  private:
    bool read_stat(std::uint32_t tid, std::optional<TaskStat>& stat);
    bool read_times(std::uint32_t tid, TaskTimes& times, TaskRead& result);
    void read_switches(std::uint32_t at, bool first, ThreadLook& look);
    void read_io(std::uint32_t at, bool first);
    [[nodiscard]] std::uint64_t birth_ns(const TaskStat& stat, const ThreadLook& look) const;
    void close(std::uint32_t at, const ThreadLook& look);
    void count_runnable(ThreadState before, ThreadState after);
    void take_stat(const TaskStat& stat, Thread& thread) const;

    TaskReader& reader_;
    ThreadTable& table_;
    Pass pass_;
    const bool schedstat_;
    const std::uint64_t stat_tick_ns_;  // of the clock ticks in stat
    const std::uint64_t late_ns_;       // how late execution may be booked
    const std::uint64_t page_bytes_;
    std::uint64_t runnable_ = 0;
    std::uint64_t refused_ = 0;
    std::uint64_t born_ = 0;
    std::vector<std::uint32_t> newborn_;
};

}  // namespace tsa
