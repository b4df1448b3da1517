// Numbers with units, as declared in text.h. Each form has a bounded width, so that no column moves when a value grows.
#include <fmt/format.h>

#include <array>
#include <string>

#include "tui/text.h"

namespace tsa {
namespace {

constexpr std::uint64_t kUs = 1000;
constexpr std::uint64_t kMs = 1000 * kUs;
constexpr std::uint64_t kS = 1000 * kMs;
constexpr std::uint64_t kMinute = 60 * kS;
constexpr std::uint64_t kHour = 60 * kMinute;
constexpr std::uint64_t kDay = 24 * kHour;

// Three figures at most: 4.21, 42.1, 421 -> "4.2", "42", "421".
std::string short_number(double value) {
    return value < 9.95 ? fmt::format("{:.1f}", value) : fmt::format("{:.0f}", value);
}

struct Scaled {
    double value;
    std::size_t power;
};

Scaled scale(double value, double base, std::size_t powers) {
    std::size_t power = 0;
    while (value >= 999.5 && power + 1 < powers) {
        value /= base;
        ++power;
    }
    return {value, power};
}

}  // namespace

std::string format_duration(std::uint64_t ns) {
    if (ns < kMs) {
        return fmt::format("{} µs", ns / kUs);
    }
    if (ns < kS) {
        return ns < 10 * kMs ? fmt::format("{:.1f} ms", static_cast<double>(ns / (100 * kUs)) / 10)
                             : fmt::format("{} ms", ns / kMs);
    }
    if (ns < 10 * kS) {
        return fmt::format("{:.1f} s", static_cast<double>(ns / (100 * kMs)) / 10);
    }
    if (ns < 2 * kMinute) {
        return fmt::format("{} s", ns / kS);
    }
    if (ns < 2 * kHour) {
        return fmt::format("{} m", ns / kMinute);
    }
    return ns < 2 * kDay ? fmt::format("{} h", ns / kHour) : fmt::format("{} d", ns / kDay);
}

std::string format_age(const Thread& thread, std::uint64_t now_ns, std::string_view at_least) {
    const std::uint64_t age_ns = closed_at_ns(thread, now_ns) - thread.since_ns;
    if (!thread.since_is_upper_bound) {
        return format_duration(age_ns);
    }
    // The mark takes a cell: a lower bound may be rounded down to make room for it.
    if (age_ns >= 100 * kMs && age_ns < kS) {
        return fmt::format("{}0.{} s", at_least, age_ns / (100 * kMs));
    }
    return fmt::format("{}{}", at_least, format_duration(age_ns));
}

std::string format_bytes(double bytes) {
    static constexpr std::array<const char*, 7> kUnits{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    const auto [value, power] = scale(bytes, 1024, kUnits.size());
    return fmt::format("{:.{}f} {}", value, power == 0 || value >= 99.95 ? 0 : 1, kUnits[power]);
}

std::string format_rate(double bytes_per_s) {
    static constexpr std::array<const char*, 6> kUnits{"B/s", "kB/s", "MB/s", "GB/s", "TB/s", "PB/s"};
    const auto [value, power] = scale(bytes_per_s, 1000, kUnits.size());
    return fmt::format("{} {}", power == 0 ? fmt::format("{:.0f}", value) : short_number(value), kUnits[power]);
}

std::string format_bytes_short(std::uint64_t bytes) {
    static constexpr std::array<const char*, 7> kUnits{"B", "K", "M", "G", "T", "P", "E"};
    const auto [value, power] = scale(static_cast<double>(bytes), 1024, kUnits.size());
    return fmt::format("{}{}", power == 0 ? fmt::format("{:.0f}", value) : short_number(value), kUnits[power]);
}

std::string format_share(double percent) {
    return percent < 999.95 ? fmt::format("{:.1f}", percent) : fmt::format("{:.0f}", percent);
}

std::string format_count(std::uint64_t count) {
    std::string out = fmt::format("{}", count);
    for (std::size_t at = out.size(); at > 3;) {
        at -= 3;
        out.insert(at, 1, ',');
    }
    return out;
}

std::string format_uptime(double seconds) {
    const auto total = static_cast<std::uint64_t>(seconds < 0 ? 0 : seconds);
    if (total >= 86400) {
        return fmt::format("{}d {}h", total / 86400, total % 86400 / 3600);
    }
    if (total >= 3600) {
        return fmt::format("{}h {:02}m", total / 3600, total % 3600 / 60);
    }
    return fmt::format("{}m {:02}s", total / 60, total % 60);
}

}  // namespace tsa
