// SPDX-License-Identifier: MIT
// See source_file.h.
#include "system/source_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/covered_file.h"

namespace tsa {
namespace {

// Maximum size: parsers treat anything beyond it as absent. 64 KiB is 500 disks.
constexpr std::size_t kMaxBytes = 1U << 20U;
constexpr std::size_t kStepBytes = 1U << 14U;

// The kernel returns a file with many records one page at a time, ending before the first record that does not fit. So
// a read that leaves more room in the page than any record needs was the last one, which saves the read that would
// return 0.
constexpr std::size_t kSurelyLastBytes = 3072;

// Reads `size` bytes of the file at `offset` to position `at` of the buffer.
ssize_t pread_retry(int fd, TextBuffer& buffer, std::size_t size, std::size_t offset, std::size_t at) {
    char* const to = buffer.room(at + size) + at;
    ssize_t count = 0;
    do {
        ++buffer.calls;
        count = ::pread(fd, to, size, static_cast<off_t>(offset));
    } while (count < 0 && errno == EINTR);
    return count;
}

}  // namespace

bool SourceFile::reopen() {
    if (is_covered(path_.c_str())) {
        return false;
    }
    fd_ = Fd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    return fd_.valid();
}

std::optional<std::string_view> SourceFile::read_head(TextBuffer& buffer, std::size_t size) {
    if (!fd_.valid()) {
        return std::nullopt;
    }
    const ssize_t count = pread_retry(fd_.get(), buffer, size, 0, 0);
    if (count <= 0) {
        fd_.reset();
        return std::nullopt;
    }
    return std::string_view(buffer.bytes.data(), static_cast<std::size_t>(count));
}

std::optional<std::string_view> SourceFile::read_at(std::size_t offset, TextBuffer& buffer) {
    if (!fd_.valid()) {
        return std::nullopt;
    }
    const ssize_t count = pread_retry(fd_.get(), buffer, kHeadBytes, offset, 0);
    if (count < 0) {
        fd_.reset();
        return std::nullopt;
    }
    return std::string_view(buffer.bytes.data(), static_cast<std::size_t>(count));
}

std::optional<std::string_view> SourceFile::read_whole(TextBuffer& buffer) {
    if (!fd_.valid()) {
        return std::nullopt;
    }
    std::size_t length = 0;
    while (length < kMaxBytes) {
        const ssize_t count = pread_retry(fd_.get(), buffer, kStepBytes, length, length);
        if (count < 0 || (count == 0 && length == 0)) {
            fd_.reset();
            return std::nullopt;
        }
        length += static_cast<std::size_t>(count);
        if (static_cast<std::size_t>(count) < kSurelyLastBytes) {
            break;
        }
    }
    return std::string_view(buffer.bytes.data(), length);
}

std::optional<std::string_view> SourceFile::read_record(TextBuffer& buffer) {
    std::optional<std::string_view> text = read_head(buffer, record_bytes_);
    while (text && text->size() == record_bytes_ && record_bytes_ < kMaxBytes) {
        record_bytes_ *= 2;
        text = read_head(buffer, record_bytes_);
    }
    return text;
}

}  // namespace tsa
