// SPDX-License-Identifier: MIT
// A line on stderr while a loop runs: what the user should know about the numbers that follow.
#pragma once

#include <string_view>

namespace tsa {

/// Prints "rstat-tsa: " and the text. Errors are ignored: stderr may be closed.
void notice(std::string_view words);

}  // namespace tsa
