// SPDX-License-Identifier: MIT
// A line on stderr while a loop runs: what the user should know about the numbers that follow.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tsa {

/// As the journal has it: the numbers of syslog.
enum class Severity : std::uint8_t { error = 3, warning = 4, notice = 5, info = 6 };

/// Prints "rstat-tsa: " and the text. Where stderr is the journal, the severity before each line instead, since the
/// journal has the program's name. Errors are ignored: stderr may be closed.
void notice(std::string_view text, Severity severity = Severity::warning);

/// Each line of a text with "<N>", as sd-daemon(3) describes.
[[nodiscard]] std::string journal_lines(std::string_view text, Severity severity);
/// JOURNAL_STREAM is "device:inode", in decimal.
[[nodiscard]] bool is_journal(std::string_view stream, std::uint64_t device, std::uint64_t inode);
/// Whether this process's stderr is.
[[nodiscard]] bool stderr_is_journal();

}  // namespace tsa
