// SPDX-License-Identifier: MIT
// A recording that is written down here, and the literal machine of the screens' tests as a moment of it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "tui/overview/page.h"
#include "tui/replay/replay.h"
#include "unit/view_fixture.h"

namespace tsa::test {

inline constexpr std::uint64_t kSecondNs = 1000 * kMs;
// 2026-11-21 13:05:00 UTC, which is 14:05:00 where it was recorded.
inline constexpr std::uint64_t kBeginUnixNs = 1'795'266'300ULL * kSecondNs;
inline constexpr std::int64_t kOffsetS = 3600;

[[nodiscard]] inline TimeSlice slice(std::size_t number, double exec, double cpu_wait, double lock_wait,
                                     double io_wait = 0) {
    TimeSlice out;
    out.interval_ns = kSecondNs;
    out.now_ns = kNowNs + (number + 1) * kSecondNs;
    out.time_unix_ns = kBeginUnixNs + (number + 1) * kSecondNs;
    out.threads_in[index(ThreadState::exec)] = static_cast<float>(exec);
    out.threads_in[index(ThreadState::cpu_wait)] = static_cast<float>(cpu_wait);
    out.threads_in[index(ThreadState::lock_wait)] = static_cast<float>(lock_wait);
    out.threads_in[index(ThreadState::io_wait)] = static_cast<float>(io_wait);
    out.threads_in[index(ThreadState::idle)] = 1200;
    return out;
}

/// Ten minutes: quiet work, a convoy from 4:10 to 4:14, disks from 7:30 to 8:00.
[[nodiscard]] inline Timeline ten_minutes() {
    Timeline out;
    for (std::size_t at = 0; at < 600; ++at) {
        const double ripple = 0.1 * static_cast<double>(at % 7);
        if (at >= 250 && at < 255) {
            out.push_back(slice(at, 1, 0.5, 6));
        } else if (at >= 450 && at < 480) {
            out.push_back(slice(at, 0.4, 0.1, 0, 3 + ripple));
        } else {
            out.push_back(slice(at, 0.8 + ripple, 0.2, 0));
        }
    }
    return out;
}

/// The literal machine of the other tests, as a moment of that recording.
struct Played : World {
    explicit Played(Timeline recorded = ten_minutes()) : timeline(std::move(recorded)) {
        fill();
        state.replay = start_replay(timeline);
        state.replay->utc_offsets = kOffsetS;
        state.replay->version = "0.1.0";
        go(0);
    }
    Played(const Played&) = delete;
    Played& operator=(const Played&) = delete;

    void go(std::size_t at) {
        state.replay->at = at;
        report.time_unix_ns = timeline[at].time_unix_ns;
        report.source = Source::replay;
    }
    Frame shown(int width, int height, bool unicode = true) {
        const ReplayLayout layout = replay_layout(state, width, height);
        state.replay->strip = make_strip(timeline, static_cast<std::size_t>(std::max(layout.columns, 80)));
        if (layout.columns > 0) {
            state.replay->strip = make_strip(timeline, static_cast<std::size_t>(layout.columns));
        }
        return draw(width, height, unicode);
    }
    std::size_t at() const { return state.replay->at; }

    Timeline timeline;
};

}  // namespace tsa::test
