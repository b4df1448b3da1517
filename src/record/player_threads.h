// SPDX-License-Identifier: MIT
// The threads of a recording at one interval, as two Samples of which ReportBuilder makes the recorded numbers again:
// each row's times are added to the totals that the thread had at the interval's begin, its open wait is taken off. A
// thread without a row goes on in its state. Pure: rows in, Samples out; the Player has the files.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "model/sample.h"
#include "model/wait_labels.h"
#include "record/thread_line.h"
#include "record/thread_slots.h"
#include "record/wait_names.h"

namespace tsa {

inline constexpr std::size_t kMaxPlayedLabels = 1 << 16;   ///< open waits with a label; further ones have none
inline constexpr std::size_t kMaxPlayedThreads = 1 << 20;  ///< rows of further ones are refused

class PlayerThreads {
  public:
    struct Setting {
        bool io_is_measured = true;  ///< also of threads that have no value: see kMeasuredIo
        bool followed = false;       ///< all threads are the command's
        bool has_wait_arguments = true;
        bool one_thread_per_name = false;  ///< a dead thread and a living one never have the same TID and start time
        std::uint64_t silence_ns = 0;      ///< a thread without a row for so long is gone
    };
    explicit PlayerThreads(const Setting& setting) : setting_(setting) {}

    /// Forgets all threads: what follows need not follow on what was.
    void clear();

    struct Interval {
        std::uint64_t now_ns = 0, interval_ns = 0, time_unix_ns = 0;
    };
    /// The present becomes the past.
    void begin(const Interval& interval);
    /// One row of the interval. False: no row that can be (a second one of the same thread).
    bool add(const RestoredRow& row);
    /// All rows were added. `living`: how many threads there were; those without a row are gone if the others are all.
    void end(std::optional<std::uint64_t> living);

    [[nodiscard]] Sample& before() { return samples_[1 - at_]; }
    [[nodiscard]] Sample& now() { return samples_[at_]; }
    /// Labels of open waits, as far as rows had them.
    [[nodiscard]] const WaitLabels& labels() const { return labels_; }
    [[nodiscard]] std::size_t living() const { return slots_.size(); }

  private:
    static constexpr std::uint32_t kNone = UINT32_MAX;
    struct Match {
        std::uint32_t slot = kNone;
        bool displaced = false;  ///< it lost its TID to another thread in this interval
        bool refused = false;
    };
    struct Displaced {
        ThreadKey key;
        std::uint32_t slot;
    };
    /// Where the row's wall time ends and begins, CLOCK_MONOTONIC; quiet time is before the start.
    struct Span {
        std::uint64_t begin_ns = 0, end_ns = 0;
    };

    [[nodiscard]] Span span_of(const RestoredRow& row, const Thread* before) const;
    [[nodiscard]] bool is_born_inside(const RestoredRow& row, const Span& span) const;
    [[nodiscard]] Match match(const RestoredRow& row);
    [[nodiscard]] int fit(const RestoredRow& row, std::uint32_t slot) const;
    std::uint32_t take_slot();
    void displace(std::uint32_t slot);
    void remove(std::uint32_t slot);
    void touch(std::uint32_t slot);
    Thread& invent_before(const RestoredRow& row, const Span& span, std::uint32_t slot);
    void fill(const RestoredRow& row, const Span& span, Thread* before, Thread& thread);
    void fill_times(const RestoredRow& row, const Span& span, Thread* before, Thread& thread) const;
    void put_label(const RestoredRow& row, const Thread& thread);
    void add_living(const RestoredRow& row, const Span& span, std::uint32_t slot, Thread* before);
    void add_exited(const RestoredRow& row, const Span& span, std::uint32_t slot, Thread* before);

    Setting setting_;
    WaitNames names_;
    WaitLabels labels_;
    std::array<Sample, 2> samples_;
    std::size_t at_ = 0;
    Interval interval_;
    ThreadSlots slots_;
    std::vector<std::uint64_t> last_row_ns_;   // by slot; kGone: no thread
    std::vector<std::uint32_t> row_round_;     // by slot: the round of its last row
    std::vector<std::uint32_t> free_, freed_;  // slots; freed_: in this interval, not to be used again in it
    std::vector<std::uint32_t> touched_;       // slots that this interval changed
    std::vector<std::uint32_t> reused_;        // slots of threads whose TID another one has now
    std::vector<Displaced> displaced_;
    std::uint32_t round_ = 0, lives_ = 0;
    std::uint64_t versions_ = 0;
    std::uint64_t living_rows_ = 0;
    bool cleared_ = true, first_ = true;  // first_: nothing is known from before this interval
};

}  // namespace tsa
