// SPDX-License-Identifier: MIT
// See text_file_writer.h.
#include "app/host/text_file_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "base/privilege.h"

namespace tsa {

namespace {

constexpr std::size_t kMaxQueuedBytes = 64U << 20U;
constexpr mode_t kMode = 0644;

Error failure(const std::string& path, int error) {
    const bool no_right = error == EACCES || error == EPERM || error == EROFS;
    return system_error("write " + path, error,
                        no_right          ? "a directory that this user may write to"
                        : error == ENOENT ? "the directory must exist"
                        : error == ENOSPC ? "the disk is full"
                                          : "");
}

bool write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(fd, text.data(), text.size());
        if (written < 0 && errno != EINTR) {
            return false;
        }
        text.remove_prefix(written > 0 ? static_cast<std::size_t>(written) : 0);
    }
    return true;
}

/// Not synced: after a crash of the machine the next write replaces whatever is there.
Result<void> replace(const std::string& path, const std::string& text) {
    std::string temporary = path + ".XXXXXX";
    Fd file(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!file.valid()) {
        return failure(path, errno);
    }
    if (!write_all(file.get(), text) || ::fchmod(file.get(), kMode) != 0 ||
        ::rename(temporary.c_str(), path.c_str()) != 0) {
        const int error = errno;
        ::unlink(temporary.c_str());
        return failure(path, error);
    }
    return {};
}

/// In another user's directory only root's privileges help.
std::vector<int> needed_for(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    struct stat found {};
    const bool is_foreign = ::stat(directory.c_str(), &found) == 0 && found.st_uid != ::geteuid();
    return is_foreign ? list_of_capabilities(PrivilegeUse::foreign_files) : std::vector<int>{};
}

}  // namespace

TextFileWriter::TextFileWriter(std::string path)
    : path_(std::move(path)), queue_("rstat-files", needed_for(path_), kMaxQueuedBytes) {}

TextFileWriter::~TextFileWriter() {
    if (wrote_) {
        (void)queue_.run([path = path_]() -> Result<void> {
            ::unlink(path.c_str());
            return {};
        });
    }
}

Result<void> TextFileWriter::write(std::string_view text) {
    if (queue_.is_late()) {
        return {};
    }
    wrote_ = true;
    return queue_.run([path = path_, copy = std::string(text)] { return replace(path, copy); }, text.size());
}

}  // namespace tsa
