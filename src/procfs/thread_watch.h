// One thread at a time: admits it to the table, polls its schedstat, and when that moved (or must be looked behind)
// reads its other files and settles its account. Which threads to poll, and when, is thread_source.cpp's business.
#pragma once

#include <cstdint>
#include <optional>

#include "procfs/task_reader.h"
#include "procfs/thread_table.h"

namespace tsa {

class ThreadWatch {
  public:
    enum class Outcome : std::uint8_t { alive, gone, replaced };  ///< replaced: its TID is another thread's now

    /// What holds for all threads of one pass.
    struct Pass {
        std::uint64_t now_ns = 0;           ///< of the sample: CLOCK_MONOTONIC
        std::uint64_t previous_now_ns = 0;  ///< of the one before; 0: this is the first
        std::uint64_t boot_offset_ns = 0;   ///< CLOCK_BOOTTIME - CLOCK_MONOTONIC
    };

    /// `schedstat` false: the kernel keeps none; execution is told from stat's clock ticks.
    ThreadWatch(TaskReader& reader, ThreadTable& table, bool schedstat);

    void begin(const Pass& pass) { pass_ = pass; }

    /// Reads all of a thread of the entered process. Absent: gone, or not for this user.
    std::optional<std::uint32_t> admit(std::uint32_t tid, std::uint32_t tgid);
    /// Reads what the thread's counters are now, into its books (seen_*).
    Outcome poll(std::uint32_t at);
    /// Closes the thread at its last poll if it has run since the one before, or was running then; else it is quiet.
    Outcome settle(std::uint32_t at);
    /// For a thread that was running at its last look and has not run since, by its process's clock: it waits.
    void settle_still(std::uint32_t at);
    /// Looks behind a quiet thread: has it been woken, renamed, given another priority? True when it waits for a CPU.
    bool look_at_quiet(std::uint32_t at);
    /// Takes a thread off the table, at the last instant at which it is known to have lived.
    void remove(std::uint32_t at);

    [[nodiscard]] bool moved(std::uint32_t at);
    [[nodiscard]] bool tells_waits() const { return schedstat_; }
    [[nodiscard]] std::uint64_t runnable() const { return runnable_; }  ///< threads now in exec or cpu_wait
    [[nodiscard]] std::uint64_t refused() const { return refused_; }    ///< polls that failed, cumulative
    [[nodiscard]] std::uint64_t born() const { return born_; }          ///< admitted threads born under our eyes
    /// For the threads that were born before the last sample: from now on the age of their state is a lower bound.
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
