// SPDX-License-Identifier: MIT
// See html_axis.h.
#include "summary/html_axis.h"

#include <array>
#include <string_view>
#include <vector>

#include "text/html.h"
#include "text/time_text.h"
#include "text/units.h"

namespace tsa {

namespace {

std::uint64_t time_step_s(std::uint64_t seconds) {
    constexpr std::uint64_t kMaxTicks = 9;
    constexpr auto kSteps = std::to_array<std::uint64_t>(
        {1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200});
    for (const std::uint64_t step : kSteps) {
        if (seconds / step < kMaxTicks) {
            return step;
        }
    }
    constexpr std::uint64_t kDay = 86400;
    return kDay * (seconds / kDay / kMaxTicks + 1);
}

/// Slices during which the wall clock ran on and local time did not change.
struct EvenTime {
    std::uint64_t from_unix_ns = 0, to_unix_ns = 0, from_ns = 0;
    std::int64_t utc_offset_s = 0;

    /// Where the wall clock would be at that moment.
    [[nodiscard]] std::uint64_t unix_at(std::uint64_t ns) const { return from_unix_ns + (ns - from_ns); }
    [[nodiscard]] bool continues(const SummarySlice& slice, const UtcOffsets& zone) const {
        constexpr std::uint64_t kToleranceNs = kNsPerSecond;
        const std::uint64_t expected_ns = unix_at(slice.from_ns);
        return std::max(expected_ns, slice.from_unix_ns) - std::min(expected_ns, slice.from_unix_ns) <= kToleranceNs &&
               zone.at(slice.from_unix_ns) == utc_offset_s;
    }
};

std::vector<EvenTime> even_times(std::span<const SummarySlice> slices, const UtcOffsets& zone) {
    std::vector<EvenTime> times;
    for (const SummarySlice& slice : slices) {
        if (times.empty() || !times.back().continues(slice, zone)) {
            times.push_back({slice.from_unix_ns, slice.to_unix_ns, slice.from_ns, zone.at(slice.from_unix_ns)});
        }
        times.back().to_unix_ns = slice.to_unix_ns;
    }
    return times;
}

/// The grid lines and labels of the time axis: full minutes or hours of the local time there.
class TimeTicks {
  public:
    TimeTicks(fmt::memory_buffer& out, const TimeAxis& axis)
        : out_(out), axis_(axis), step_ns_(time_step_s(axis.length_ns() / kNsPerSecond) * kNsPerSecond) {}

    void put(const EvenTime& time) {
        // Larger than any offset: whole days do not change where a step begins.
        constexpr std::uint64_t kDaysNs = 2 * 86400 * kNsPerSecond;
        const std::uint64_t local_ns =
            time.from_unix_ns + kDaysNs + static_cast<std::uint64_t>(time.utc_offset_s) * kNsPerSecond;
        std::uint64_t unix_ns = time.from_unix_ns + (step_ns_ - local_ns % step_ns_) % step_ns_;
        const std::uint64_t last_ns = std::min(time.to_unix_ns, time.from_unix_ns + axis_.length_ns());
        for (; unix_ns <= last_ns; unix_ns += step_ns_) {
            put(unix_ns, axis_.at(time.from_ns + (unix_ns - time.from_unix_ns)) * 100, time.utc_offset_s);
        }
    }

  private:
    void put(std::uint64_t unix_ns, double percent, std::int64_t utc_offset_s) {
        constexpr double kNearPercent = 5;   // labels closer together would overlap
        constexpr double kLatePercent = 96;  // a centered label would extend beyond the page
        constexpr std::size_t kMonth = 5, kMonthToMinute = 11, kHour = 11;  // in "2026-11-21 14:05:31"
        if (percent < last_percent_ + kNearPercent) {
            return;
        }
        last_percent_ = percent;
        put_markup(out_, R"(<div class="gx" style="left:{:.3f}%"></div>)", percent);
        const ShortText date = date_text(unix_ns, utc_offset_s);
        const bool long_time = axis_.length_ns() > 86400 * kNsPerSecond;
        put_markup(out_, R"(<span class="x{}{}" style="left:{:.3f}%">{}</span>)", odd_ ? " odd" : "",
                   percent > kLatePercent ? " late" : "", percent,
                   long_time ? date.view().substr(kMonth, kMonthToMinute) : date.view().substr(kHour));
        odd_ = !odd_;
    }

    fmt::memory_buffer& out_;
    const TimeAxis& axis_;
    std::uint64_t step_ns_;
    double last_percent_ = -100;
    bool odd_ = false;
};

/// A mark where the clock jumped, after which the labels go on from another time.
void put_clock_jump(fmt::memory_buffer& out, const ClockJump& jump, const TimeAxis& axis, const UtcOffsets& zone) {
    const bool back = jump.jump_ns < 0;
    const auto by_ns = static_cast<std::uint64_t>(back ? -jump.jump_ns : jump.jump_ns);
    const std::string_view what = jump.suspended ? "suspended for" : back ? "clock set back by" : "clock set ahead by";
    put_markup(out, R"(<div class="jump" style="left:{:.3f}%" title="{} {} before {}"></div>)",
               axis.at_unix(jump.at_unix_ns) * 100, what, duration_text(by_ns).view(),
               clock_text(jump.at_unix_ns, zone).view());
}

/// A mark where the rule fired.
void put_capture(fmt::memory_buffer& out, const CaptureMoment& capture, const TimeAxis& axis, const UtcOffsets& zone) {
    put_markup(out, R"(<div class="moment" style="left:{:.3f}%" title="captured when )",
               axis.at_unix(capture.at_unix_ns) * 100);
    put_html(out, capture_words(capture, zone));
    put_markup(out, R"("></div>)");
}

}  // namespace

double TimeAxis::at_unix(std::uint64_t unix_ns) const {
    const auto slice = std::ranges::lower_bound(slices_, unix_ns, {}, &SummarySlice::to_unix_ns);
    if (slice == slices_.end()) {
        return 1;
    }
    const std::uint64_t from_ns = std::min(slice->from_unix_ns, slice->to_unix_ns);
    const double share =
        slice->to_unix_ns == from_ns || unix_ns <= from_ns
            ? 0
            : static_cast<double>(unix_ns - from_ns) / static_cast<double>(slice->to_unix_ns - from_ns);
    return std::lerp(at(slice->from_ns), at(slice->to_ns), share);
}

void put_time(fmt::memory_buffer& out, const TimeAxis& axis, const SummaryContext& context) {
    TimeTicks ticks(out, axis);
    for (const EvenTime& time : even_times(axis.slices(), context.utc_offsets)) {
        ticks.put(time);
    }
    for (const ClockJump& jump : context.clock_jumps) {
        put_clock_jump(out, jump, axis, context.utc_offsets);
    }
    if (context.capture) {
        put_capture(out, *context.capture, axis, context.utc_offsets);
    }
}

}  // namespace tsa
