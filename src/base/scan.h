// SPDX-License-Identifier: MIT
// Splits the kernel's text files into lines, fields and numbers, without copies. For the parsers of src/system and
// src/procfs: anything incomplete (a last line without a newline, a number with trailing text) is absent.
#pragma once

#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <system_error>

namespace tsa {

/// Removes and returns the first line of `text`, without its '\n'. Absent at the end and for a truncated line, whose
/// last number could be incomplete.
[[nodiscard]] inline std::optional<std::string_view> next_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) {
        return std::nullopt;
    }
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    return line;
}

/// Removes and returns the first field of `line`; fields are separated by spaces and tabs. Empty at the end.
[[nodiscard]] inline std::string_view next_field(std::string_view& line) {
    constexpr std::string_view kBlanks = " \t";
    const std::size_t begin = line.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) {
        line = {};
        return {};
    }
    line.remove_prefix(begin);
    const std::string_view field = line.substr(0, line.find_first_of(kBlanks));
    line.remove_prefix(field.size());
    return field;
}

/// `field` as a number; absent if it is anything else.
template <class T>
[[nodiscard]] std::optional<T> number(std::string_view field) {
    T value{};
    const char* end = field.data() + field.size();
    const auto [stop, error] = std::from_chars(field.data(), end, value);
    if (error != std::errc{} || stop != end) {
        return std::nullopt;
    }
    return value;
}

/// The same of hexadecimal digits, without "0x".
template <class T>
[[nodiscard]] std::optional<T> hexadecimal(std::string_view field) {
    T value{};
    const char* end = field.data() + field.size();
    const auto [stop, error] = std::from_chars(field.data(), end, value, 16);
    if (error != std::errc{} || stop != end) {
        return std::nullopt;
    }
    return value;
}

/// The same as `number` in a smaller unit: `number * factor`; absent on overflow.
[[nodiscard]] inline std::optional<std::uint64_t> scaled_number(std::string_view field, std::uint64_t factor) {
    const std::optional<std::uint64_t> value = number<std::uint64_t>(field);
    if (!value || *value > std::numeric_limits<std::uint64_t>::max() / factor) {
        return std::nullopt;
    }
    return *value * factor;
}

}  // namespace tsa
