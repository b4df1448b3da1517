// SPDX-License-Identifier: MIT
// See quantities.h. Integer arithmetic throughout: values are exact, to the nanosecond and the byte.
#include "cli/quantities.h"

#include <fmt/format.h>

#include <limits>

namespace tsa {

namespace {

constexpr std::string_view kTimeHint = "seconds, or with s, m, h or d: 90, 1.5h, 2d";
constexpr std::string_view kLimitHint = "K, M, G or T for bytes, s, m, h or d for time: 500M, 6h";

struct Quantity {
    std::uint64_t whole = 0;
    std::uint64_t fraction = 0;  ///< in 1e-9
    char unit = 0;               ///< 0: none
};

/// Digits, a fraction (at most nine digits are used), at most one letter. Empty: not of that form.
std::optional<Quantity> parse(std::string_view text) {
    Quantity quantity;
    std::size_t digits = 0, at = 0;
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    for (; at < text.size() && is_digit(text[at]); ++at, ++digits) {
        const auto digit = static_cast<std::uint64_t>(text[at] - '0');
        if (quantity.whole > (std::numeric_limits<std::uint64_t>::max() - digit) / 10) {
            return std::nullopt;
        }
        quantity.whole = quantity.whole * 10 + digit;
    }
    if (at < text.size() && text[at] == '.') {
        std::uint64_t place = kNsPerSecond / 10;
        for (++at; at < text.size() && is_digit(text[at]); ++at, ++digits, place /= 10) {
            quantity.fraction += place * static_cast<std::uint64_t>(text[at] - '0');
        }
    }
    if (at < text.size()) {
        quantity.unit = text[at++];
    }
    return digits != 0 && at == text.size() ? std::optional(quantity) : std::nullopt;
}

/// Whole and fractional part times `factor`; saturates.
std::uint64_t times(const Quantity& quantity, std::uint64_t factor) {
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
    std::uint64_t product = 0;
    if (__builtin_mul_overflow(quantity.whole, factor, &product)) {
        return kMost;
    }
    // The fraction is below one: in two steps, so that no product exceeds 64 bits.
    const std::uint64_t part =
        factor / kNsPerSecond * quantity.fraction + factor % kNsPerSecond * quantity.fraction / kNsPerSecond;
    return __builtin_add_overflow(product, part, &product) ? kMost : product;
}

/// Nanoseconds of a unit; 0: not a unit of time.
std::uint64_t time_unit(char unit) {
    switch (unit) {
        case 's':
            return kNsPerSecond;
        case 'm':
            return 60 * kNsPerSecond;
        case 'h':
            return 3600 * kNsPerSecond;
        case 'd':
            return 86'400 * kNsPerSecond;
        default:
            return 0;
    }
}

/// Bytes of a unit; 0: not a unit of size.
std::uint64_t size_unit(char unit) {
    constexpr std::string_view kUnits = "KMGT";
    const std::size_t at = kUnits.find(unit);
    return at == std::string_view::npos ? 0 : std::uint64_t{1} << (10 * (at + 1));
}

/// As it would be typed, in the largest unit that divides it: "3660d", "90s", "0.1s".
std::string length_text(std::uint64_t ns) {
    for (const char unit : {'d', 'h', 'm'}) {
        if (ns != 0 && ns % time_unit(unit) == 0) {
            return fmt::format("{}{}", ns / time_unit(unit), unit);
        }
    }
    std::string seconds = fmt::format("{}.{:09}", ns / kNsPerSecond, ns % kNsPerSecond);
    seconds.erase(seconds.find_last_not_of('0') + 1);
    seconds.erase(seconds.find_last_not_of('.') + 1);
    return seconds + 's';
}

Result<std::uint64_t> within(std::string_view text, std::string_view what, std::uint64_t ns, std::uint64_t least_ns,
                             std::uint64_t most_ns) {
    if (ns < least_ns || ns > most_ns) {
        return Error{fmt::format("{} {} is out of range", what, text),
                     fmt::format("{} to {}", length_text(least_ns), length_text(most_ns)), 0};
    }
    return ns;
}

}  // namespace

Result<std::uint64_t> parse_duration(std::string_view text, std::string_view what, std::uint64_t least_ns,
                                     std::uint64_t most_ns) {
    const auto quantity = parse(text);
    const std::uint64_t unit = quantity ? time_unit(quantity->unit == 0 ? 's' : quantity->unit) : 0;
    if (unit == 0) {
        return Error{fmt::format("{}: '{}' is not a duration", what, text), std::string(kTimeHint), 0};
    }
    return within(text, what, times(*quantity, unit), least_ns, most_ns);
}

Result<Limit> parse_limit(std::string_view text) {
    const auto quantity = parse(text);
    if (!quantity || quantity->unit == 0) {
        return Error{quantity ? fmt::format("limit {} has no unit", text)
                              : fmt::format("'{}' is neither a size nor a duration", text),
                     std::string(kLimitHint), 0};
    }
    Limit limit;
    if (const std::uint64_t unit = size_unit(quantity->unit); unit != 0) {
        const std::uint64_t bytes = times(*quantity, unit);
        if (bytes < kMinLimitBytes || bytes > kMaxLimitBytes) {
            return Error{fmt::format("limit {} is out of range", text), "64K to 1048576T", 0};
        }
        limit.bytes = bytes;
        return limit;
    }
    const std::uint64_t unit = time_unit(quantity->unit);
    if (unit == 0) {
        return Error{fmt::format("limit {}: there is no unit '{}'", text, quantity->unit), std::string(kLimitHint), 0};
    }
    const auto ns = within(text, "limit", times(*quantity, unit), kMinLimitNs, kMaxDurationNs);
    if (!ns.ok()) {
        return ns.error();
    }
    limit.ns = ns.value();
    return limit;
}

}  // namespace tsa
