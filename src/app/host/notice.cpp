// SPDX-License-Identifier: MIT
// See notice.h.
#include "app/host/notice.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "base/scan.h"

namespace tsa {

std::string journal_lines(std::string_view text, Severity severity) {
    std::string lines;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(line.size() + (line.size() < text.size() ? 1 : 0));
        lines += fmt::format("<{}>{}\n", static_cast<int>(severity), line);
    }
    return lines;
}

bool is_journal(std::string_view stream, std::uint64_t device, std::uint64_t inode) {
    const std::size_t colon = stream.find(':');
    return colon != std::string_view::npos && number<std::uint64_t>(stream.substr(0, colon)) == device &&
           number<std::uint64_t>(stream.substr(colon + 1)) == inode;
}

bool stderr_is_journal() {
    const char* const stream = std::getenv("JOURNAL_STREAM");
    struct stat about {};
    return stream != nullptr && ::fstat(STDERR_FILENO, &about) == 0 && is_journal(stream, about.st_dev, about.st_ino);
}

void notice(std::string_view text, Severity severity) {
    const std::string lines =
        stderr_is_journal() ? journal_lines(text, severity) : fmt::format("rstat-tsa: {}\n", text);
    std::fputs(lines.c_str(), stderr);
}

}  // namespace tsa
