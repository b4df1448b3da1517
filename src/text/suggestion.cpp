// SPDX-License-Identifier: MIT
// See suggestion.h.
#include "text/suggestion.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

namespace tsa {

namespace {

constexpr std::size_t kLongestName = 32;
constexpr std::size_t kMostChanges = 3;
/// One change per this many letters is a typo; more is a different word.
constexpr std::size_t kLettersPerChange = 3;
constexpr std::size_t kFirstLetters = 4;

/// The number of letters to change, add or remove; two neighbors that are swapped count as one.
std::size_t distance(std::string_view a, std::string_view b) {
    using Row = std::array<std::size_t, kLongestName + 1>;
    Row before{}, row{}, next{};
    a = a.substr(0, kLongestName);
    b = b.substr(0, kLongestName);
    for (std::size_t j = 0; j <= b.size(); ++j) {
        row[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        next[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t changed = row[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            next[j] = std::min({changed, next[j - 1] + 1, row[j] + 1});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                next[j] = std::min(next[j], before[j - 2] + 1);
            }
        }
        before = row;
        row = next;
    }
    return row[b.size()];
}

void add_name(std::string& list, std::string_view name) {
    list += list.empty() ? "" : ", ";
    list += name;
}

}  // namespace

std::string_view nearest_name(std::string_view typed, std::span<const std::string_view> names) {
    std::string_view best;
    std::size_t fewest = std::min(kMostChanges, (typed.size() + 1) / kLettersPerChange) + 1;
    for (const std::string_view name : names) {
        if (const std::size_t changes = distance(typed, name); changes < fewest) {
            fewest = changes;
            best = name;
        }
    }
    return best;
}

std::string suggestion(std::string_view typed, std::span<const std::string_view> names) {
    std::string close(nearest_name(typed, names));
    const bool is_corrected = !close.empty();
    std::string all;
    for (const std::string_view name : names) {
        add_name(all, name);
        if (!is_corrected && typed.size() > 1 && name.find(typed.substr(0, kFirstLetters)) != std::string_view::npos) {
            add_name(close, name);
        }
    }
    return close.empty() ? "one of " + all : fmt::format("did you mean {}? All: {}", close, all);
}

}  // namespace tsa
