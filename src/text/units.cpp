// See units.h.
#include "text/units.h"

#include "text/short_text.h"

namespace tsa {

namespace {

/// The same for a text without numbers: most cells of a calm machine.
ShortText literal(std::string_view words) {
    ShortText text;
    text.size = static_cast<std::uint8_t>(words.copy(text.data.data(), text.data.size()));
    return text;
}

/// Three significant digits: 4.21, 41.2, 412.
ShortText three_digits(double value, std::string_view unit) {
    const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    return short_text("{:.{}f} {}", value, decimals, unit);
}

}  // namespace

ShortText duration_text(std::uint64_t ns) {
    constexpr double kUs = 1e3, kMs = 1e6, kS = 1e9;
    if (ns == 0) {
        return literal("0");
    }
    const auto value = static_cast<double>(ns);
    if (value < kUs) {
        return short_text("{} ns", ns);
    }
    if (value < 999.5 * kUs) {
        return three_digits(value / kUs, "µs");
    }
    if (value < 999.5 * kMs) {
        return three_digits(value / kMs, "ms");
    }
    const std::uint64_t seconds = ns / 1'000'000'000;
    if (seconds < 60) {
        return three_digits(value / kS, "s");
    }
    if (seconds < 3600) {
        return short_text("{}m{:02}s", seconds / 60, seconds % 60);
    }
    if (seconds < 86400) {
        return short_text("{}h{:02}m", seconds / 3600, seconds / 60 % 60);
    }
    return short_text("{}d{:02}h", seconds / 86400, seconds / 3600 % 24);
}

ShortText bytes_text(std::uint64_t bytes) {
    if (bytes == 0) {
        return literal("0");
    }
    if (bytes < 1024) {
        return short_text("{} B", bytes);
    }
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    constexpr std::array<std::string_view, 7> kUnits{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    while (value >= 999.5 && unit + 1 < kUnits.size()) {
        value /= 1024;
        ++unit;
    }
    return three_digits(value, kUnits[unit]);
}

ShortText rate_text(double bytes_per_s) {
    constexpr std::array<std::string_view, 7> kUnits{"B/s", "kB/s", "MB/s", "GB/s", "TB/s", "PB/s", "EB/s"};
    double value = bytes_per_s > 0 ? bytes_per_s : 0;
    std::size_t unit = 0;
    while (value >= 999.5 && unit + 1 < kUnits.size()) {
        value /= 1000;
        ++unit;
    }
    return short_text("{:.{}f} {}", value, unit == 0 || value >= 9.95 ? 0 : 1, kUnits[unit]);
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
