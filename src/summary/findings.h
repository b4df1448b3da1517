// SPDX-License-Identifier: MIT
// What looks wrong, detected interval by interval. Problems of the machine, or of all recorded threads together, are
// rules that hold in an interval or do not: per kind, the current stretch of time and the worst one so far. Problems of
// one lock, thread or process are in lock_cases.h, thread_cases.h and cpu_cases.h. Used by SummaryBuilder only.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/report.h"
#include "summary/case_findings.h"
#include "summary/cases.h"
#include "summary/column_sum.h"
#include "summary/cpu_cases.h"
#include "summary/groups.h"
#include "summary/lock_cases.h"
#include "summary/series.h"
#include "summary/summary.h"
#include "summary/thread_cases.h"

namespace tsa {

inline constexpr std::size_t kFindingKinds = 17;
inline constexpr std::size_t kFindingRules = 9;

/// What rules use, and figures are made of.
enum class Measure : std::uint8_t {
    cpu_wait,
    io_wait,
    swap_wait,
    mem_wait,
    exec_reclaim,  ///< executing inside reclaim; absent where it is not measured
    memory_delay,  ///< threads delayed for memory in any way, by their states or by pressure
    zombies,
    cpu_busy_pct,
    steal_pct,
    stall_cpu_pct,
    stall_io_pct,
    stall_io_full_pct,
    stall_memory_pct,
    stall_memory_full_pct,
    swap_in,
    swap_out,
    disk_read,
    disk_write,
    births_per_s,
    ends_per_s,
    brief_exec,     ///< CPUs used by threads in the interval in which they started or ended
    io_wait_age_s,  ///< of the longest wait for I/O that was open at the interval's end
    throttles,
    lost,
};
inline constexpr std::size_t kMeasures = 24;

/// One interval.
struct Moment {
    std::uint64_t from_unix_ns = 0, to_unix_ns = 0, interval_ns = 0;
    std::uint32_t cpus = 0;
    bool is_part = false;  ///< of some of the machine's threads only
    std::array<std::optional<double>, kMeasures> values{};
    std::optional<BusiestDisk> disk;

    [[nodiscard]] const std::optional<double>& value(Measure measure) const {
        return values[static_cast<std::size_t>(measure)];
    }
    [[nodiscard]] double value_or_0(Measure measure) const { return value(measure).value_or(0); }
};

/// Consecutive intervals in which a rule held, short gaps included.
struct Stretch {
    std::uint64_t from_unix_ns = 0, to_unix_ns = 0;
    std::uint64_t length_ns = 0;  ///< sum of its intervals, independent of clock changes; 0: there is none
    std::uint32_t cpus = 0;
    std::array<SpreadSum, kMeasures> values;
    std::optional<BusiestDisk> disk;  ///< the busiest

    void add(const Moment& moment);
    void add(const Stretch& later);
    void take_busier(const std::optional<BusiestDisk>& other);
    [[nodiscard]] const SpreadSum& value(Measure measure) const { return values[static_cast<std::size_t>(measure)]; }
};

/// The name of a kind of finding: see finding_key() and finding_title().
struct FindingInfo {
    FindingKind kind;
    std::string_view key, title;
};

/// What a rule is about in a recording with a filter.
enum class RuleScope : std::uint8_t { both, recorded, machine };

struct FindingRule {
    FindingKind kind;
    Measure level;                      ///< decides which of two stretches is worse
    std::optional<ThreadState> blamed;  ///< time in this state decides who is blamed
    bool (*holds)(const Moment&);
    double weight;  ///< of one unit of the level for the whole time: orders the findings
    RuleScope scope;
};
[[nodiscard]] const std::array<FindingRule, kFindingRules>& finding_rules();

/// A name and its share of the problem.
struct Blamed {
    std::string name;  ///< raw
    double share = 0;
};
/// Fills `words`, `next` and `figures`. `blamed`: largest share first.
void word_finding(const Stretch& stretch, std::span<const Blamed> blamed, SummaryFinding& finding);

class FindingWatch {
  public:
    /// `filtered`: see SummaryBuilder.
    explicit FindingWatch(bool filtered) : filtered_(filtered) {}

    /// Each interval: begin, every row, end.
    void begin();
    void look(const Report& report, const ThreadRow& row, std::uint32_t process_group, bool born);
    /// `process_groups`: of the report's processes. `groups`: their number.
    void end(const Report& report, std::span<const std::uint32_t> process_groups, std::size_t groups);
    /// Worst first. `processes`: for the names.
    [[nodiscard]] std::vector<SummaryFinding> findings(const GroupTable& processes, std::uint64_t elapsed_ns) const;

  private:
    struct Watch {
        bool running = false;
        Stretch run, gap, worst;
        std::uint64_t total_ns = 0;
        std::vector<std::uint64_t> run_blame, worst_blame;  ///< by group of processes
        std::uint64_t run_whole = 0, worst_whole = 0;       ///< the same for all threads, including those without a row
    };
    using Watches = std::array<Watch, kFindingRules>;
    /// A finding of a rule, and who is blamed for time in which state.
    struct Ruled {
        SummaryFinding finding;
        std::optional<ThreadState> state;
        double threads = 0;  ///< in that state, on average
        std::vector<Blamed> blamed;
    };

    [[nodiscard]] Moment measure(const Report& report, FindingScope scope) const;
    void measure_rows(const Report& report, Moment& now) const;
    void measure_machine(const Report& report, Moment& now) const;
    void step(const FindingRule& rule, Watch& watch, const Moment& now, const Report& report,
              std::span<const std::uint32_t> process_groups, std::size_t groups) const;
    void blame(const FindingRule& rule, const Report& report, std::span<const std::uint32_t> process_groups,
               std::vector<std::uint64_t>& to) const;
    static void close(const FindingRule& rule, Watch& watch);
    void interrupt();
    [[nodiscard]] static std::vector<Ruled> ruled(const Watches& watches, FindingScope scope,
                                                  const GroupTable& processes, std::uint64_t elapsed_ns);
    [[nodiscard]] static std::optional<Ruled> ruled_by(const FindingRule& rule, const Watch& watch,
                                                       const GroupTable& processes, std::uint64_t elapsed_ns);
    static void remove_repetitions(std::vector<Ruled>& ruled, std::vector<ThreadGroup>& stuck,
                                   std::vector<ThreadGroup>& io_bound, const CaseFindings& cases);

    bool filtered_;
    Watches recorded_, machine_;
    LockCases locks_;
    ThreadCases threads_;
    CpuCases cpus_;
    ColumnSum reclaim_{"exec_reclaim_ns"};
    std::vector<std::uint32_t> births_;  ///< groups of threads that started in this interval
    std::uint64_t ends_ = 0, brief_exec_ns_ = 0, io_wait_age_ns_ = 0, lost_ = 0, lost_before_ = 0;
    std::uint64_t ended_ns_ = 0;  ///< CLOCK_MONOTONIC at the end of the last interval; 0: there was none
};

}  // namespace tsa
