// SPDX-License-Identifier: MIT
// Keeps a ProcessTable for a loop: each process is read once, again when its name or its cgroup changes (exec, a move),
// and at a bounded rate while it is shown, because a title that a program sets itself changes nothing else. At most
// kMaxProcessReads processes are read per refresh, and more while many are unknown; what is shown comes first. The
// reads are on separate threads, and the refresh continues without late ones. Costs nothing until it is asked for
// something.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/side_relay.h"
#include "model/process_table.h"
#include "model/report.h"
#include "procfs/process_reader.h"

namespace tsa {

inline constexpr std::size_t kMaxProcessReads = 256;
/// While more than these are unknown: as many as take this much of a CPU.
inline constexpr std::size_t kMaxBacklogReads = 2048;
inline constexpr std::uint64_t kBacklogCpuNs = 16'000'000;
/// Of these, processes that were read before.
inline constexpr std::size_t kMaxRereads = 16;
/// How old facts of a process on the screen may be, and of others.
inline constexpr std::uint64_t kShownFactsNs = 2'000'000'000;
inline constexpr std::uint64_t kOtherFactsNs = 10'000'000'000;
/// How long a refresh waits for its reads.
inline constexpr std::chrono::milliseconds kFactsTime{5};
/// How long a start waits until all processes were read.
inline constexpr std::chrono::milliseconds kFactsStartTime{250};
/// The tree of cgroups is read at most this often.
inline constexpr std::uint64_t kTreePauseNs = 1'000'000'000;

class ProcessFeed {
  public:
    ProcessFeed();
    ProcessFeed(const ProcessFeed&) = delete;
    ProcessFeed& operator=(const ProcessFeed&) = delete;

    /// Starts the threads, before capabilities are dropped. Without them nothing is known of any process. `commands`:
    /// what processes execute is wanted; else only their cgroups are, and they need not be read where IDs say as much.
    void start(bool commands = true);

    /// Facts of the processes of these threads first, then of all processes of the report, if `all`. Sets report.facts.
    /// True: places became known that a filter may depend on.
    bool update(std::span<const std::uint32_t> shown_tgids, bool all, Report& report);
    /// The same for all processes, until each has been read or `within` is over.
    void fill(Report& report, std::chrono::milliseconds within = kFactsStartTime);
    /// What is known already.
    void put_in(Report& report) const { report.facts = &table_; }

    [[nodiscard]] ProcessTable& table() { return table_; }
    [[nodiscard]] const ProcessTable& table() const { return table_; }
    /// Processes that the last update had no room for: they are read next time.
    [[nodiscard]] std::size_t left_out() const { return left_out_; }
    /// Refreshes in which nothing was read, because reads of others were late.
    [[nodiscard]] std::uint64_t late() const { return late_; }

  private:
    struct List;
    /// A process that is being read.
    struct Pending {
        std::uint32_t tgid = 0;
        std::uint64_t start_time_ns = 0, cgroup_id = 0, comm_hash = 0;
        bool is_open = false;
    };

    [[nodiscard]] List& list() const;
    void take_answers();
    void take(const Pending& pending, const ProcessReading& reading);
    void take_tree();
    [[nodiscard]] bool may_read(std::uint32_t tgid) const;
    void consider(const ProcessRow& process, bool shown);
    void look_at_threads(const Report& report, bool whole);
    void drop_ended(const Report& report);

    std::unique_ptr<SideRelay> relay_;
    bool commands_ = true;
    UnifiedTree tree_;
    ProcessTable table_;
    std::vector<Pending> pending_;  // of this refresh
    std::size_t rereads_ = 0;       // of them
    std::size_t left_out_ = 0;      // wanted in this refresh, without room
    std::size_t next_ = 0;          // where the turn of all processes goes on
    std::uint64_t now_ns_ = 0, round_ = 0;
    std::uint64_t tree_read_ns_ = 0;
    bool learned_ = false;
    bool tree_pending_ = false;
    std::vector<std::uint64_t> unknown_;  // IDs that the next tree is to have
    std::vector<std::uint32_t> shown_;
    std::vector<bool> active_;  // processes that did something, by their place in the report
    bool whole_next_ = true;    // processes that did nothing may be unknown
    std::uint64_t late_ = 0;
    std::size_t places_kept_ = 0;  // after they were looked through last
};

}  // namespace tsa
