// SPDX-License-Identifier: MIT
// Reports as trace events, the JSON that Perfetto's UI and chrome://tracing open: a track per thread with a slice per
// state, counters of the machine, an instant per end of a thread, and with wakers an arrow per wakeup. Written piece by
// piece while a recording is played; it keeps a track per living thread and a few bytes per PID. Pure: the caller
// writes the bytes.
//
// A Report has the time in each state, but not the order. Within an interval the slices are therefore: first the rest
// of the initial state, then the other states in table order, last the final state, whose last stretch has its exact
// place (from the state's age). Lengths are exact: the slices of a thread sum to its wall time, per state and in total.
#pragma once

#include <rapidjson/stringbuffer.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/timeline.h"
#include "output/json.h"
#include "text/wait_text.h"

namespace tsa {

/// The trace's metadata. Names are raw.
struct TraceContext {
    std::string host, kernel, machine, version;
    std::uint64_t begin_unix_ns = 0;  ///< wall clock at the trace's time 0
    std::int64_t utc_offset_s = 0;
};

struct TraceProgress {
    std::uint64_t intervals = 0, slices = 0, tracks = 0, events = 0, flows = 0;
};

class ChromeTraceWriter {
  public:
    ChromeTraceWriter();

    /// The file header. All returned text is valid until the next call.
    std::string_view begin(const TraceContext& context);
    /// Adds one interval, in time order. Wait names point into text that the report refers to, which must live until
    /// finish().
    std::string_view add(const Report& report);
    /// Instead of add(), for an interval of which no rows were recorded: ends the slices, with a mark.
    std::string_view skip(const TimeSlice& slice);
    /// Closes the open slices and ends the file.
    std::string_view finish();

    [[nodiscard]] const TraceProgress& progress() const { return progress_; }

  private:
    using Name = std::array<char, 16>;

    struct SliceWait {
        std::string_view on;  ///< empty: unknown
        std::uint32_t owner_tid = 0;
        bool owner_exited = false;
        bool operator==(const SliceWait&) const = default;
    };
    /// A thread, with the slice that its next interval may extend.
    struct Track {
        std::uint32_t pid = 0, tid = 0;
        Name comm{};
        std::uint64_t begin_ns = 0;  ///< it has slices without a gap from here on
        std::uint64_t end_ns = 0;    ///< end of its known time, since the start of the trace
        std::uint64_t from_ns = 0;   ///< start of the open slice; equal to end_ns: none is open
        ThreadState state = ThreadState::idle;
        SliceWait wait;
        Name owner{};
        PerPart<std::uint64_t> part_ns{};
        std::uint64_t seen = 0;  ///< the last interval that contained it
    };
    /// The newest process with a PID. An earlier one keeps the PID in the trace; this one gets an unused number.
    struct Process {
        std::uint64_t start_time_ns = 0;  ///< of its main thread; 0: unknown
        std::uint32_t pid = 0;            ///< in the trace
        Name comm{};
    };

    [[nodiscard]] static std::uint64_t track_key(std::uint32_t pid, std::uint32_t tid) {
        return (std::uint64_t{pid} << 32U) | tid;
    }
    void put_row(const ThreadRow& row, const Report& report);
    Track& track_of(const ThreadRow& row, std::uint64_t from_ns);
    [[nodiscard]] std::uint32_t pid_of(const Thread& thread) const;
    void put_states(Track& track, const ThreadRow& row, const Report& report, std::uint64_t before_ns);
    void prolong(Track& track, ThreadState state, std::uint64_t ns, const SliceWait* wait);
    void close(Track& track);
    void close_all();
    void put_wakeups(const Report& report);
    void put_flow(const Track& from, const Track& to, std::uint64_t at_ns);
    /// The thread's track; null: it has no slice at that time.
    [[nodiscard]] const Track* track_at(const Thread& thread, std::uint64_t at_ns) const;
    void put_processes(const Report& report);
    void put_counters(const Report& report);
    void put_counter(std::size_t which, std::uint64_t at_ns);
    void drop_exited();
    void set_origin(std::uint64_t now_ns, std::uint64_t interval_ns);

    /// Opens an event with the common fields; the caller completes and ends it.
    void start_event(std::string_view phase, std::string_view name, std::uint32_t pid, std::uint32_t tid);
    void put_time(std::string_view key, std::uint64_t ns);
    void end_event();
    void put_name_event(std::string_view event, std::uint32_t pid, std::uint32_t tid, std::string_view name);
    void put_instant(std::string_view name, char scope, std::uint32_t pid, std::uint32_t tid, std::uint64_t at_ns);
    std::string_view text() const { return {buffer_.GetString(), buffer_.GetSize()}; }

    rapidjson::StringBuffer buffer_, counter_text_;
    Json json_, counter_;
    bool first_event_ = true;
    bool has_origin_ = false, skipped_ = false;
    std::uint64_t origin_ns_ = 0;  // CLOCK_MONOTONIC at the start of the trace
    std::uint64_t lost_ = 0;       // Health::lost() so far
    std::unordered_map<std::uint64_t, Track> tracks_;
    std::unordered_map<std::uint32_t, Process> processes_;  // by PID
    std::uint32_t next_pid_;
    std::vector<std::string> last_counters_;
    ThreadIndex threads_;
    TraceProgress progress_;
};

}  // namespace tsa
