// A line on stderr while a loop goes on: what the user should know about the numbers that follow.
#pragma once

#include <string_view>

namespace tsa {

/// Prints "rstat-tsa: " and the words. stderr may be gone: then nobody is told.
void notice(std::string_view words);

}  // namespace tsa
