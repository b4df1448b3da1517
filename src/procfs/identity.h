// SPDX-License-Identifier: MIT
// The identity of a thread from /proc: whether a TID exists, its process and command line. For the command line,
// the screens' headers and details; never for a sample. Parsing is pure; ProcFs reads the files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tsa {

/// From /proc/TID/status. `name` is raw, as in the kernel: sanitize before display.
struct TaskStatus {
    std::uint32_t tid = 0;
    std::uint32_t tgid = 0;
    std::uint32_t parent_tgid = 0;
    std::uint32_t uid = 0;  ///< effective UID
    char state = '?';       ///< the kernel's letter
    std::string name;
};

/// Absent if a required line is missing or malformed.
[[nodiscard]] std::optional<TaskStatus> parse_status(std::string_view proc_status);

/// Joins NUL-terminated arguments with spaces. Otherwise raw: sanitize before display.
[[nodiscard]] std::string join_cmdline(std::string_view proc_cmdline);

/// Reads one thread at a time, under a root (for tests). A thread that is gone or hidden from this user is absent.
class ProcFs {
  public:
    explicit ProcFs(std::string root = "/") : root_(std::move(root)) {}

    /// Any TID: /proc/TID also exists for non-leader threads, although a listing of /proc does not show them.
    [[nodiscard]] std::optional<TaskStatus> status(std::uint32_t tid) const;
    /// Empty for a kernel thread or a zombie; truncated to 4 KiB.
    [[nodiscard]] std::optional<std::string> cmdline(std::uint32_t tgid) const;

  private:
    std::string root_;
};

}  // namespace tsa
