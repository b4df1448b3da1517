// SPDX-License-Identifier: MIT
// See literal.h.
#include "expression/literal.h"

#include <array>
#include <cstddef>
#include <span>

#include "base/scan.h"
#include "base/time_units.h"

namespace tsa {
namespace {

struct Suffix {
    std::string_view text;
    double factor;
};

constexpr auto kTimes = std::to_array<Suffix>({
    {"ns", 1},
    {"us", 1e3},
    {"µs", 1e3},
    {"ms", 1e6},
    {"s", 1e9},
    {"m", 60e9},
    {"min", 60e9},
    {"h", 3600e9},
    {"d", 86'400e9},
});

constexpr double kKi = 1024;
constexpr auto kSizes = std::to_array<Suffix>({
    {"", 1},
    {"B", 1},
    {"K", kKi},
    {"KiB", kKi},
    {"M", kKi* kKi},
    {"MiB", kKi* kKi},
    {"G", kKi* kKi* kKi},
    {"GiB", kKi* kKi* kKi},
    {"T", kKi* kKi* kKi* kKi},
    {"TiB", kKi* kKi* kKi* kKi},
    {"kB", 1e3},
    {"KB", 1e3},
    {"MB", 1e6},
    {"GB", 1e9},
    {"TB", 1e12},
});

struct Number {
    double value = 0;
    std::string_view suffix;
};

/// Digits with a fraction, without a sign.
std::optional<Number> read_number(std::string_view text) {
    Number number;
    std::size_t at = 0, digits = 0;
    const auto is_digit = [&text](std::size_t place) {
        return place < text.size() && text[place] >= '0' && text[place] <= '9';
    };
    for (; is_digit(at); ++at, ++digits) {
        number.value = number.value * 10 + (text[at] - '0');
    }
    if (at < text.size() && text[at] == '.') {
        double place = 1;
        for (++at; is_digit(at); ++at, ++digits) {
            place /= 10;
            number.value += place * (text[at] - '0');
        }
    }
    number.suffix = text.substr(at);
    return digits != 0 ? std::optional(number) : std::nullopt;
}

std::optional<Literal> with_suffix(const Number& number, std::span<const Suffix> suffixes, bool in_ns) {
    for (const Suffix& suffix : suffixes) {
        if (suffix.text == number.suffix) {
            return Literal{number.value * suffix.factor, in_ns};
        }
    }
    return std::nullopt;
}

std::optional<Literal> read_flag(std::string_view text) {
    if (text == "true" || text == "yes" || text == "1") {
        return Literal{1};
    }
    if (text == "false" || text == "no" || text == "0") {
        return Literal{0};
    }
    return std::nullopt;
}

std::optional<Literal> read_plain(const Number& number, std::string_view suffix) {
    const bool fits = number.suffix.empty() || number.suffix == suffix;
    return fits ? std::optional(Literal{number.value}) : std::nullopt;
}

}  // namespace

std::optional<Literal> read_literal(std::string_view text, TermKind kind) {
    if (kind == TermKind::flag) {
        return read_flag(text);
    }
    if (kind == TermKind::number && (text.starts_with("0x") || text.starts_with("0X"))) {
        const auto value = hexadecimal<std::uint64_t>(text.substr(2));
        return value ? std::optional(Literal{static_cast<double>(*value)}) : std::nullopt;
    }
    std::optional<Number> number = read_number(text);
    if (!number) {
        return std::nullopt;
    }
    switch (kind) {
        case TermKind::share:
            if (const auto percent = read_plain(*number, "%")) {
                return percent;
            }
            return with_suffix(*number, kTimes, true);
        case TermKind::percent:
            return read_plain(*number, "%");
        case TermKind::duration:
            return number->suffix.empty() && number->value == 0 ? Literal{} : with_suffix(*number, kTimes, false);
        case TermKind::bytes_per_s:
            if (number->suffix.ends_with("/s")) {
                number->suffix.remove_suffix(2);
            }
            return with_suffix(*number, kSizes, false);
        case TermKind::bytes:
            return with_suffix(*number, kSizes, false);
        case TermKind::per_s:
            return read_plain(*number, "/s");
        case TermKind::number:
            return read_plain(*number, "");
        case TermKind::text:
        case TermKind::flag:
            break;
    }
    return std::nullopt;
}

std::string_view literal_hint(TermKind kind) {
    switch (kind) {
        case TermKind::number:
            return "a number: 2, 4177";
        case TermKind::share:
            return "a share or a time: 50%, 10ms";
        case TermKind::duration:
            return "a time with its unit: 10ms, 3s, 2m";
        case TermKind::bytes:
            return "a size: 4096, 64K, 1MiB";
        case TermKind::bytes_per_s:
            return "a size per second: 64K, 1MiB";
        case TermKind::per_s:
            return "a number per second: 100";
        case TermKind::percent:
            return "a percentage: 50%";
        case TermKind::text:
            return "text";
        case TermKind::flag:
            return "true or false";
    }
    return "";
}

}  // namespace tsa
