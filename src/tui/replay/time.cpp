// SPDX-License-Identifier: MIT
// See time.h.
#include "tui/replay/time.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <iterator>
#include <limits>
#include <optional>
#include <system_error>
#include <vector>

#include "base/time_units.h"

namespace tsa {
namespace {

constexpr auto kNs = static_cast<std::int64_t>(kNsPerSecond);
constexpr std::int64_t kDayS = 86'400;

/// Parses pieces from the front of a text.
class Reader {
  public:
    explicit Reader(std::string_view text) : text_(text) {}

    [[nodiscard]] bool done() const { return text_.empty(); }
    bool take(char letter) {
        if (text_.empty() || text_.front() != letter) {
            return false;
        }
        text_.remove_prefix(1);
        return true;
    }
    bool take(std::string_view word) {
        if (!text_.starts_with(word)) {
            return false;
        }
        text_.remove_prefix(word.size());
        return true;
    }
    /// At most `most` digits.
    std::optional<std::int64_t> digits(std::size_t most) {
        const std::size_t end = std::min(text_.find_first_not_of("0123456789"), text_.size());
        std::int64_t value = 0;
        if (end == 0 || end > most) {
            return std::nullopt;
        }
        std::from_chars(text_.data(), text_.data() + end, value);
        text_.remove_prefix(end);
        return value;
    }
    /// "2.5", without a sign or an exponent.
    std::optional<double> number() {
        const std::size_t end = std::min(text_.find_first_not_of("0123456789."), text_.size());
        double value = 0;
        const auto read = std::from_chars(text_.data(), text_.data() + end, value, std::chars_format::fixed);
        if (end == 0 || read.ec != std::errc() || read.ptr != text_.data() + end) {
            return std::nullopt;
        }
        text_.remove_prefix(end);
        return value;
    }

