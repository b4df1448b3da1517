// One line of a recording's threads.csv as numbers: which column is what, from its header; its cells, strictly parsed.
// Pure: what the numbers mean for a thread is the player's business.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/delays.h"
#include "model/state.h"
#include "record/csv_fields.h"

namespace tsa {

/// The numbers of a row, flags included, beside its states. Their keys are those of columns().
enum class ThreadCell : std::uint8_t {
    time_unix_ns,
    interval_ns,
    tid,
    tgid,
    start_time_ns,
    kernel,
    uid,
    state_age_ns,
    state_age_is_lower_bound,
    wait_arg0,
    wait_owner_tid,
    wall_ns,
    cpu_wait_preempted_ns,
    voluntary_switches,
    involuntary_switches,
    rss_bytes,
    read_bytes,
    write_bytes,
    parent_tgid,
    policy,
    nice,  ///< two's complement
    last_cpu,
    cgroup_id,
    minor_faults,
    major_faults,
    exit_time_unix_ns,
    quiet_ns,
    tid_before,
    wait_owner_exited,
};
inline constexpr std::size_t kThreadCells = 29;

/// A row as it stands in the file. Text refers into the line, or into the buffer of the ThreadLine that read it.
struct ThreadCells {
    std::array<std::uint64_t, kThreadCells> numbers{};  ///< 0 where absent
    std::uint32_t present = 0;                          ///< a bit per ThreadCell
    std::uint16_t states_present = 0;                   ///< a bit per state
    PerState<std::uint64_t> state_ns{};                 ///< sums to wall_ns, unless states are absent
    std::optional<ThreadState> state;
    std::string_view comm, wait_on;  ///< printable text; empty: absent
    bool has_delays = false;         ///< the row has cells of delay accounting: they are in `delays`
    ThreadDelays delays;             ///< what was added in the interval, as counters that began at 0

    [[nodiscard]] std::uint64_t operator[](ThreadCell cell) const { return numbers[static_cast<std::size_t>(cell)]; }
    [[nodiscard]] bool has(ThreadCell cell) const { return (present >> static_cast<unsigned>(cell) & 1U) != 0; }
    [[nodiscard]] std::optional<std::uint64_t> get(ThreadCell cell) const {
        return has(cell) ? std::optional((*this)[cell]) : std::nullopt;
    }
};

class ThreadLine {
  public:
    /// From the header: columns in any order; those that it does not know are ignored. Error: one of time_unix_ns, tid
    /// and wall_ns is not among them.
    static Result<ThreadLine> create(std::string_view header);

    /// False: not a row of this file (another number of cells, something that is no number, states that do not sum to
    /// wall_ns); `cells` is of no use then.
    bool read(std::string_view line, ThreadCells& cells);
    /// The end of the line's interval alone; absent if that cell is no number.
    std::optional<std::uint64_t> time_of(std::string_view line);
    /// time_unix_ns is the first column: lines of one interval begin alike.
    [[nodiscard]] bool begins_with_time() const { return time_at_ == 0; }
    [[nodiscard]] bool has_delays() const { return has_delays_; }
    [[nodiscard]] bool has_wait_arguments() const { return has_wait_arguments_; }

  private:
    enum class Kind : std::uint8_t { ignored, number, nice, flag, state_ns, state, comm, wait_on, delay };
    struct Column {
        Kind kind = Kind::ignored;
        std::uint8_t at = 0;  ///< ThreadCell, state, or place in the table of delay accounting
    };
    static Column column_of(std::string_view key);
    static bool read_cell(const Column& column, std::string_view text, ThreadCells& cells);

    CsvFields fields_;
    std::vector<Column> columns_;
    std::size_t time_at_ = 0;
    bool has_delays_ = false, has_wait_arguments_ = false;
};

}  // namespace tsa
