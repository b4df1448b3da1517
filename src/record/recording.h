// SPDX-License-Identifier: MIT
// A recording opened for reading: its metadata, one TimeSlice per interval, and the position of each interval's rows.
// Opening reads system.csv and scans threads.csv once for the positions of intervals; rows are decoded when they are
// played. Bounded by the number of intervals. Tolerates what a crash or another program may leave: an incomplete last
// line, reordered, unknown or missing columns, a missing system.csv or meta.json.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/report.h"
#include "model/timeline.h"
#include "record/meta.h"

namespace tsa {

struct RecordingParts;

class Recording {
  public:
    /// Opens a directory written by `record`. Errors: no such directory, no threads.csv in it, a schema that is too
    /// new, no intervals; each with a hint.
    static Result<std::unique_ptr<Recording>> open(const std::string& directory);
    Recording(const Recording&) = delete;
    Recording& operator=(const Recording&) = delete;
    ~Recording();

    [[nodiscard]] const RecordingMeta& meta() const;
    [[nodiscard]] const Timeline& timeline() const;
    [[nodiscard]] std::size_t intervals() const { return timeline().size(); }
    /// Error: in no interval are the rows of its threads complete.
    [[nodiscard]] Result<void> require_rows() const;
    /// Problems as text: "threads.csv: the last line is incomplete and was skipped". Empty: none.
    [[nodiscard]] const std::vector<std::string>& remarks() const;

  private:
    friend class Player;
    explicit Recording(std::unique_ptr<RecordingParts> parts);
    std::unique_ptr<RecordingParts> parts_;
};

/// Turns a recording back into the Reports that it was made from, with exactly the same rows, sums and system numbers.
/// Values that a recording does not store are absent (entries per state; only their sum, the voluntary switches, is
/// stored).
class Player {
  public:
    enum class WallClock : std::uint8_t {
        recorded,  ///< as it was: it may go back
        straight,  ///< as in the timeline: see straighten_clock()
    };
    /// `recording` must outlive it.
    explicit Player(Recording& recording, WallClock wall_clock = WallClock::recorded);
    ~Player();

    /// The report of an interval, valid until the next call. Playing the next interval reads its rows; any other one
    /// also reads the rows of about a minute before it. `interval` < recording.intervals(). Error: the file can no
    /// longer be read.
    Result<const Report*> seek(std::size_t interval);
    /// Lines skipped so far because they are not valid rows (counted each time they are read).
    [[nodiscard]] std::uint64_t bad_lines() const;

  private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace tsa
