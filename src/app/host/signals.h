// Signals as readable descriptors, so that a loop waits for everything in one poll().
#pragma once

#include <csignal>
#include <initializer_list>
#include <optional>

#include "base/fd.h"
#include "base/result.h"

namespace tsa {

/// Blocks signals and makes them readable for as long as it lives. SIGPIPE and SIGXFSZ are ignored: a closed pipe and a
/// file at its limit (ulimit -f) are errors of write() and no sudden death. A signal that was ignored from the start,
/// as by nohup, stays ignored. What was not taken at its end is forgotten.
class SignalQueue {
  public:
    static Result<SignalQueue> open(std::initializer_list<int> signals);
    SignalQueue(SignalQueue&&) = default;
    ~SignalQueue();

    struct Received {
        int number;
        bool from_process;  ///< kill(), not the terminal
        bool put_back;      ///< by put_back()
    };
    /// The next one, or nothing. Never blocks.
    [[nodiscard]] std::optional<Received> take();
    /// The number of one that take() would give. As long as it is not taken, no write waits for a reader that does not
    /// read: see Outlet::stop_on().
    [[nodiscard]] std::optional<int> waiting() const;
    /// It waits again, as if it had not been taken.
    static void put_back(int number) { ::raise(number); }
    [[nodiscard]] int fd() const { return fd_.get(); }
    /// In a child, before exec: the signals as they were.
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
