// SPDX-License-Identifier: MIT
// Threads that get little done: stuck in one delay state, or waiting for I/O most of the time, whatever the rest of the
// machine does. Followed interval by interval. Used by FindingWatch only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/flat_map.h"
#include "model/report.h"
#include "model/stuck.h"
#include "summary/cases.h"
#include "summary/lock_cases.h"

namespace tsa {

/// Bound by I/O: this share of its time.
inline constexpr double kIoBoundShare = 0.8;

/// A thread in a delay state.
struct ThreadCaseId {
    std::uint32_t tid = 0;
    ThreadState state = ThreadState::lock_wait;
    std::uint64_t start_time_ns = 0;

    bool operator==(const ThreadCaseId&) const = default;
    [[nodiscard]] std::uint64_t hash() const { return flat_hash(flat_hash(start_time_ns ^ tid) + index(state)); }
};

/// What is known of the thread and its wait, as last seen in the stretch.
struct ThreadDetails {
    std::uint32_t tid = 0, tgid = 0, process_group = 0;
    CommName comm{};
    std::int8_t nice = 0;
    std::uint8_t policy = 0;
    std::string wait_on;       ///< raw; empty: not known
    std::uint64_t age_ns = 0;  ///< of the wait that is open
    bool age_is_bound = false;
    bool doubtful = false;
    LockId lock;  ///< of a thread that waits for one; address 0: it does not
    bool kernel_lock = false;
    NamedThread holder;  ///< of that lock
    NamedThread root;    ///< the end of the chain of holders
    std::string root_state, root_wait_on;
};

class ThreadCases {
  public:
    using Table = CaseTable<ThreadCaseId, ThreadDetails>;

    /// Each interval: begin, every row, end.
    void begin() { candidates_.clear(); }
    void look(const ThreadRow& row, std::uint32_t process_group) {
        if (row.exit_time_unix_ns == 0 && sum_of_delays(row.state_ns) * 100 >= row.wall_ns * kEntryPct) {
            look_closely(row, process_group);
        }
    }
    /// `locks`: of the same interval, ended.
    void end(const Report& report, const LockCases& locks);

    [[nodiscard]] const Table& stuck() const { return stuck_; }
    [[nodiscard]] const Table& io_bound() const { return io_bound_; }

  private:
    static constexpr std::uint64_t kEntryPct = 60;
    struct Candidate {
        const ThreadRow* row;
        std::uint32_t process_group;
        ThreadState state;
        double share;
    };

    void look_closely(const ThreadRow& row, std::uint32_t process_group);
    static void update(ThreadDetails& details, const Report& report, const Candidate& candidate,
                       const LockCases& locks);

    std::vector<Candidate> candidates_;
    Table stuck_{kStuckShare}, io_bound_{kIoBoundShare};
};

}  // namespace tsa
