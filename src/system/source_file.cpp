// See source_file.h.
#include "system/source_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace tsa {
namespace {

// Beyond this a file is not read on: what is cut off is then not there for the parsers. 64 KiB is 500 disks.
constexpr std::size_t kMaxBytes = 1U << 20U;
constexpr std::size_t kStepBytes = 1U << 14U;
constexpr std::size_t kHeadBytes = 4096;

// The kernel hands out a file of many records one page at a time, ending before the record that does not fit any more.
// So a read that leaves more room in a page than any record takes was the last one, and the read that would return 0
// is saved.
constexpr std::size_t kSurelyLastBytes = 3072;

ssize_t pread_retry(int fd, char* to, std::size_t size, std::size_t offset) {
    ssize_t count = 0;
    do {
        count = ::pread(fd, to, size, static_cast<off_t>(offset));
    } while (count < 0 && errno == EINTR);
    return count;
}

void make_room(TextBuffer& buffer, std::size_t size) {
    if (buffer.size() < size) {
        buffer.resize(size);
    }
}

}  // namespace

bool SourceFile::reopen() {
    fd_ = Fd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    return fd_.valid();
}

std::optional<std::string_view> SourceFile::read_head(TextBuffer& buffer) {
    if (!fd_.valid()) {
        return std::nullopt;
    }
    make_room(buffer, kHeadBytes);
    const ssize_t count = pread_retry(fd_.get(), buffer.data(), kHeadBytes, 0);
    if (count <= 0) {
        fd_.reset();
        return std::nullopt;
    }
    return std::string_view(buffer.data(), static_cast<std::size_t>(count));
}

std::optional<std::string_view> SourceFile::read_whole(TextBuffer& buffer) {
    if (!fd_.valid()) {
        return std::nullopt;
    }
    std::size_t length = 0;
    while (length < kMaxBytes) {
        make_room(buffer, length + kStepBytes);
        const ssize_t count = pread_retry(fd_.get(), buffer.data() + length, kStepBytes, length);
        if (count < 0 || (count == 0 && length == 0)) {
            fd_.reset();
            return std::nullopt;
        }
        length += static_cast<std::size_t>(count);
        if (static_cast<std::size_t>(count) < kSurelyLastBytes) {
            break;
        }
    }
    return std::string_view(buffer.data(), length);
}

}  // namespace tsa
