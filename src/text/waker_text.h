// SPDX-License-Identifier: MIT
// Wakers as text.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "model/wakers.h"

namespace tsa {

/// "4177 connection-17", "timer", "network", "unsure"; printable. A thread of another PID namespace has only a name.
[[nodiscard]] std::string waker_text(const Waker& waker);

/// "4177 connection-17 ← 4190 page_cleaner ← timer".
[[nodiscard]] std::string waker_chain_text(std::span<const Waker> chain, std::string_view arrow);

}  // namespace tsa
