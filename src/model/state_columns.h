// SPDX-License-Identifier: MIT
// Columns of the states, made from the table of states: one for each, in two groups, since columns added after the
// first version are at the end of a file or a JSON object.
#pragma once

#include <algorithm>
#include <array>
#include <utility>

#include "model/state.h"

namespace tsa {

/// `make.template operator()<kState>()` for each state with that is_added, in order.
template <class Column, bool kAdded, class Make>
[[nodiscard]] constexpr auto make_for_states(Make make) {
    constexpr auto kWanted = [](const StateInfo& state) { return state.is_added == kAdded; };
    std::array<Column, static_cast<std::size_t>(std::ranges::count_if(state_table(), kWanted))> made{};
    std::size_t at = 0;
    const auto add = [&]<std::size_t kIndex>(std::integral_constant<std::size_t, kIndex>) {
        if constexpr (kWanted(state_table()[kIndex])) {
            made[at++] = make.template operator()<static_cast<ThreadState>(kIndex)>();
        }
    };
    [&]<std::size_t... kStates>(std::index_sequence<kStates...>) {
        (add(std::integral_constant<std::size_t, kStates>{}), ...);
    }
    (std::make_index_sequence<kStateCount>{});
    return made;
}

}  // namespace tsa