  private:
    std::string_view text_;
};

std::string_view without_blanks(std::string_view text) {
    const std::size_t from = text.find_first_not_of(" \t");
    return from == std::string_view::npos ? std::string_view{}
                                          : text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

/// Local time.
struct WallClock {
    std::optional<std::int64_t> day;  ///< since 1970
    std::int64_t ns_of_day = 0;
    std::int64_t precision_ns = kNs;  ///< "14:05" means all of its minute
};

/// "14:05", "14:05:30", "14:05:30.5".
bool read_time_of_day(Reader& in, WallClock& out) {
    const auto hours = in.digits(2);
    const auto minutes = hours && in.take(':') ? in.digits(2) : std::nullopt;
    if (!minutes || *hours > 23 || *minutes > 59) {
        return false;
    }
    double seconds = 0;
    out.precision_ns = 60 * kNs;
    if (in.take(':')) {
        const auto read = in.number();
        if (!read || *read >= 60) {
            return false;
        }
        seconds = *read;
        out.precision_ns = kNs;
    }
    out.ns_of_day = (*hours * 3600 + *minutes * 60) * kNs + std::llround(seconds * static_cast<double>(kNs));
    return in.done();
}

/// "2026-11-21", with a time of day after it.
std::optional<WallClock> read_wall_clock(std::string_view text) {
    WallClock out;
    Reader only_time(text);
    if (read_time_of_day(only_time, out)) {
        return out;
    }
    Reader in(text);
    const auto year = in.digits(4);
    const auto month = year && in.take('-') ? in.digits(2) : std::nullopt;
    const auto day = month && in.take('-') ? in.digits(2) : std::nullopt;
    if (!day) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                           std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok()) {
        return std::nullopt;
    }
    out.day = std::chrono::sys_days(date).time_since_epoch().count();
    if (in.done()) {
        out.precision_ns = kDayS * kNs;
        return out;
    }
    const bool has_time = (in.take(' ') || in.take('T')) && read_time_of_day(in, out);
    return has_time ? std::optional(out) : std::nullopt;
}

/// "30s", "1h30m", "90": in seconds.
std::optional<double> read_duration(std::string_view text) {
    Reader in(text);
    double seconds = 0;
    bool plain = false;
    for (bool first = true; !in.done(); first = false) {
        const auto value = in.number();
        if (!value || plain) {
            return std::nullopt;
        }
        double unit = 1;
        if (in.take("ms")) {
            unit = 1e-3;
        } else if (in.take('m')) {
            unit = 60;
        } else if (in.take('h')) {
            unit = 3600;
        } else if (in.take('d')) {
            unit = static_cast<double>(kDayS);
        } else {
            plain = !in.take('s');
            if (plain && !first) {
                return std::nullopt;
            }
        }
        seconds += *value * unit;
    }
    return text.empty() ? std::nullopt : std::optional(seconds);
}

std::int64_t signed_ns(std::uint64_t ns) {
    return static_cast<std::int64_t>(ns);
}

std::int64_t begin_unix(const TimeSlice& slice) {
    return signed_ns(slice.time_unix_ns) - signed_ns(slice.interval_ns);
}

/// First and last time by the wall clock.
struct Ends {
    std::int64_t from_ns, to_ns;
};

Ends ends_of(const Timeline& timeline) {
    return {begin_unix(timeline.front()), signed_ns(timeline.back().time_unix_ns)};
}

/// The interval that contains that time, else the nearest one.
std::size_t nearest_unix(const Timeline& timeline, std::int64_t unix_ns) {
    std::size_t best = 0;
    std::int64_t best_away = std::numeric_limits<std::int64_t>::max();
    for (std::size_t at = 0; at < timeline.size() && best_away > 0; ++at) {
        // An interval includes its end; its start belongs to the previous interval, if there is one.
        const std::int64_t from = begin_unix(timeline[at]) + 1;
        const std::int64_t to = signed_ns(timeline[at].time_unix_ns);
        const std::int64_t away = unix_ns < from ? from - unix_ns : (unix_ns > to ? unix_ns - to : 0);
        if (away < best_away) {
            best = at;
            best_away = away;
        }
    }
    return best;
}

/// First interval that ends at `now_ns` or later; the last one if none does.
std::size_t at_monotonic(const Timeline& timeline, double now_ns) {
    const auto found = std::partition_point(timeline.begin(), timeline.end(), [&](const TimeSlice& slice) {
        return static_cast<double>(slice.now_ns) < now_ns;
    });
    const auto at = static_cast<std::size_t>(found - timeline.begin());
    return std::min(at, timeline.size() - 1);
}

/// The moments at which clocks there showed that time of that day: two where daylight saving time ended meanwhile.
std::vector<std::int64_t> moments_of(std::int64_t day, std::int64_t ns_of_day, const UtcOffsets& zone) {
    std::vector<std::int64_t> offsets{zone.first()};
    std::ranges::transform(zone.changes(), std::back_inserter(offsets), &UtcOffsets::Change::offset_s);
    std::ranges::sort(offsets);
    offsets.erase(std::unique(offsets.begin(), offsets.end()), offsets.end());
    std::vector<std::int64_t> moments;
    for (const std::int64_t offset_s : offsets) {
        const std::int64_t unix_ns = (day * kDayS - offset_s) * kNs + ns_of_day;
        if (unix_ns < 0 || zone.at(static_cast<std::uint64_t>(unix_ns)) == offset_s) {
            moments.push_back(unix_ns);
        }
    }
    return moments;
}

Error not_covered(std::string_view text, const Ends& ends, const UtcOffsets& zone) {
    const auto from = static_cast<std::uint64_t>(std::max<std::int64_t>(ends.from_ns, 0));
    const auto to = static_cast<std::uint64_t>(ends.to_ns);
    return Error{fmt::format("{} is not in the recording", text),
                 fmt::format("it covers {} {} to {} {}", date_words(from, zone), time_words(from, zone, false),
                             date_words(to, zone), time_words(to, zone, false)),
                 0};
}

Result<std::size_t> find_wall_clock(std::string_view text, const WallClock& wanted, const Timeline& timeline,
                                    std::size_t at, const UtcOffsets& zone) {
    constexpr std::int64_t kLastDay = 100'000;  // in the year 2243: nanoseconds since 1970 end at 2262
    const Ends ends = ends_of(timeline);
    const auto day_of = [&](std::int64_t unix_ns) {
        const std::int64_t offset_s = zone.at(static_cast<std::uint64_t>(std::max<std::int64_t>(unix_ns, 0)));
        return std::chrono::floor<std::chrono::days>(std::chrono::nanoseconds(unix_ns + offset_s * kNs)).count();
    };
    const std::int64_t first_day = wanted.day.value_or(day_of(ends.from_ns));
    const std::int64_t last_day = std::min(wanted.day.value_or(day_of(ends.to_ns)), kLastDay);
    std::optional<std::int64_t> best;
    const std::int64_t here = signed_ns(timeline[at].time_unix_ns);
    for (std::int64_t day = std::max(first_day, -kLastDay); day <= last_day; ++day) {
        for (const std::int64_t unix_ns : moments_of(day, wanted.ns_of_day, zone)) {
            const bool inside = unix_ns + wanted.precision_ns > ends.from_ns && unix_ns <= ends.to_ns;
            if (inside && (!best || std::abs(unix_ns - here) < std::abs(*best - here))) {
                best = unix_ns;
            }
        }
    }
    return best ? Result<std::size_t>(nearest_unix(timeline, *best)) : not_covered(text, ends, zone);
}

}  // namespace

Result<std::size_t> find_moment(std::string_view text, const Timeline& timeline, std::size_t at,
                                const UtcOffsets& zone) {
    const std::string_view wanted = without_blanks(text);
    const Error not_understood{fmt::format("\"{}\" is not a moment", wanted),
                               fmt::format("valid forms: {}", kMomentForms), 0};
    const auto begin_ns =
        static_cast<double>(timeline.front().now_ns) - static_cast<double>(timeline.front().interval_ns);
    if (wanted.empty()) {
        return not_understood;
    }
    Reader in(wanted);
    if (const bool back = in.take('-'); back || in.take('+')) {
        const auto seconds = read_duration(without_blanks(wanted.substr(1)));
        if (!seconds) {
            return not_understood;
        }
        return at_monotonic(timeline, static_cast<double>(timeline[at].now_ns) +
                                          (back ? -*seconds : *seconds) * static_cast<double>(kNs));
    }
    if (in.take('#')) {
        const auto number = in.digits(15);
        if (!number || !in.done()) {
            return not_understood;
        }
        if (*number < 1 || static_cast<std::size_t>(*number) > timeline.size()) {
            return Error{fmt::format("there is no interval {}", *number),
                         fmt::format("the recording has 1 to {}", timeline.size()), 0};
        }
        return static_cast<std::size_t>(*number - 1);
    }
    if (wanted.ends_with('%')) {
        Reader share(without_blanks(wanted.substr(0, wanted.size() - 1)));
        const auto percent = share.number();
        if (!percent || !share.done() || *percent > 100) {
            return not_understood;
        }
        return at_monotonic(timeline,
                            begin_ns + (static_cast<double>(timeline.back().now_ns) - begin_ns) * *percent / 100);
    }
    const auto clock = read_wall_clock(wanted);
    return clock ? find_wall_clock(wanted, *clock, timeline, at, zone) : Result<std::size_t>(not_understood);
}

std::string date_words(std::uint64_t unix_ns, const UtcOffsets& zone) {
    const auto local = std::chrono::nanoseconds(signed_ns(unix_ns) + zone.at(unix_ns) * kNs);
    const std::chrono::year_month_day date(std::chrono::sys_days(std::chrono::floor<std::chrono::days>(local)));
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()));
}

