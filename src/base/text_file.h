// A small text file of /proc or /sys as a string, read once. src/system reads the files of each refresh.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace tsa {

inline constexpr std::size_t kTextFileBytes = 4096;

/// The first `max_bytes` of the file; absent if it cannot be opened or read.
[[nodiscard]] std::optional<std::string> read_text_file(const std::string& path,
                                                        std::size_t max_bytes = kTextFileBytes);

}  // namespace tsa
