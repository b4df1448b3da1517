// SPDX-License-Identifier: MIT
// See state.h.
#include "model/state.h"

#include <algorithm>

namespace tsa {

std::optional<ThreadState> state_from_key(std::string_view key) {
    const auto* const found = std::ranges::find(state_table(), key, &StateInfo::key);
    return found != state_table().end() ? std::optional(found->state) : std::nullopt;
}

}  // namespace tsa
