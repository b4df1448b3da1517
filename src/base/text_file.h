// SPDX-License-Identifier: MIT
// Small text files as strings: those of /proc or /sys, and files that a user names. src/system reads the files of each
// refresh.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tsa {

inline constexpr std::size_t kTextFileBytes = 4096;

/// The first `max_bytes` of the file; absent if it cannot be opened or read.
[[nodiscard]] std::optional<std::string> read_text_file(const std::string& path,
                                                        std::size_t max_bytes = kTextFileBytes);

/// The first `max_bytes` of a file that a user names, without its byte order mark. Never waits for a writer. Errors:
/// errno's; it is a directory, FIFO, device or socket.
[[nodiscard]] Result<std::string> read_regular_file(const std::string& path, std::size_t max_bytes);

/// Text without the mark that spreadsheets and some editors put at the start of UTF-8.
[[nodiscard]] constexpr std::string_view without_byte_order_mark(std::string_view text) {
    constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
    return text.substr(text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0);
}

}  // namespace tsa
