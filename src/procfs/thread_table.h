// SPDX-License-Identifier: MIT
// The threads of a ProcSource: their totals at stable indices, a version that increases with each change, and the
// threads that exited since the last sample. Copies to a Sample what changed since it was last filled. Reads no files.
#pragma once

#include <cstdint>
#include <vector>

#include "model/sample.h"
#include "procfs/task_files.h"
#include "procfs/thread_account.h"

namespace tsa {

/// A thread's accounting, and the result of the last poll of its schedstat.
struct ThreadBooks {
    ThreadAccount account;
    std::uint64_t seen_exec_ns = 0;
    std::uint64_t seen_delay_ns = 0;
    std::uint64_t seen_at_ns = 0;
    std::uint64_t moved_poll = 0;  ///< the poll of its process that found that it ran
    TaskSwitches switches_before;  ///< at the start of the accounting
    bool io_refused = false;       ///< not readable by this user; not tried again
};

class ThreadTable {
  public:
    /// A free index with a new life and everything else empty. May reallocate all threads.
    std::uint32_t add();
    /// Closes the thread at `closed_ns` and lists it as exited.
    void remove(std::uint32_t index, std::uint64_t closed_ns);
    /// Call it after each change of a thread that reports must show.
    void touch(std::uint32_t index) { versions_[index] = ++version_; }
    void clear_exited() { exited_.clear(); }

    [[nodiscard]] Thread& thread(std::uint32_t index) { return threads_[index]; }
    [[nodiscard]] ThreadBooks& books(std::uint32_t index) { return books_[index]; }
    [[nodiscard]] std::size_t size() const { return threads_.size(); }

    void copy_to(Sample& sample) const;

  private:
    std::vector<Thread> threads_;
    std::vector<std::uint64_t> versions_;
    std::vector<ThreadBooks> books_;
    std::vector<std::uint32_t> holes_;
    std::vector<ExitedThread> exited_;
    std::uint64_t version_ = 0;
    std::uint32_t lives_ = 0;
};

}  // namespace tsa