std::string time_words(std::uint64_t unix_ns, const UtcOffsets& zone, bool tenths) {
    const std::int64_t local_ns = signed_ns(unix_ns) + zone.at(unix_ns) * kNs;
    const std::int64_t of_day = ((local_ns % (kDayS * kNs)) + kDayS * kNs) % (kDayS * kNs);
    const std::int64_t s = of_day / kNs;
    std::string words = fmt::format("{:02}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
    return tenths ? fmt::format("{}.{}", words, of_day / (kNs / 10) % 10) : words;
}

std::string elapsed_words(std::uint64_t ns, bool tenths) {
    const std::uint64_t s = ns / static_cast<std::uint64_t>(kNs);
    std::string words = s >= 3600 ? fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
                                  : fmt::format("{}:{:02}", s / 60, s % 60);
    return tenths ? fmt::format("{}.{}", words, ns / (static_cast<std::uint64_t>(kNs) / 10) % 10) : words;
}

bool spans_days(const Timeline& timeline, const UtcOffsets& zone) {
    return date_words(begin_unix_ns(timeline), zone) != date_words(timeline.back().time_unix_ns, zone);
}

std::uint64_t begin_unix_ns(const Timeline& timeline) {
    const TimeSlice& first = timeline.front();
    return first.time_unix_ns - std::min(first.interval_ns, first.time_unix_ns);
}

}  // namespace tsa
