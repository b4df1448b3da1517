// The threads that a ProcSource knows: their totals at stable indices, a version that moves with each change, and who
// ended since the last sample. Copies to a Sample what that sample does not have yet. Reads nothing.
#pragma once

#include <cstdint>
#include <vector>

#include "model/sample.h"
#include "procfs/task_files.h"
#include "procfs/thread_account.h"

namespace tsa {

/// A thread's books, and what the last poll of its schedstat gave.
struct ThreadBooks {
    ThreadAccount account;
    std::uint64_t seen_exec_ns = 0;
    std::uint64_t seen_delay_ns = 0;
    std::uint64_t seen_at_ns = 0;
    std::uint64_t moved_poll = 0;  ///< number of the process's poll at which it had run
    TaskSwitches switches_before;  ///< at the begin of the account
    bool io_refused = false;       ///< not for this user; not asked again
};

class ThreadTable {
  public:
    /// A free index with a new life; everything else of it is empty. May move all threads.
    std::uint32_t add();
    /// Closes the thread at `closed_ns` and lists it as ended.
    void remove(std::uint32_t index, std::uint64_t closed_ns);
    /// To be called after each change of a thread that reports must see.
    void touch(std::uint32_t index) { versions_[index] = ++version_; }
    void forget_exited() { exited_.clear(); }

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
