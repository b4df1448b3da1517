// SPDX-License-Identifier: MIT
// Reads of /proc/TID and of a thread's memory for labels. May block as long as the process holds its mmap_lock: only
// for the thread that looks labels up. Whatever cannot be read is empty.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "peers/proc_text.h"

namespace tsa {

class ProcFiles {
  public:
    /// The target of /proc/TID/fd/FD. Valid until the next call.
    [[nodiscard]] std::string_view link(std::uint32_t tid, std::int32_t fd);
    /// The target of a link of /proc/TID: "cwd", "ns/ipc". Valid until the next call.
    [[nodiscard]] std::string_view link(std::uint32_t tid, const char* name);
    /// Valid until the next call. `complete` false: there was more.
    [[nodiscard]] const FdInfo& fdinfo(std::uint32_t tid, std::int32_t fd);
    [[nodiscard]] bool fdinfo_complete() const { return complete_; }
    /// A file of /proc: "locks", "4711/mountinfo". Valid until the next call.
    [[nodiscard]] std::string_view text(const char* name);
    [[nodiscard]] std::string_view mountinfo(std::uint32_t tid);
    [[nodiscard]] std::string_view maps(std::uint32_t tid);
    /// Whether the descriptor can be read, for pipes: which end it is. False too if it is closed.
    [[nodiscard]] static bool is_readable(std::uint32_t tid, std::int32_t fd);
    /// "TCP", "UNIX-STREAM"; empty: not a socket.
    [[nodiscard]] std::string_view socket_protocol(std::uint32_t tid, std::int32_t fd);
    /// Copies memory of the process; the number of bytes that could be read.
    [[nodiscard]] static std::size_t memory(std::uint32_t tid, std::uint64_t address, std::span<std::byte> out);

  private:
    bool read(const char* path, std::size_t most);

    std::string buffer_, link_, protocol_;
    FdInfo fdinfo_;
    bool complete_ = true;
};

}  // namespace tsa
