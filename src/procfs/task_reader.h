// Reads and lists the files of threads under one proc folder. Whether a thread is gone, or only not readable, is told
// apart here; what is in the files is task_files.h's business. Reuses its buffers.
//
// How: open relative to a descriptor, read, close. Measured on Linux 6.18, per thread of a process with 10,000 (1,000):
// 5.2 µs (4.9) relative to its task folder, 5.7 µs (5.5) relative to /proc; 1.6 µs (0.6) with descriptors that stay
// open, each of which costs 1.3 µs to close, 4.3 KiB of kernel memory and a place below RLIMIT_NOFILE (1,024 for most
// users). stat 8, status 13, io 6 µs. So no descriptors are kept: what decides is how few threads are read at all (see
// process_clock.h), not how. io_uring would only move the reads to worker threads: /proc does not read without
// blocking.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace tsa {

enum class TaskRead : std::uint8_t { done, gone, refused };  ///< refused: no permission, or no descriptor left

class TaskReader {
  public:
    /// `root`/proc. Errors: it is not there.
    static Result<TaskReader> open(const std::string& root);

    /// The process whose threads are read next; `many`: its task folder is opened, which pays from a few threads on.
    void enter(std::uint32_t tgid, bool many);

    /// A file of a thread of that process; text() until the next read.
    [[nodiscard]] TaskRead read(std::uint32_t tid, std::string_view name);
    /// A file directly below proc: "stat", "self/status". False when it cannot be read.
    [[nodiscard]] bool read_proc(const char* name);
    /// Whether proc is that of the machine's first PID namespace, by the reader's own entry in it.
    [[nodiscard]] bool is_initial_namespace() const;
    [[nodiscard]] std::string_view text() const { return {buffer_.data(), length_}; }

    /// The processes, or the threads of the process that was entered, ascending. Empty when it is gone. A thread that
    /// ends meanwhile may hide another one from the kernel's listing: it is there at the next.
    [[nodiscard]] const std::vector<std::uint32_t>& list_processes();
    [[nodiscard]] const std::vector<std::uint32_t>& list_threads();

  private:
    explicit TaskReader(Fd proc);
    [[nodiscard]] int read_at(int folder, const char* path);  // 0 or errno
    void list(int folder);

    static constexpr std::size_t kPathBytes = 64;
    Fd proc_;
    Fd task_;  // of the entered process, if it has many threads
    std::uint32_t tgid_ = 0;
    std::vector<char> buffer_;
    std::size_t length_ = 0;
    std::vector<char> entries_;
    std::vector<std::uint32_t> numbers_;
};

}  // namespace tsa
