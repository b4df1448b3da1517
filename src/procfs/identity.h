// Who a thread is, from /proc: does a TID exist, which process is it of, what was that started with, whose is it. For
// the command line, the screens' heads and details; never for a sample. Parsing is pure; ProcFs does the reading.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace tsa {

/// From /proc/TID/status. `name` is raw, as the kernel has it: sanitise before showing.
struct TaskStatus {
    std::uint32_t tid = 0;
    std::uint32_t tgid = 0;
    std::uint32_t parent_tgid = 0;
    std::uint32_t uid = 0;  ///< the effective one: what it may do
    char state = '?';       ///< the kernel's letter
    std::string name;
};

/// Absent when a needed line is missing or not as expected.
[[nodiscard]] std::optional<TaskStatus> parse_status(std::string_view proc_status);

/// The arguments with a blank between them, from NUL-terminated ones. Raw otherwise: sanitise before showing.
[[nodiscard]] std::string join_cmdline(std::string_view proc_cmdline);

/// Reads of one thread at a time, under a root for tests. A thread that is gone, or that this user may not see, is
/// absent.
class ProcFs {
  public:
    explicit ProcFs(std::string root = "/") : root_(std::move(root)) {}

    /// Any TID: /proc/TID answers for threads that are not leaders too, though a listing of /proc does not show them.
    [[nodiscard]] std::optional<TaskStatus> status(std::uint32_t tid) const;
    /// Empty for a kernel thread and a zombie; cut after 4 KiB.
    [[nodiscard]] std::optional<std::string> cmdline(std::uint32_t tgid) const;

  private:
    std::string root_;
};

/// As the user database has it, by getpwuid_r; nothing: nobody has this number.
[[nodiscard]] std::optional<std::string> user_name(std::uint32_t uid);

/// Names of users by UID, remembered: the user database may be a network away.
class UserNames {
  public:
    using Lookup = std::function<std::optional<std::string>(std::uint32_t uid)>;
    static constexpr std::size_t kMaxNames = 1024;

    /// The default asks getpwuid_r.
    UserNames();
    explicit UserNames(Lookup lookup) : lookup_(std::move(lookup)) {}

    /// The user's name, or the number as text when nobody has it. Valid until the next call: at kMaxNames everything
    /// is forgotten and asked again.
    [[nodiscard]] std::string_view name(std::uint32_t uid);

  private:
    Lookup lookup_;
    std::unordered_map<std::uint32_t, std::string> names_;
};

}  // namespace tsa
