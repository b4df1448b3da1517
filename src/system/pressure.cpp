// SPDX-License-Identifier: MIT
// See pressure.h.
#include "system/pressure.h"

#include <cmath>

#include "base/scan.h"

namespace tsa {
namespace {

struct StallLine {
    double avg10_pct = 0;
    std::uint64_t total_ns = 0;
};

// "avg10=0.03 avg60=0.02 avg300=0.00 total=5457312"; total is in microseconds.
std::optional<StallLine> parse_averages(std::string_view fields) {
    constexpr std::string_view kAverage = "avg10=";
    constexpr std::string_view kTotal = "total=";
    std::optional<double> avg10_pct;
    std::optional<std::uint64_t> total_ns;
    for (std::string_view field = next_field(fields); !field.empty(); field = next_field(fields)) {
        if (field.starts_with(kAverage)) {
            avg10_pct = number<double>(field.substr(kAverage.size()));
        } else if (field.starts_with(kTotal)) {
            total_ns = scaled_number(field.substr(kTotal.size()), 1000);
        }
    }
    if (!avg10_pct || !std::isfinite(*avg10_pct) || !total_ns) {
        return std::nullopt;
    }
    return StallLine{*avg10_pct, *total_ns};
}

}  // namespace

std::optional<Pressure> parse_pressure(std::string_view text) {
    std::optional<StallLine> some;
    StallLine full;
    while (std::optional<std::string_view> line = next_line(text)) {
        const std::string_view kind = next_field(*line);
        if (kind == "some") {
            some = parse_averages(*line);
        } else if (kind == "full") {
            const std::optional<StallLine> parsed = parse_averages(*line);
            if (!parsed) {
                return std::nullopt;
            }
            full = *parsed;
        }
    }
    if (!some) {
        return std::nullopt;
    }
    return Pressure{some->avg10_pct, full.avg10_pct, some->total_ns, full.total_ns};
}

std::optional<IrqPressure> parse_irq_pressure(std::string_view text) {
    while (std::optional<std::string_view> line = next_line(text)) {
        if (next_field(*line) != "full") {
            continue;
        }
        const std::optional<StallLine> full = parse_averages(*line);
        return full ? std::optional(IrqPressure{full->avg10_pct, full->total_ns}) : std::nullopt;
    }
    return std::nullopt;
}

}  // namespace tsa
