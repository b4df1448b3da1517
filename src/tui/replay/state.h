// SPDX-License-Identifier: MIT
// The position of a replay in its recording: the moment under the cursor, whether it plays, and how fast. Part of the
// ViewState: keys move it, the loop plays the interval that it names, the view draws it below the table. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/utc_offsets.h"
#include "model/health.h"
#include "model/timeline.h"

namespace tsa {

/// What the keys choose from: recorded seconds per second.
inline constexpr std::array<double, 9> kReplaySpeeds{0.25, 0.5, 1, 2, 4, 8, 16, 32, 64};
inline constexpr double kSlowestReplay = kReplaySpeeds.front();
inline constexpr double kFastestReplay = kReplaySpeeds.back();

inline constexpr std::size_t kNoInterval = static_cast<std::size_t>(-1);

/// One column of the strip: a slice of the recording's time.
struct StripColumn {
    std::size_t interval = kNoInterval;  ///< its worst one, which is drawn for all of it; kNoInterval: not recorded
    bool lost = false;                   ///< some interval of it has losses
    bool clock_jumped = false;           ///< the clock was set, or the machine suspended, in some interval of it
};

/// The whole recording, as wide as the screen.
struct Strip {
    std::vector<StripColumn> columns;
    double full_threads = 1;  ///< as many threads in exec and latency states fill a column
};

struct ReplayState {
    const Timeline* timeline = nullptr;  ///< never empty; outlives the state
    UtcOffsets utc_offsets;              ///< local time where it was recorded
    Source source = Source::bpf;         ///< what it was recorded with
    std::string version;                 ///< of the program that wrote it
    std::vector<std::size_t> bad;        ///< intervals worth a look, ascending: see bad_moments()
    bool any_lost = false, any_missing = false, any_clock_jump = false;
    std::optional<std::size_t> moment;  ///< interval at whose end the rule fired that made the recording
    std::string moment_words;           ///< that rule, when, and its values; empty: no rule made it

    std::size_t at = 0;  ///< interval on the screen
    bool playing = false;
    double speed = 1;
    std::uint64_t played_ns = 0;  ///< of the interval that comes next
    Strip strip;                  ///< of the width drawn last; noted like ViewState::bounds
};

/// At the first interval, standing still. `timeline` must not be empty.
[[nodiscard]] ReplayState start_replay(const Timeline& timeline);

/// The one at whose end that time was; absent: the recording has none so late.
[[nodiscard]] std::optional<std::size_t> interval_with(const Timeline& timeline, std::uint64_t unix_ns);

/// Time goes on by so much of the watcher's own. Intervals that are over are skipped, gaps in the recording are not
/// waited for, and it stops at its end.
void play_on(ReplayState& replay, std::uint64_t elapsed_ns);
/// When the next interval is due, in the viewer's time; absent: it does not play.
[[nodiscard]] std::optional<std::uint64_t> next_due_ns(const ReplayState& replay);

/// Threads on average that wanted to go on and could not; and with those that ran.
[[nodiscard]] double held_up_threads(const TimeSlice& slice);
[[nodiscard]] double active_threads(const TimeSlice& slice);

/// Columns of the recording's time from left to right. O(intervals).
[[nodiscard]] Strip make_strip(const Timeline& timeline, std::size_t columns);
/// The column of an interval.
[[nodiscard]] std::size_t column_of(const Timeline& timeline, std::size_t interval, std::size_t columns);
/// The interval that the column, or the nearest one that is none of a gap, is of.
[[nodiscard]] std::size_t interval_at(const Strip& strip, std::size_t column);
/// `columns` further on, or back where it is negative: the first interval there that is another one.
[[nodiscard]] std::size_t scrub(const Timeline& timeline, const Strip& strip, std::size_t from, int columns);

/// Intervals in which more threads were delayed than in those around them, and twice as many as in the calmer quarter
/// of the recording; the worst of all where none is so. Ascending, at most kBadColumns of them.
[[nodiscard]] std::vector<std::size_t> bad_moments(const Timeline& timeline);
inline constexpr std::size_t kBadColumns = 240;

}  // namespace tsa
