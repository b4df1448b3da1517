// SPDX-License-Identifier: MIT
// Number formats for screens only, declared in text.h. Each form has a bounded width, so that no column moves when a
// value grows.
#include <fmt/format.h>

#include <string>

#include "base/time_units.h"
#include "text/scaled.h"
#include "tui/text.h"

namespace tsa {
namespace {

/// Two digits, truncated: a lower bound is not rounded up.
std::uint64_t rounded_down(std::uint64_t ns) {
    std::uint64_t step = 1;
    while (ns < kNsPerMinute && ns / step >= 100) {
        step *= 10;
    }
    return ns / step * step;
}

}  // namespace

std::string format_age(const Thread& thread, std::uint64_t now_ns, std::string_view at_least) {
    const std::uint64_t age_ns = closed_at_ns(thread, now_ns) - thread.since_ns;
    if (!thread.since_is_upper_bound) {
        return format_duration(age_ns);
    }
    // The mark takes a cell: a lower bound may have less precision to make room for it.
    if (age_ns >= 100 * kNsPerMs && age_ns < kNsPerSecond) {
        return fmt::format("{}0.{} s", at_least, age_ns / (100 * kNsPerMs));
    }
    return fmt::format("{}{}", at_least, short_duration_text(rounded_down(age_ns), kShortDurationCells - 1).view());
}

std::string format_share(double percent) {
    return percent < 999.95 ? fmt::format("{:.1f}", percent) : std::string(scaled_text(percent).view());
}

}  // namespace tsa
