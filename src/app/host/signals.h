// SPDX-License-Identifier: MIT
// Signals as readable descriptors, so that a loop waits for everything in one poll().
#pragma once

#include <csignal>
#include <optional>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace tsa {

/// Signals that end a process by default, and that no command gives a meaning: SIGUSR1, SIGUSR2, SIGALRM, those of
/// timers, limits and I/O, and the real-time signals.
[[nodiscard]] std::vector<int> unassigned_signals();

/// From the start of the program: leaves the unassigned signals pending until it is known whether the command is one
/// that they must not end.
class EarlySignals {
  public:
    EarlySignals();
    EarlySignals(const EarlySignals&) = delete;
    EarlySignals& operator=(const EarlySignals&) = delete;
    /// They have their default effect, also those that are pending.
    void release();

  private:
    sigset_t before_{};
};

/// Blocks signals and makes them readable for its lifetime. SIGPIPE and SIGXFSZ are ignored: a closed pipe and a file
/// at its limit (ulimit -f) become errors of write() instead of killing the process. A signal that was already ignored
/// at startup, as under nohup, stays ignored. Signals still pending at its end are discarded.
class SignalQueue {
  public:
    static Result<SignalQueue> open(const std::vector<int>& signals);
    SignalQueue(SignalQueue&&) = default;
    ~SignalQueue();

    struct Received {
        int number;
        bool from_process;  ///< kill(), not the terminal
        bool put_back;      ///< by put_back()
    };
    /// The next signal, or nothing. Never blocks.
    [[nodiscard]] std::optional<Received> take();
    /// The number of the signal that take() would return. While it is pending, no write waits for a stalled reader: see
    /// Outlet::stop_on().
    [[nodiscard]] std::optional<int> waiting() const;
    /// Makes it pending again, as if it had not been taken.
    static void put_back(int number) { ::raise(number); }
    [[nodiscard]] int fd() const { return fd_.get(); }
    /// In a child, before exec: restores the signals.
    void restore_in_child() const;

  private:
    SignalQueue() = default;
    Fd fd_;
    sigset_t set_{};
    sigset_t before_{};
    struct sigaction pipe_before_ {};
    struct sigaction file_size_before_ {};
};

}  // namespace tsa
