// A recording opened for reading: its meta data, one TimeSlice per interval, and where each interval's rows stand.
// Opening reads system.csv and looks once through threads.csv for where lines begin; rows are decoded when somebody
// plays them. Bounded by the number of intervals. Tolerates what a crash or another program leaves behind: a last line
// that is not whole, columns in another order, unknown or missing ones, a missing system.csv or meta.json.
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
    /// A directory that `record` wrote. Errors: no such directory, no threads.csv in it, a schema that is too new, no
    /// interval at all; each with a hint.
    static Result<std::unique_ptr<Recording>> open(const std::string& directory);
    Recording(const Recording&) = delete;
    Recording& operator=(const Recording&) = delete;
    ~Recording();

    [[nodiscard]] const RecordingMeta& meta() const;
    [[nodiscard]] const Timeline& timeline() const;
    [[nodiscard]] std::size_t intervals() const { return timeline().size(); }
    /// What is not as it should be, in words: "threads.csv: the last line is not whole". Empty: all is well.
    [[nodiscard]] const std::vector<std::string>& remarks() const;

  private:
    friend class Player;
    explicit Recording(std::unique_ptr<RecordingParts> parts);
    std::unique_ptr<RecordingParts> parts_;
};

/// Turns a recording back into the Reports that it was made of: number by number the same rows, sums and system. What a
/// recording does not hold is absent (entries of single states: their sum is the voluntary switches).
class Player {
  public:
    /// `recording` must outlive it.
    explicit Player(Recording& recording);
    ~Player();

    /// The report of that interval, valid until the next call. The next interval costs its rows; any other one costs
    /// the rows of about a minute before it. `interval` < recording.intervals(). Error: the file cannot be read any
    /// more.
    Result<const Report*> seek(std::size_t interval);
    /// Lines left out so far because they are no rows (counted once per time that they are met).
    [[nodiscard]] std::uint64_t bad_lines() const;

  private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace tsa
