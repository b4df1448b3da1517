// SPDX-License-Identifier: MIT
// See numbers.h.
#include "cli/numbers.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <system_error>

#include "cli/options.h"

namespace tsa {

Result<std::uint64_t> parse_number(std::string_view text, std::string_view what, std::uint64_t least,
                                   std::uint64_t most) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool whole = end == text.data() + text.size() && !text.empty();
    const bool digits = !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
    if (digits && (error != std::errc{} || !whole || value < least || value > most)) {
        return Error{fmt::format("{} {} is out of range", what, text), fmt::format("{} to {}", least, most), 0};
    }
    if (!digits) {
        return Error{fmt::format("{}: '{}' is not a whole number", what, text),
                     fmt::format("a number from {} to {}", least, most), 0};
    }
    return value;
}

bool is_number(std::string_view text) {
    return text.find_first_not_of("0123456789") == std::string_view::npos;
}

Result<std::uint32_t> parse_tid(std::string_view text, std::string_view what) {
    if (text == "0") {
        return Error{fmt::format("{} 0 is the kernel's idle task, not a thread", what),
                     fmt::format("{}s go from 1 to {}", what, kMaxTid), 0};
    }
    auto number = TRY(parse_number(text, what, 1, kMaxTid));
    return static_cast<std::uint32_t>(number);
}

Result<std::vector<std::uint32_t>> parse_tids(std::string_view text, std::string_view what) {
    std::vector<std::uint32_t> tids;
    while (true) {
        const std::size_t comma = text.find(',');
        auto tid = TRY(parse_tid(text.substr(0, comma), what));
        if (std::ranges::find(tids, tid) == tids.end()) {
            tids.push_back(tid);
        }
        if (comma == std::string_view::npos) {
            return tids;
        }
        text.remove_prefix(comma + 1);
    }
}

}  // namespace tsa
