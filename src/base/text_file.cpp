// SPDX-License-Identifier: MIT
// See text_file.h.
#include "base/text_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/fd.h"

namespace tsa {

namespace {

constexpr std::size_t kChunkBytes = 32768;

/// Absent: errno. A thread of /proc may end between the open and here: ESRCH. The text takes about as much memory as it
/// is long: callers keep many of them.
std::optional<std::string> read_from(const Fd& file, std::size_t max_bytes) {
    std::array<char, kChunkBytes> chunk;  // NOLINT(cppcoreguidelines-pro-type-member-init): read() fills it
    std::string text;
    while (text.size() < max_bytes) {
        const ssize_t got = ::read(file.get(), chunk.data(), std::min(chunk.size(), max_bytes - text.size()));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return std::nullopt;
        }
        if (got == 0) {
            break;
        }
        text.append(chunk.data(), static_cast<std::size_t>(got));
    }
    return text;
}

}  // namespace

std::optional<std::string> read_text_file(const std::string& path, std::size_t max_bytes) {
    const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    return file.valid() ? read_from(file, max_bytes) : std::nullopt;
}

Result<std::string> read_regular_file(const std::string& path, std::size_t max_bytes) {
    // Without O_NONBLOCK the open of a FIFO would wait for a writer.
    const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    struct stat status {};
    if (!file.valid() || ::fstat(file.get(), &status) != 0) {
        return system_error(path, errno);
    }
    if (!S_ISREG(status.st_mode)) {
        return Error{path + ": not a regular file", "", 0};
    }
    // One byte more than its size: a file that grows meanwhile is read further.
    const auto size = static_cast<std::size_t>(status.st_size);
    const std::optional<std::string> text = read_from(file, std::min(max_bytes, size + 1));
    if (!text) {
        return system_error("read " + path, errno);
    }
    return std::string(without_byte_order_mark(*text));
}

}  // namespace tsa
