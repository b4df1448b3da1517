// SPDX-License-Identifier: MIT
// Runs a program and measures it from outside: its output, CPU time and exit.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace tsa::bench {

struct ChildOptions {
    std::optional<int> cpu;                ///< run only on this CPU
    bool read_output = true;               ///< a pipe on its stdout; otherwise /dev/null
    bool hold_input = false;               ///< a pipe on its stdin, closed by finish(); otherwise /dev/null
    std::vector<std::string> environment;  ///< "NAME=value", in addition to the inherited ones
};

struct Ended {
    int status = 0;            ///< exit status; 128 + signal if it was killed
    std::uint64_t cpu_ns = 0;  ///< user and system time, including reaped children
    std::string output;        ///< remaining output
};

/// A running program; killed at the end of the scope if it is still running.
class Child {
  public:
    static Result<Child> start(const std::vector<std::string>& arguments, const ChildOptions& options = {});
    Child(Child&& other) noexcept;
    Child& operator=(Child&&) = delete;
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child();

    [[nodiscard]] pid_t pid() const { return pid_; }
    /// One line without its newline; absent at the end of the output or after `timeout_ms`.
    [[nodiscard]] std::optional<std::string> read_line(int timeout_ms);
    /// CPU time so far, of all its threads.
    [[nodiscard]] std::uint64_t cpu_ns() const;
    /// Stops reading its stdout.
    void close_output() { output_.reset(); }
    /// Closes its stdin, reads the rest of its output and waits for its exit. Does nothing if already done.
    Ended finish();

  private:
    Child(pid_t pid, Fd input, Fd output) : pid_(pid), input_(std::move(input)), output_(std::move(output)) {}

    pid_t pid_ = -1;
    Fd input_;
    Fd output_;
    std::string pending_;
};

/// The last CPU that this process may use: the first one handles most interrupts.
[[nodiscard]] int last_cpu();

/// Runs a program to its end. Error: could not start, or exited with a nonzero status.
Result<Ended> run(const std::vector<std::string>& arguments, const ChildOptions& options = {});

/// `threads` sleeping threads in processes of 500, until the end of the scope.
class Crowd {
  public:
    static Result<Crowd> start(std::uint32_t threads);
    Crowd(Crowd&&) = default;
    Crowd& operator=(Crowd&&) = delete;
    Crowd(const Crowd&) = delete;
    Crowd& operator=(const Crowd&) = delete;
    /// Waits until all of them are gone and reaped, so that the next measurement starts on an idle machine.
    ~Crowd() { static_cast<void>(child_.finish()); }

  private:
    explicit Crowd(Child child) : child_(std::move(child)) {}
    Child child_;
};

}  // namespace tsa::bench
