// A line on stderr while a loop goes on: what the user should know about the numbers that follow.
#pragma once

#include <string_view>

namespace tsa {

class Collector;

/// Prints "rstat-tsa: " and the words. stderr may be gone: then nobody is told.
void notice(std::string_view words);

/// Says that the automatic choice took /proc, and that the numbers that follow are fewer.
void notice_of_source(const Collector& collector);

}  // namespace tsa
