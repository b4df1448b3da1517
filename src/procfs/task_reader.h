// SPDX-License-Identifier: MIT
// Reads and lists the files of threads under one proc directory. Distinguishes threads that are gone from unreadable
// ones; task_files.h parses the contents. Reuses its buffers.
//
// How: open relative to a descriptor, read, close. Measured on Linux 6.18, per thread of a process with 10,000 (1,000):
// 5.2 µs (4.9) relative to its task directory, 5.7 µs (5.5) relative to /proc; 1.6 µs (0.6) with descriptors that stay
// open, each of which costs 1.3 µs to close, 4.3 KiB of kernel memory and one of RLIMIT_NOFILE descriptors (1,024 for
// most users). stat 8, status 13, io 6 µs. So no descriptors are kept: the number of threads read matters (see
// process_clock.h), not the method. io_uring would only move the reads to worker threads: /proc does not support
// nonblocking reads.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace tsa {

enum class TaskRead : std::uint8_t { done, gone, refused };  ///< refused: no permission, or out of descriptors

class TaskReader {
  public:
    /// Opens `root`/proc. Error: it does not exist.
    static Result<TaskReader> open(const std::string& root);

    /// Selects the process whose threads are read next; `many`: opens its task directory, which is faster for more than
    /// a few threads.
    void enter(std::uint32_t tgid, bool many);

    /// Reads a file of a thread of that process; text() is valid until the next read.
    [[nodiscard]] TaskRead read(std::uint32_t tid, std::string_view name);
    /// Reads a file directly below proc: "stat", "self/status". False: it cannot be read.
    [[nodiscard]] bool read_proc(const char* name);
    /// Whether proc belongs to the initial PID namespace, judged by the reader's own entry in it.
    [[nodiscard]] bool is_initial_namespace() const;
    [[nodiscard]] std::string_view text() const { return {buffer_.data(), length_}; }

    /// The processes, or the threads of the selected process, ascending. Empty if it is gone. If a thread ends
    /// meanwhile, the kernel's listing may miss another one until the next call.
    [[nodiscard]] const std::vector<std::uint32_t>& list_processes();
    [[nodiscard]] const std::vector<std::uint32_t>& list_threads();

  private:
    explicit TaskReader(Fd proc);
    [[nodiscard]] int read_at(int folder, const char* path);  // 0 or errno
    void list(int folder);

    static constexpr std::size_t kPathBytes = 64;
    Fd proc_;
    Fd task_;  // of the selected process, if it has many threads
    std::uint32_t tgid_ = 0;
    std::vector<char> buffer_;
    std::size_t length_ = 0;
    std::vector<char> entries_;
    std::vector<std::uint32_t> numbers_;
};

}  // namespace tsa
