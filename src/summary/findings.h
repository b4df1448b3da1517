// What looks wrong, detected interval by interval: for each kind of problem, a rule that holds in an interval or does
// not, the stretches of time in which it held, and which threads were involved. Bounded: per kind, the current stretch
// and the worst one so far. Used by SummaryBuilder only.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/report.h"
#include "summary/groups.h"
#include "summary/series.h"
#include "summary/summary.h"

namespace tsa {

inline constexpr std::size_t kFindingKinds = 11;

/// What rules use, and figures are made of.
enum class Measure : std::uint8_t {
    cpu_wait,
    io_wait,
    swap_wait,
    mem_wait,
    lock_wait,
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
    brief_exec,  ///< CPUs used by threads in the interval in which they started or ended
    lock_waiters,
    io_wait_age_s,  ///< of the longest wait for I/O that was open at the interval's end
    throttles,
    lost,
};
inline constexpr std::size_t kMeasures = 24;

/// What most threads waited for at the end of an interval: a holder, directly or through one that itself waits for it;
/// where holders are not known, a lock.
struct ContendedLock {
    std::uint32_t waiters = 0;
    std::uint32_t owner_tid = 0;  ///< 0: not known
    bool owner_exited = false;
    std::array<char, 16> owner_comm{};
};

/// One interval.
struct Moment {
    std::uint64_t from_unix_ns = 0, to_unix_ns = 0, interval_ns = 0;
    std::uint32_t cpus = 0;
    std::array<std::optional<double>, kMeasures> values{};
    ContendedLock lock;
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
    ContendedLock lock;               ///< with most waiters
    std::optional<BusiestDisk> disk;  ///< the busiest

    void add(const Moment& moment);
    void add(const Stretch& later);
    void take_worse(const ContendedLock& other, const std::optional<BusiestDisk>& other_disk);
    [[nodiscard]] const SpreadSum& value(Measure measure) const { return values[static_cast<std::size_t>(measure)]; }
};

struct FindingRule {
    FindingKind kind;
    std::string_view key, title;        ///< see finding_key() and finding_title()
    Measure level;                      ///< decides which of two stretches is worse
    std::optional<ThreadState> blamed;  ///< time in this state decides who is blamed
    bool (*holds)(const Moment&);
    double weight;  ///< of one unit of the level for the whole time: orders the findings
};
[[nodiscard]] const std::array<FindingRule, kFindingKinds>& finding_rules();

/// A name and its share of the problem.
struct Blamed {
    std::string name;  ///< raw
    double share = 0;
};
/// Fills `words` and `figures`. `blamed`: largest share first.
void word_finding(const Stretch& stretch, std::span<const Blamed> blamed, SummaryFinding& finding);

class FindingWatch {
  public:
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
    struct Waiting {
        std::uint32_t tid = 0, owner_tid = 0;
        std::uint32_t lock_tgid = 0;  ///< of the lock, with its address; 0: a kernel lock
        std::uint64_t lock = 0;
        bool owner_exited = false;
    };

    void measure(const Report& report);
    void find_lock(const Report& report);
    [[nodiscard]] const Waiting& end_of_chain(const Waiting& waiting) const;
    void step(const FindingRule& rule, const Report& report, std::span<const std::uint32_t> process_groups,
              std::size_t groups);
    void blame(const FindingRule& rule, const Report& report, std::span<const std::uint32_t> process_groups,
               std::vector<std::uint64_t>& to) const;
    static void close(const FindingRule& rule, Watch& watch);

    std::array<Watch, kFindingKinds> watches_;
    Moment now_;
    std::vector<Waiting> lock_waiters_, ends_of_chains_;
    std::vector<std::uint32_t> births_;  ///< groups of threads that started in this interval
    std::uint64_t ends_ = 0, brief_exec_ns_ = 0, io_wait_age_ns_ = 0, lost_before_ = 0;
};

}  // namespace tsa
