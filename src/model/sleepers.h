// SPDX-License-Identifier: MIT
// The threads that sleep from one report to the next, counted instead of listed: their time is their number x the
// interval. So a report that needs no rows of them costs by what happened, not by the number of threads. A part of
// ReportBuilder.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "base/flat_map.h"
#include "model/report.h"
#include "model/sample.h"

namespace tsa {

/// Whether a thread in this state only sleeps, waits for work or is stopped: no delay, and no zombie.
[[nodiscard]] constexpr bool is_asleep(ThreadState state) {
    return state == ThreadState::sync || state == ThreadState::sleep || state == ThreadState::idle ||
           state == ThreadState::stopped;
}

/// The processes of a report are kept from one report to the next; their times are those of the interval.
class Sleepers {
  public:
    /// Begins a report. Everything is forgotten, and so looked at again, unless the last one was of the interval
    /// before, into the same report and with the same choice of threads.
    void begin(const Sample& previous, const Sample& current, const ReportOptions& options, Report& out);

    /// Indices of the threads to look at: all others are asleep as before. Some twice.
    [[nodiscard]] std::span<const std::uint32_t> to_look_at() const { return to_look_at_; }

    /// Looks at one of them. True: a row of it is due. Otherwise it slept throughout the interval and is counted, or it
    /// was looked at before, or there is no thread.
    bool look(const Sample& previous, const Sample& current, std::size_t index, const ReportOptions& options,
              Report& out);

    /// Index of a process, a new one if there is none, ready to be added to.
    std::uint32_t touch(std::uint32_t tgid, const Sample& current, Report& out);

    /// After the last row of a living thread: finds the main and newest threads of processes that lost theirs.
    void search_threads(const Sample& current, Report& out);

    /// After the last row: what the sleepers add, and what becomes of processes without threads.
    void end(Report& out);

    /// Calls `take(index)` for each sleeping thread with one of these IDs, which are sorted.
    template <class Take>
    void for_each_asleep(std::span<const std::uint32_t> tids, Take take) const {
        for (std::size_t i = 0; i < places_.size(); ++i) {
            if (places_[i].asleep && places_[i].listed && std::ranges::binary_search(tids, places_[i].tid)) {
                take(i);
            }
        }
    }

    /// The next report begins from nothing.
    void forget() { report_ = nullptr; }

  private:
    static constexpr std::uint32_t kNone = UINT32_MAX;

    /// What is known of a thread index.
    struct Place {
        std::uint32_t life = 0;
        std::uint32_t tid = 0;
        std::uint32_t tgid = 0;
        std::uint32_t looked = 0;  ///< number of the report in which it was looked at last
        ThreadState state = ThreadState::idle;
        bool listed = false;
        bool asleep = false;  ///< counted
    };
    /// What is known of a process in addition to its row, by the same index.
    struct Kept {
        std::uint32_t leader = kNone;  ///< thread index
        std::uint32_t newest = kNone;
        std::uint32_t touched = 0;  ///< number of the report in which its row was last prepared
        bool search = false;        ///< the thread that was its leader or newest is no longer its
    };

    [[nodiscard]] bool follows(const Sample& previous, const Sample& current, const ReportOptions& options,
                               const Report& out) const;
    void point(std::uint32_t process, const Sample& current, Report& out) const;
    void join(std::uint32_t process, std::size_t index, const Sample& current, Report& out);
    void leave(Place& place, std::size_t index, const Sample& current, Report& out);
    std::uint32_t remove(std::uint32_t process, Report& out);

    std::vector<Place> places_;
    std::vector<Kept> kept_;
    FlatMap<FlatIndex<std::uint32_t>> process_of_;  // TGID to index into Report::processes
    PerState<std::uint64_t> asleep_{};              // numbers of sleepers
    PerState<std::uint64_t> listed_asleep_{};
    std::uint64_t listed_threads_ = 0;
    std::vector<std::uint32_t> to_look_at_;
    std::vector<std::uint32_t> awake_;    // indices to look at in the next report
    std::vector<std::uint32_t> touched_;  // TGIDs
    std::uint32_t number_ = 0;            // of the report
    bool searches_ = false;
    // What the last report was of.
    const Report* report_ = nullptr;
    std::uint64_t until_ns_ = 0;
    std::uint64_t round_ = 0;
    const Thread* threads_ = nullptr;  // the memory of its two samples, into which the rows of processes point
    const Thread* threads_before_ = nullptr;
    bool kernel_threads_ = true;
};

}  // namespace tsa
