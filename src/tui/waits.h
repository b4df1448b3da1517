// WAITS ON in words: what a thread is blocked in, who holds the lock it wants, and whom that one waits for, to the end.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/report.h"
#include "tui/theme.h"

namespace tsa {

/// Finds rows by TID. Filled at the first question: most screens never ask.
class ThreadIndex {
  public:
    explicit ThreadIndex(const Report& report) : report_(report) {}
    /// Null when no live thread has that TID.
    [[nodiscard]] const ThreadRow* find(std::uint32_t tid);

  private:
    const Report& report_;
    std::vector<std::uint32_t> table_;  // row index + 1, open addressing; 0: free
};

/// A longer chain is cut, with an ellipsis.
inline constexpr int kMaxOwnerChain = 8;

/// "futex lock", "epoll_wait", "CPU, preempted"; empty when nothing is known or it runs.
[[nodiscard]] std::string wait_words(const Thread& thread);
/// The same with owners: "futex lock ← 4177 connection-17 ← 4190 page_cleaner: io wait pwrite64", "... deadlock".
[[nodiscard]] std::string wait_chain(const Thread& thread, ThreadIndex& threads, const Glyphs& glyphs);
/// How long it has been in its state: "412 ms", "≥3 m" when it began before it was watched.
[[nodiscard]] std::string age_words(const Thread& thread, std::uint64_t now_ns, const Glyphs& glyphs);
/// "futex(0x7f3a12e8, 0x80, 0x2)": the system call of the current wait and its first arguments; empty without one.
[[nodiscard]] std::string syscall_words(const Thread& thread);
/// Blocked: Thread::wait is about the present.
[[nodiscard]] bool is_blocked(ThreadState state);

}  // namespace tsa
