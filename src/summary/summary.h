// SPDX-License-Identifier: MIT
// What a stretch of time was like: where the machine's time went, which threads were delayed most by which wait, the
// worst single waits, and what looks wrong, in numbers. Made from Reports, live or replayed: the same Reports give the
// same Summary. Pure and bounded: kMaxSummaryGroups names, kMaxSummarySlices points of a chart, kMaxWorstWaits waits
// per state.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/groups.h"
#include "model/report.h"
#include "model/stack_profile.h"
#include "model/system_columns.h"
#include "model/wakers.h"
#include "summary/wait_heat.h"
#include "verdict/verdict.h"

namespace tsa {

inline constexpr std::size_t kMaxSummaryGroups = 2048;
inline constexpr std::size_t kMaxSummarySlices = 600;
inline constexpr std::size_t kMaxWorstWaits = 10;
inline constexpr std::size_t kMaxWorstThreads = 20;
inline constexpr std::size_t kMaxWorstProcesses = 20;
/// To estimate the noise of a mean, the time is divided into blocks of intervals: this many, or down to half as many.
inline constexpr std::size_t kMaxNoiseBlocks = 32;

/// A number over the intervals, weighted by their length.
struct Spread {
    double mean = 0, min = 0, max = 0;
    std::uint64_t max_at_unix_ns = 0;  ///< end of the interval with the maximum
    std::uint64_t intervals = 0;       ///< with a value; 0: absent
};

/// Threads of one name (a process's, or a thread's within its process's name) over the whole time. The time of a
/// renamed thread counts, interval by interval, under its name at the end of the interval.
struct SummaryGroup {
    std::string process;        ///< name of the process's main thread, raw
    std::string thread;         ///< of the thread; empty in by_process
    std::uint64_t threads = 0;  ///< distinct threads seen under that name
    std::uint64_t ended = 0;    ///< threads that ended inside, under that name
    std::uint64_t born = 0;     ///< threads that started inside, under that name
    std::uint64_t wall_ns = 0;
    PerState<std::uint64_t> state_ns{};
    PerPart<std::uint64_t> part_ns{};
    std::uint64_t voluntary_switches = 0, involuntary_switches = 0;
    std::uint64_t read_bytes = 0, write_bytes = 0;
    std::uint64_t net_rx_bytes = 0, net_tx_bytes = 0;
    std::uint64_t max_rss_bytes = 0;  ///< largest value of any of its processes; 0: none was read
    Measured measured = kMeasuredAll;
    /// Threads in that state on average (time in it / elapsed_ns), and its noise: the square of its standard error,
    /// from Summary::noise_blocks blocks. Both are meaningless where a state was not measured.
    PerState<double> mean{}, variance_of_mean{};
};

/// One wait that was open when an interval ended. Its end is known to within one interval.
struct WorstWait {
    ThreadKey thread;
    std::uint32_t tgid = 0;
    std::string comm, process;  ///< raw
    ThreadState state = ThreadState::io_wait;
    std::string wait_on;                      ///< raw; empty: not known
    std::uint32_t owner_tid = 0;              ///< 0: not known
    std::string owner_comm;                   ///< raw
    bool owner_exited = false;                ///< without unlocking
    std::uint64_t seen_unix_ns = 0;           ///< end of the last interval that it was open at
    std::uint64_t at_least_ns = 0;            ///< its age then
    std::optional<std::uint64_t> at_most_ns;  ///< absent: still open at the end
    bool began_unseen = false;                ///< it began before it was watched
};

/// A thread with much delay, over the whole time: all of it since its first row.
struct WorstThread {
    ThreadKey thread;
    std::uint32_t tgid = 0;
    std::string comm, process;   ///< raw
    std::uint64_t delay_ns = 0;  ///< as the screens show it: also what its labels call a delay
    PerState<std::uint64_t> state_ns{};
    std::optional<DelayVerdict> verdict;  ///< absent: no cause has most of its delay
    WokenTable woken;                     ///< who ended its waits, longest total first; empty: not recorded
};

/// Threads of one process that had any delay.
struct WorstProcess {
    std::uint32_t tgid = 0;
    std::string comm;  ///< raw
    std::uint64_t threads = 0;
    std::uint64_t delay_ns = 0;  ///< of them all
    std::optional<DelayVerdict> verdict;
};

/// CPU time that threads of one cgroup waited for while those of another ran.
struct NoisyPair {
    std::string victim, culprit;  ///< raw; see CpuCharge
    std::uint64_t victim_id = 0;  ///< of the cgroup; 0: not one
    std::uint64_t ns = 0;
    double share = 0;  ///< of all CPU waits of the victim
};

enum class FindingKind : std::uint8_t {
    cpu_saturation,
    cpu_limited,  ///< threads waited although CPUs were free: a quota (cgroup), an affinity
    lock_convoy,  ///< of one lock
    swap_thrash,
    io_stall,
    memory_stall,
    short_lived_storm,
    throttled,  ///< heat or power limits slowed the CPUs down
    zombies,
    stolen_cpu,  ///< by the hypervisor
    data_lost,
    deadlock,        ///< holders that wait for each other, confirmed in two successive intervals
    abandoned_lock,  ///< its holder has exited without unlocking
    stuck_thread,    ///< spends almost all of its time in one delay state
    io_bound,        ///< a process with threads that spend most of their time waiting for I/O
    lock_holder,     ///< threads that wait for different locks, all behind one holder
    noisy_neighbor,  ///< a cgroup that runs where threads of another wait for a CPU
};
/// "cpu_saturation" ...
[[nodiscard]] std::string_view finding_key(FindingKind kind);
/// A short title: "Too few CPUs".
[[nodiscard]] std::string_view finding_title(FindingKind kind);

/// Which threads a finding is about.
enum class FindingScope : std::uint8_t {
    recorded,  ///< those with rows: without a filter, all
    machine,   ///< all threads of the machine, of a recording with a filter
};

/// Something that looks wrong, with its figures.
struct SummaryFinding {
    FindingKind kind = FindingKind::cpu_saturation;
    FindingScope scope = FindingScope::recorded;
    std::string words;                               ///< one or two sentences; names in it are raw
    std::string next;                                ///< what to do next: one sentence
    std::vector<std::string> figures;                ///< "cpu wait 5.1 threads on average, 8.0 at most (14:05:31)"
    std::uint64_t from_unix_ns = 0, to_unix_ns = 0;  ///< the worst stretch of time: `words` describe it
    std::uint64_t worst_at_unix_ns = 0;              ///< end of the worst interval in it
    std::uint64_t total_ns = 0;                      ///< how long it held in total
    bool open = false;                               ///< of a lock or thread: it still held at the end
    double weight = 0;                               ///< order: worse first
};

/// One point of the charts.
struct SummarySlice {
    std::uint64_t from_unix_ns = 0, to_unix_ns = 0;
    std::uint64_t from_ns = 0, to_ns = 0;  ///< the same by CLOCK_MONOTONIC, which setting the clock does not change
    PerState<double> threads_in{};         ///< all threads of the machine
    PerState<double> recorded_in{};        ///< those with rows
    std::optional<double> cpu_busy_pct, stall_cpu_pct, stall_io_pct, stall_memory_pct;
};

/// One of the machine's numbers: a column of the table that appears in reports.
struct SystemSpread {
    const SystemColumn* column = nullptr;
    Spread spread;
};

struct Summary {
    Source source = Source::bpf;
    std::uint64_t begin_unix_ns = 0, end_unix_ns = 0;
    std::uint64_t elapsed_ns = 0;  ///< sum of the intervals
    std::uint64_t intervals = 0;
    std::uint32_t cpus = 0;  ///< most at one time
    Measured measured = kMeasuredAll;
    PerState<std::uint64_t> total_ns{};  ///< all threads of the machine
    PerState<Spread> threads_in{};
    PerState<double> variance_of_mean{};    ///< of threads_in: see SummaryGroup
    bool filtered = false;                  ///< only some of the machine's threads were recorded
    PerState<std::uint64_t> recorded_ns{};  ///< the same three, of threads with rows
    PerState<Spread> recorded_in{};
    PerState<double> recorded_variance{};
    std::uint32_t noise_blocks = 0;  ///< that the variances are estimated from; below 2 there is none
    Spread threads;                  ///< listed ones alive
    std::uint64_t threads_seen = 0, threads_ended = 0, unlisted_exits = 0;
    std::vector<SystemSpread> system;                 ///< all that appear in reports, in the order of system_columns()
    Health health;                                    ///< of the last interval; gauges: the largest
    std::uint64_t own_cpu_ns = 0;                     ///< of the tool
    std::vector<SummaryGroup> by_process, by_thread;  ///< most delayed first
    std::optional<GroupKey> by;                       ///< of by_group
    std::vector<SummaryGroup> by_group;               ///< likewise; names in `process`, `-` of those in none
    std::vector<WorstWait> worst;               ///< at most kMaxWorstWaits per state, longest first within a state
    std::vector<WorstThread> worst_threads;     ///< at most kMaxWorstThreads, most delay first
    std::vector<WorstProcess> worst_processes;  ///< likewise
    std::vector<SummaryFinding> findings;       ///< worst first
    std::vector<SummarySlice> slices;
    std::vector<NoisyPair> neighbors;  ///< most time first; not made by SummaryBuilder alone: set_neighbors()
    StackProfile stacks;  ///< time by stack of the threads that it was recorded for; not filled by SummaryBuilder
    std::vector<StateHeat> heat;  ///< how long their waits took; not filled by SummaryBuilder either

