// SPDX-License-Identifier: MIT
// See time_text.h.
#include "text/time_text.h"

#include <fmt/format.h>

#include <chrono>

#include "base/time_units.h"
#include "text/short_text.h"

namespace tsa {

namespace {

std::chrono::sys_seconds local_seconds(std::uint64_t unix_ns, std::int64_t utc_offset_s) {
    return std::chrono::sys_seconds(
        std::chrono::seconds(static_cast<std::int64_t>(unix_ns / kNsPerSecond) + utc_offset_s));
}

ShortText day_text(std::uint64_t unix_ns, std::int64_t utc_offset_s) {
    const auto at = local_seconds(unix_ns, utc_offset_s);
    const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(at));
    return short_text("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                      static_cast<unsigned>(date.day()));
}

}  // namespace

ShortText clock_text(std::uint64_t unix_ns, std::int64_t utc_offset_s) {
    const auto at = local_seconds(unix_ns, utc_offset_s);
    const std::chrono::hh_mm_ss time(at - std::chrono::floor<std::chrono::days>(at));
    return short_text("{:02}:{:02}:{:02}", time.hours().count(), time.minutes().count(), time.seconds().count());
}

ShortText date_text(std::uint64_t unix_ns, std::int64_t utc_offset_s) {
    return short_text("{} {}", day_text(unix_ns, utc_offset_s).view(), clock_text(unix_ns, utc_offset_s).view());
}

ShortText rfc3339_text(std::uint64_t unix_ns) {
    return short_text("{}T{}.{:09}Z", day_text(unix_ns, 0).view(), clock_text(unix_ns, 0).view(),
                      unix_ns % kNsPerSecond);
}

ShortText zone_text(std::int64_t utc_offset_s) {
    if (utc_offset_s == 0) {
        return short_text("UTC");
    }
    const std::int64_t minutes = (utc_offset_s < 0 ? -utc_offset_s : utc_offset_s) / 60;
    return short_text("UTC{}{:02}:{:02}", utc_offset_s < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

std::string span_text(std::uint64_t from_unix_ns, std::uint64_t to_unix_ns, const UtcOffsets& zone) {
    const std::int64_t from_s = zone.at(from_unix_ns), to_s = zone.at(to_unix_ns);
    const std::string from_zone = from_s == to_s ? std::string() : " " + std::string(zone_text(from_s).view());
    return fmt::format("{}{} to {} {}", date_text(from_unix_ns, from_s).view(), from_zone,
                       date_text(to_unix_ns, to_s).view(), zone_text(to_s).view());
}

}  // namespace tsa
