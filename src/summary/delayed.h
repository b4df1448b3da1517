// SPDX-License-Identifier: MIT
// The most delayed threads and processes of a summary: what each one's time was, what it waited for, who ended its
// waits, and the verdict on all of that. Bounded: kMaxDelayedThreads threads, of which those with the least delay give
// way to new ones. Used by SummaryBuilder only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/report.h"
#include "model/wakers.h"
#include "summary/summary.h"
#include "verdict/verdict.h"

namespace tsa {

inline constexpr std::size_t kMaxDelayedThreads = 8192;
inline constexpr std::uint32_t kNotDelayed = UINT32_MAX;

class DelayedThreads {
  public:
    /// Each interval: begin, then every row with its process's main thread. `place`: the caller's memory of where the
    /// thread is, kNotDelayed at first.
    void begin(const Report& report);
    void look(const Report& report, const ThreadRow& row, const Thread& leader, std::uint32_t& place) {
        if (place != kNotDelayed || is_delayed(report, row)) {
            look_closely(report, row, leader, place);
        }
    }
    /// Fills worst_threads and worst_processes.
    void fill(Summary& summary) const;

  private:
    /// What a holder did while it was waited for.
    struct Doing {
        Thread holder;
        std::string waits;  // what it waited on; empty: it was not blocked
        double weight_ns = 0;
    };
    /// A lock, or another thing, that the thread waited for at the end of intervals. `thread`: as it was then.
    struct Wait {
        Thread thread;
        std::string on;     // names it among others
        std::string label;  // printable; empty: none that is a delay
        double weight_ns = 0;
        double deadlocked_ns = 0;
        std::vector<Doing> doings;
    };
    struct Disk {
        DeviceName name;
        double weight_ns = 0, busy = 0;
    };
    struct Entry {
        ThreadKey key;
        bool used = false;
        std::uint32_t tgid = 0;
        std::uint64_t cgroup_id = 0;
        std::string comm, process;  // raw
        PerState<std::uint64_t> ns{};
        PerPart<std::uint64_t> part_ns{};
        std::uint64_t labeled_ns = 0;
        double busy = 0, runnable = 0, cpu_weight_ns = 0;  // of the machine, while it waited for a CPU
        std::vector<Disk> disks;                           // while it waited for one
        std::vector<Wait> waits;
        WokenTable woken;
    };

    [[nodiscard]] static bool is_delayed(const Report& report, const ThreadRow& row);
    void look_closely(const Report& report, const ThreadRow& row, const Thread& leader, std::uint32_t& place);
    std::uint32_t take_place();
    void add_machine(const Report& report, const PerState<std::uint64_t>& ns, Entry& entry);
    void add_wait(const Report& report, const Thread& thread, double weight_ns, Entry& entry);
    void add_holder(const Thread& thread, double weight_ns, Wait& wait);
    [[nodiscard]] static double delay_of(const Entry& entry);
    [[nodiscard]] static std::optional<DelayVerdict> judge_entry(const Entry& entry, const Summary& summary);
    static void fill_processes(const std::vector<const Entry*>& sorted, Summary& summary);

    std::vector<Entry> entries_;
    std::vector<std::uint32_t> free_;
    bool has_begun_ = false;
    /// What threads had in each state before the first interval: nothing in a recording, whose totals begin with it.
    std::map<std::pair<std::uint32_t, std::uint64_t>, PerState<std::uint64_t>> before_;
    ThreadIndex threads_;  // of the interval
    FactsScratch scratch_;
};

}  // namespace tsa