    /// The spread of the column with that key; without intervals if there is none.
    [[nodiscard]] const Spread& of_column(std::string_view key) const;
};

class SummaryBuilder {
  public:
    /// `filtered`: the reports have rows for some of the machine's threads only. Findings are then about those; what is
    /// wrong on the machine is reported separately.
    /// `by`: also sums of groups.
    explicit SummaryBuilder(bool filtered = false, std::optional<GroupKey> by = {}, UserName user_name = {});
    ~SummaryBuilder();
    SummaryBuilder(SummaryBuilder&&) noexcept;
    SummaryBuilder& operator=(SummaryBuilder&&) noexcept;

    /// What was recorded of neighbors by cgroup: for findings and verdicts.
    void set_neighbors(std::vector<NoisyPair> pairs);
    /// Intervals in their order. O(rows).
    void add(const Report& report);
    [[nodiscard]] Summary finish() const;
    /// Nothing was added.
    [[nodiscard]] bool empty() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// How a name's time in a state changed from one Summary to another.
struct StateChange {
    double before = 0, after = 0;  ///< threads in that state on average
    /// A smaller difference may be chance: about three standard errors of the difference, more after few blocks (one
    /// difference in 400 is larger by chance alone). Infinite if a recording is too short for an estimate.
    double noise = 0;
    [[nodiscard]] bool beyond_noise() const {
        const double difference = after - before;
        return difference > noise || -difference > noise;
    }
};

struct GroupChange {
    std::string process, thread;  ///< as in SummaryGroup
    bool in_before = false, in_after = false;
    PerState<StateChange> states{};
    Measured measured = kMeasuredAll;  ///< in both: else the state's change is meaningless
    /// Order of the list: the largest change beyond noise of exec and the latency states; then that of the others.
    double weight = 0, resting_weight = 0;
    [[nodiscard]] bool beyond_noise() const { return weight > 0 || resting_weight > 0; }
};

struct SummaryChange {
    PerState<StateChange> machine{};
    PerState<StateChange> recorded{};                ///< of the threads with rows
    Measured measured = kMeasuredAll;                ///< in both
    std::vector<GroupChange> by_process, by_thread;  ///< largest change first; those within noise last
};
[[nodiscard]] SummaryChange compare_summaries(const Summary& before, const Summary& after);

}  // namespace tsa
