// SPDX-License-Identifier: MIT
// See output_file.h.
#include "app/host/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "record/recording_files.h"

namespace tsa {

namespace {

constexpr int kMaxLinks = 40;  // the kernel's limit
constexpr std::string_view kProc = "/proc/";

/// `path` with all links resolved, whether or not the file exists. Unchanged if its directory does not exist.
std::filesystem::path end_of_links(std::filesystem::path path) {
    std::error_code error;
    for (int links = 0; links < kMaxLinks; ++links) {
        const std::filesystem::path parent = path.has_parent_path() ? path.parent_path() : ".";
        const std::filesystem::path folder = std::filesystem::canonical(parent, error);
        if (error) {
            return path;
        }
        path = folder / path.filename();
        // A descriptor: its file is written through it, not replaced.
        if (path.native().starts_with(kProc) || !std::filesystem::is_symlink(path, error)) {
            return path;
        }
        const std::filesystem::path to = std::filesystem::read_symlink(path, error);
        path = to.is_absolute() ? to : path.parent_path() / to;
    }
    return path;
}

/// A new file next to `path`, with the mode and owner of the existing file. Error: errno is set.
Fd make_beside(const std::string& path, std::string& temporary) {
    constexpr mode_t kMode = 0666;
    constexpr mode_t kRights = 0777;
    temporary = path + ".XXXXXX";
    Fd file(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!file.valid()) {
        return file;
    }
    struct stat before {};
    if (::stat(path.c_str(), &before) == 0) {
        // Only root can keep the owner; it is not required.
        (void)!::fchown(file.get(), before.st_uid, before.st_gid);
        ::fchmod(file.get(), before.st_mode & kRights);
    } else {
        const mode_t mask = ::umask(0);
        ::umask(mask);
        ::fchmod(file.get(), kMode & ~mask);
    }
    return file;
}

/// No new file can be created here, or not with such a name: an existing file may still be writable.
bool only_in_place(int error) {
    return error == EACCES || error == EPERM || error == EROFS || error == ENAMETOOLONG;
}

}  // namespace

Result<void> check_output(const std::string& path, const std::vector<std::string>& recordings) {
    if (path.empty() || path == kStdout) {
        return {};
    }
    const std::string target = end_of_links(path).string();
    for (const std::string& recording : recordings) {
        if (belongs_to_recording(recording, target)) {
            return Error{fmt::format("{} belongs to the recording being read: not overwritten", path),
                         "a file outside of " + recording, 0};
        }
    }
    return {};
}

Result<OutputFile> OutputFile::open(const std::string& path) {
    if (path == kStdout) {
        return OutputFile(Sink(STDOUT_FILENO, "standard output"), {}, {});
    }
    const std::string target = end_of_links(path).string();
    struct stat found {};
    const bool there = ::stat(path.c_str(), &found) == 0;
    if (!target.starts_with(kProc) && (there ? S_ISREG(found.st_mode) : errno == ENOENT)) {
        std::string temporary;
        Fd file = make_beside(target, temporary);
        if (file.valid()) {
            return OutputFile(Sink::over(std::move(file), path), target, std::move(temporary));
        }
        if (!only_in_place(errno)) {
            return system_error("make " + path, errno);
        }
    }
    auto sink = TRY(Sink::create(path));
    return OutputFile(std::move(sink), path, {});
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : sink_(std::move(other.sink_)),
      path_(std::exchange(other.path_, {})),
      temporary_(std::exchange(other.temporary_, {})) {}

OutputFile::~OutputFile() {
    if (!temporary_.empty()) {
        ::unlink(temporary_.c_str());
    }
}

Result<void> OutputFile::finish() {
    if (temporary_.empty()) {
        return {};
    }
    // The data before the rename: after a crash there is either the old file or the new one. EINVAL: cannot be synced.
    if (::fsync(sink_.fd()) != 0 && errno != EINVAL) {
        return system_error("write " + path_, errno);
    }
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
        return system_error("replace " + path_, errno, "another name");
    }
    temporary_.clear();
    return {};
}

std::string OutputFile::give_up() {
    if (!temporary_.empty()) {
        const bool removed = ::unlink(std::exchange(temporary_, {}).c_str()) == 0;
        return removed ? "the unfinished file was removed" : "an unfinished file remains";
    }
    return sink_.bytes() > 0 ? "the output is incomplete" : "";
}

bool OutputFile::in_foreign_directory() const {
    struct stat directory {};
    const std::string parent = std::filesystem::path(path_).parent_path().string();
    return !temporary_.empty() && ::stat(parent.c_str(), &directory) == 0 && directory.st_uid != ::geteuid();
}

}  // namespace tsa
