// SPDX-License-Identifier: MIT
// See limits_text.h.
#include "text/limits_text.h"

#include <fmt/format.h>

#include <optional>
#include <string_view>

#include "text/units.h"

namespace tsa {

namespace {

/// Smaller pressure would show as 0.0.
constexpr double kLeastPct = 0.05;

void add(std::string& text, std::string_view part) {
    text += text.empty() ? "" : ", ";
    text += part;
}

void add_pressure(std::string& text, std::string_view name, const std::optional<double>& pct) {
    if (pct.value_or(0) >= kLeastPct) {
        add(text, fmt::format("PSI {} {:.1f} %", name, *pct));
    }
}

}  // namespace

std::string limits_text(const CgroupStats& stats) {
    std::string text;
    if (stats.quota_cpus) {
        add(text, fmt::format("quota {:.3g} CPUs", *stats.quota_cpus));
    }
    if (stats.throttled_ns.value_or(0) != 0) {
        add(text, fmt::format("throttled {}", duration_text(*stats.throttled_ns).view()));
    }
    if (stats.memory_bytes && stats.memory_limit_bytes) {
        add(text, fmt::format("memory {} of {}", bytes_text(*stats.memory_bytes).view(),
                              bytes_text(*stats.memory_limit_bytes).view()));
    }
    if (stats.oom_kills.value_or(0) != 0) {
        add(text, fmt::format("{} killed for lack of memory", *stats.oom_kills));
    }
    add_pressure(text, "cpu", stats.cpu_some_pct);
    add_pressure(text, "memory", stats.memory_some_pct);
    add_pressure(text, "io", stats.io_some_pct);
    return text;
}

}  // namespace tsa
