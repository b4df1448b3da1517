// SPDX-License-Identifier: MIT
// See units.h.
#include "text/units.h"

#include "text/scaled.h"

#include <algorithm>

#include "base/time_units.h"
#include "text/short_text.h"

namespace tsa {

namespace {

/// The same for text without numbers: most cells of an idle machine.
ShortText literal(std::string_view words) {
    ShortText text;
    text.size = static_cast<std::uint8_t>(words.copy(text.data.data(), text.data.size()));
    return text;
}

/// With `digits` significant digits, two or three, and all digits before the point: 4.21 or 4.2, 41.2 or 41, 412.
ShortText with_digits(double value, int digits, std::string_view unit) {
    const int before = value < (digits == 3 ? 9.995 : 9.95) ? 1 : value < (digits == 3 ? 99.95 : 99.5) ? 2 : 3;
    return short_text("{:.{}f} {}", value, std::max(digits - before, 0), unit);
}

/// Less than a minute.
ShortText brief_text(std::uint64_t ns, int digits) {
    if (ns == 0) {
        return literal("0");
    }
    if (ns < kNsPerUs) {
        return short_text("{} ns", ns);
    }
    constexpr double kMostShown = 999.5;
    constexpr auto kUs = static_cast<double>(kNsPerUs), kMs = static_cast<double>(kNsPerMs);
    const auto value = static_cast<double>(ns);
    if (value < kMostShown * kUs) {
        return with_digits(value / kUs, digits, "µs");
    }
    return value < kMostShown * kMs ? with_digits(value / kMs, digits, "ms")
                                    : with_digits(value / static_cast<double>(kNsPerSecond), digits, "s");
}

ShortText long_text(std::uint64_t ns) {
    if (ns < kNsPerHour) {
        return short_text("{}m{:02}s", ns / kNsPerMinute, ns % kNsPerMinute / kNsPerSecond);
    }
    return ns < kNsPerDay ? short_text("{}h{:02}m", ns / kNsPerHour, ns % kNsPerHour / kNsPerMinute)
                          : short_text("{}d{:02}h", ns / kNsPerDay, ns % kNsPerDay / kNsPerHour);
}

/// In the largest unit only.
ShortText rough_text(std::uint64_t ns) {
    if (ns < kNsPerHour) {
        return short_text("{} m", ns / kNsPerMinute);
    }
    return ns < kNsPerDay ? short_text("{} h", ns / kNsPerHour) : short_text("{} d", ns / kNsPerDay);
}

/// Divided by `base` until it has at most three digits before the point.
struct Scaled {
    double value;
    std::size_t power;
};
Scaled scaled(double value, double base, std::size_t powers) {
    std::size_t power = 0;
    while (value >= 999.5 && power + 1 < powers) {
        value /= base;
        ++power;
    }
    return {value, power};
}

}  // namespace

ShortText duration_text(std::uint64_t ns) {
    return ns < kNsPerMinute ? brief_text(ns, 3) : long_text(ns);
}

ShortText short_duration_text(std::uint64_t ns, std::size_t cells) {
    if (ns < kNsPerMinute) {
        return brief_text(ns, 2);
    }
    const ShortText text = long_text(ns);
    return text.size <= cells ? text : rough_text(ns);
}

ShortText bytes_text(std::uint64_t bytes) {
    constexpr std::array<std::string_view, 7> kUnits{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    if (bytes == 0) {
        return literal("0");
    }
    if (bytes < 1024) {
        return short_text("{} B", bytes);
    }
    const auto [value, power] = scaled(static_cast<double>(bytes), 1024, kUnits.size());
    return with_digits(value, 3, kUnits[power]);
}

ShortText short_bytes_text(std::uint64_t bytes) {
    constexpr std::array<std::string_view, 7> kUnits{"B", "K", "M", "G", "T", "P", "E"};
    const auto [value, power] = scaled(static_cast<double>(bytes), 1024, kUnits.size());
    return short_text("{:.{}f}{}", value, power == 0 || value >= 9.95 ? 0 : 1, kUnits[power]);
}

ShortText rate_text(double bytes_per_s) {
    constexpr std::array<std::string_view, 7> kUnits{"B/s", "KiB/s", "MiB/s", "GiB/s", "TiB/s", "PiB/s", "EiB/s"};
    const auto [value, power] = scaled(bytes_per_s > 0 ? bytes_per_s : 0, 1024, kUnits.size());
    return short_text("{:.{}f} {}", value, power == 0 || value >= 9.95 ? 0 : 1, kUnits[power]);
}

ShortText frequency_text(double per_s) {
    return per_s > 0 && per_s < 9.95 ? short_text("{:.1f}", per_s) : scaled_text(per_s);
}

ShortText count_text(std::uint64_t count) {
    const fmt::format_int digits(count);
    ShortText text;
    for (std::size_t at = 0; at < digits.size(); ++at) {
        if (at != 0 && (digits.size() - at) % 3 == 0) {
            text.data[text.size++] = ',';
        }
        text.data[text.size++] = digits.data()[at];
    }
    return text;
}

ShortText share_text(std::uint64_t part, std::uint64_t whole) {
    if (part == 0 || whole == 0) {
        return literal("·");
    }
    const double share = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
    return share < 0.05 ? literal("<0.1") : short_text("{:.1f}", share);
}

ShortText percent_text(double percent) {
    return short_text("{:.1f} %", percent);
}

ShortText average_text(double value) {
    constexpr double kSmallest = 0.0005;
    if (!(value > 0)) {
        return literal("0");
    }
    if (value < kSmallest) {
        return literal("<0.001");
    }
    const int decimals = value < 0.0995 ? 3 : value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    return short_text("{:.{}f}", value, decimals);
}

}  // namespace tsa
