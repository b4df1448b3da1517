// Cutting the kernel's text files into lines, fields and numbers, without copies. For the parsers of src/system and
// src/procfs: what is not whole (a last line without its end, a number with something behind it) is not there.
#pragma once

#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <system_error>

namespace tsa {

/// Cuts the first line off `text`, without its '\n'. Absent at the end, and for a line that was cut short: its last
/// number could be a part of the real one.
[[nodiscard]] inline std::optional<std::string_view> next_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) {
        return std::nullopt;
    }
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    return line;
}

/// Cuts the first field off `line`; fields are separated by blanks and tabs. Empty at the end.
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

/// The number that `field` consists of; absent if it is anything else.
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

/// The same in a smaller unit: `number * factor`; absent if that does not fit.
[[nodiscard]] inline std::optional<std::uint64_t> scaled_number(std::string_view field, std::uint64_t factor) {
    const std::optional<std::uint64_t> value = number<std::uint64_t>(field);
    if (!value || *value > std::numeric_limits<std::uint64_t>::max() / factor) {
        return std::nullopt;
    }
    return *value * factor;
}

}  // namespace tsa
