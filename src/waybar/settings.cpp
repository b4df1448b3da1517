// SPDX-License-Identifier: MIT
// See settings.h.
#include "waybar/settings.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/scan.h"
#include "text/sanitize.h"
#include "text/suggestion.h"

namespace tsa {

namespace {

constexpr double kMaxThreshold = 1e9;

Result<void> take_on_off(std::string_view value, bool& out) {
    if (value == "on" || value == "true") {
        out = true;
    } else if (value == "off" || value == "false") {
        out = false;
    } else {
        return Error{fmt::format("'{}' is neither on nor off", printable(value)), "on or off", 0};
    }
    return {};
}

template <class T>
Result<void> take_whole(std::string_view value, std::uint64_t least, std::uint64_t most, T& out) {
    const auto parsed = number<std::uint64_t>(value);
    if (!parsed || *parsed < least || *parsed > most) {
        return Error{fmt::format("'{}' is not a whole number from {} to {}", printable(value), least, most), {}, 0};
    }
    out = static_cast<T>(*parsed);
    return {};
}

Result<void> take_parts(std::string_view value, std::uint32_t& out) {
    std::uint32_t parts = 0;
    while (!value.empty()) {
        const std::size_t comma = std::min(value.find(','), value.size());
        std::string_view rest = value.substr(0, comma);
        const std::string_view name = next_field(rest);
        value.remove_prefix(std::min(comma + 1, value.size()));
        std::size_t part = 0;
        while (part < kWaybarParts && waybar_part_key(static_cast<WaybarPart>(part)) != name) {
            ++part;
        }
        if (part == kWaybarParts) {
            std::string all;
            for (std::size_t i = 0; i < kWaybarParts; ++i) {
                all += fmt::format("{}{}", i == 0 ? "" : ",", waybar_part_key(static_cast<WaybarPart>(i)));
            }
            return Error{fmt::format("the tooltip has no part '{}'", printable(name)), "some of " + all, 0};
        }
        parts |= 1U << part;
    }
    if (parts == 0) {
        return Error{"no parts given", "at least one, as in summary,wait,footer", 0};
    }
    out = parts;
    return {};
}

Result<void> take_threshold(WaybarSettings& settings, std::string_view key, std::string_view value) {
    std::array<std::string_view, kWaybarClasses> keys;
    std::ranges::transform(waybar_class_table(), keys.begin(), &WaybarClassInfo::key);
    const auto* found = std::ranges::find(keys, key);
    if (found == keys.end()) {
        return Error{fmt::format("there is no class '{}'", printable(key)), suggestion(key, keys), 0};
    }
    const auto which = static_cast<std::size_t>(found - keys.begin());
    if (value == "off") {
        settings.thresholds[which].reset();
        return {};
    }
    const auto level = number<double>(value);
    if (!level || !std::isfinite(*level) || *level <= 0 || *level > kMaxThreshold) {
        return Error{fmt::format("'{}' is not a threshold", printable(value)),
                     fmt::format("a number above 0 ({}; default {:g}), or off", waybar_class_table()[which].unit,
                                 waybar_class_table()[which].threshold),
                     0};
    }
    settings.thresholds[which] = *level;
    return {};
}

Result<void> take_format(WaybarSettings& settings, std::string_view value) {
    auto format = WaybarFormat::parse(value);
    if (!format.ok()) {
        return format.error();
    }
    settings.format = std::move(format).value();
    return {};
}

Result<void> take_escape(std::string_view value, WaybarEscape& out) {
    const auto found = find_waybar_escape(value);
    if (!found) {
        return Error{fmt::format("'{}' is not a way to escape text", printable(value)),
                     fmt::format("{}", fmt::join(waybar_escape_keys(), ", ")), 0};
    }
    out = *found;
    return {};
}

constexpr std::array<std::string_view, 8> kKeys{"interval", "kernel-threads", "format", "tooltip",
                                                "top",      "colors",         "plain",  "escape"};

}  // namespace

WaybarSettings::WaybarSettings() : format(WaybarFormat::parse(kDefaultWaybarFormat).value()) {}

std::string_view waybar_part_key(WaybarPart part) {
    constexpr std::array<std::string_view, kWaybarParts> kPartKeys{"summary", "states", "cpu",  "memory", "io",
                                                                   "network", "gpu",    "wait", "stuck",  "footer"};
    return kPartKeys[static_cast<std::size_t>(part)];
}

Result<void> apply(WaybarSettings& settings, const WaybarAssignment& assignment) {
    const std::string_view key = assignment.key;
    const std::string_view value = assignment.value;
    if (key.starts_with(kThresholdPrefix)) {
        return take_threshold(settings, key.substr(kThresholdPrefix.size()), value);
    }
    switch (std::ranges::find(kKeys, key) - kKeys.begin()) {
        case 0:
            return take_whole(value, 1, kMaxWaybarIntervalMs, settings.interval_ms);
        case 1:
            return take_on_off(value, settings.kernel_threads);
        case 2:
            return take_format(settings, value);
        case 3:
            return take_parts(value, settings.parts);
        case 4:
            return take_whole(value, 1, kMaxTop, settings.top);
        case 5:
            return take_on_off(value, settings.colors);
        case 6:
            return take_on_off(value, settings.plain);
        case 7:
            return take_escape(value, settings.escape);
        default:
            return Error{fmt::format("there is no setting '{}'", printable(key)),
                         suggestion(key, kKeys) + "; and the section [thresholds]", 0};
    }
}

Result<void> check(const WaybarSettings& settings) {
    if (!settings.plain && !settings.format.markup_problem().empty()) {
        return Error{"format: " + settings.format.markup_problem(), "the text around the placeholders is Pango markup",
                     0};
    }
    if (!settings.plain && settings.escape != WaybarEscape::strip) {
        return Error{"escape: only of plain text", "add --plain; JSON is for Waybar, and always escaped", 0};
    }
    return {};
}

std::uint32_t next_waybar_interval_ms(std::uint32_t interval_ms) {
    constexpr std::array<std::uint32_t, 5> kCycle{2000, 1000, 500, 250, 100};
    const auto* next = std::ranges::find_if(kCycle, [&](std::uint32_t candidate) { return candidate < interval_ms; });
    return next != kCycle.end() ? *next : kCycle.front();
}

}  // namespace tsa
