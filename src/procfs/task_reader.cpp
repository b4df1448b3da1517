// SPDX-License-Identifier: MIT
// See task_reader.h.
#include "procfs/task_reader.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <optional>

#include "base/first_namespace.h"
#include "base/scan.h"

namespace tsa {

namespace {

// status takes 1.5 KiB unless its user is in thousands of groups; /proc/stat has one number per interrupt.
constexpr std::size_t kFirstBytes = 1U << 13U;
constexpr std::size_t kMaxBytes = 1U << 20U;
constexpr std::size_t kEntryBytes = 1U << 15U;

/// Builds a path in place: a std::string per read would be too slow.
template <std::size_t kBytes>
class Path {
  public:
    Path& add(std::string_view text) {
        const std::size_t count = std::min(text.size(), kBytes - 1 - length_);
        std::copy_n(text.begin(), count, bytes_.begin() + static_cast<std::ptrdiff_t>(length_));
        length_ += count;
        return *this;
    }
    Path& add(std::uint32_t number) {
        std::array<char, 10> digits;
        char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
        return add(std::string_view(digits.data(), static_cast<std::size_t>(end - digits.data())));
    }
    [[nodiscard]] const char* c_str() const { return bytes_.data(); }

  private:
    std::array<char, kBytes> bytes_{};
    std::size_t length_ = 0;
};

int open_folder(int at, const char* path) {
    return ::openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

}  // namespace

TaskReader::TaskReader(Fd proc) : proc_(std::move(proc)), buffer_(kFirstBytes), entries_(kEntryBytes) {}

Result<TaskReader> TaskReader::open(const std::string& root) {
    const std::string path = root + (root.ends_with('/') ? "proc" : "/proc");
    Fd proc(open_folder(AT_FDCWD, path.c_str()));
    if (!proc.valid()) {
        return system_error("open " + path, errno, "mount -t proc proc " + path);
    }
    return TaskReader(std::move(proc));
}

void TaskReader::enter(std::uint32_t tgid, bool many) {
    tgid_ = tgid;
    task_.reset();
    if (many) {
        task_ = Fd(open_folder(proc_.get(), Path<kPathBytes>().add(tgid).add("/task").c_str()));
    }
}

TaskRead TaskReader::read(std::uint32_t tid, std::string_view name) {
    Path<kPathBytes> path;
    if (!task_.valid()) {
        path.add(tgid_).add("/task/");
    }
    path.add(tid).add("/").add(name);
    const int error = read_at(task_.valid() ? task_.get() : proc_.get(), path.c_str());
    if (error == 0) {
        return TaskRead::done;
    }
    return error == ENOENT || error == ESRCH ? TaskRead::gone : TaskRead::refused;
}

bool TaskReader::read_proc(const char* name) {
    return read_at(proc_.get(), name) == 0;
}

bool TaskReader::is_initial_namespace() const {
    return in_first_pid_namespace(proc_.get()).value_or(false);
}

int TaskReader::read_at(int folder, const char* path) {
    length_ = 0;
    const Fd file(::openat(folder, path, O_RDONLY | O_CLOEXEC));
    if (!file.valid()) {
        return errno;
    }
    for (;;) {
        const ssize_t got = ::read(file.get(), buffer_.data() + length_, buffer_.size() - length_);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return errno;
        }
        length_ += static_cast<std::size_t>(got);
        // The kernel returns these files in one read if the buffer is large enough: a short read was the last one.
        if (got == 0 || length_ < buffer_.size()) {
            return 0;
        }
        if (buffer_.size() >= kMaxBytes) {
            return 0;  // truncated: the rest is absent for the parsers
        }
        buffer_.resize(buffer_.size() * 2);
    }
}

const std::vector<std::uint32_t>& TaskReader::list_processes() {
    list(proc_.get());
    return numbers_;
}

const std::vector<std::uint32_t>& TaskReader::list_threads() {
    const Fd own(task_.valid() ? -1 : open_folder(proc_.get(), Path<kPathBytes>().add(tgid_).add("/task").c_str()));
    list(task_.valid() ? task_.get() : own.get());
    return numbers_;
}

void TaskReader::list(int folder) {
    numbers_.clear();
    if (folder < 0 || ::lseek(folder, 0, SEEK_SET) < 0) {
        return;
    }
    for (;;) {
        const ssize_t got = ::getdents64(folder, entries_.data(), entries_.size());
        if (got <= 0) {
            break;
        }
        for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
            std::uint16_t bytes = 0;
            std::memcpy(&bytes, entries_.data() + at + offsetof(dirent64, d_reclen), sizeof bytes);
            const char* name = entries_.data() + at + offsetof(dirent64, d_name);
            if (const auto id = number<std::uint32_t>(std::string_view(name, ::strlen(name))); id && *id != 0) {
                numbers_.push_back(*id);
            }
            at += bytes;
        }
    }
    if (!std::ranges::is_sorted(numbers_)) {
        std::ranges::sort(numbers_);
    }
}

}  // namespace tsa
