// SPDX-License-Identifier: MIT
// The text of a label from an answer and the name of the process at the other end. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "peers/label_query.h"

namespace tsa {

/// At most kMaxLabelBytes; no number is cut. `waiter_tgid`: the process of the waiting thread. `comm`: the name of
/// answer.peer_tgid, raw; empty: not known. No allocation.
struct LabelText {
    std::array<char, kMaxLabelBytes> bytes{};
    std::size_t size = 0;

    [[nodiscard]] std::string_view view() const { return {bytes.data(), size}; }
};
[[nodiscard]] LabelText compose_label(const LabelAnswer& answer, std::uint32_t waiter_tgid, std::string_view comm);

}  // namespace tsa
