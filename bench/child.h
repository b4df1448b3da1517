// A program run and measured from outside: its output, its CPU time, its end.
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
    std::optional<int> cpu;                ///< run on this CPU only
    bool read_output = true;               ///< a pipe on its stdout; else /dev/null
    bool hold_input = false;               ///< a pipe on its stdin, closed by finish(); else /dev/null
    std::vector<std::string> environment;  ///< "NAME=value" beside the inherited ones
};

struct Ended {
    int status = 0;            ///< exit status; 128 + signal when it was killed
    std::uint64_t cpu_ns = 0;  ///< user and system, of it and of the children that it waited for
    std::string output;        ///< what was left to read
};

/// A running program; killed, if it still runs, when this goes out of scope.
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
    /// Nobody reads its stdout from now on.
    void close_output() { output_.reset(); }
    /// Closes its stdin, reads the rest of its output and waits for its end. Nothing when that is done already.
    Ended finish();

  private:
    Child(pid_t pid, Fd input, Fd output) : pid_(pid), input_(std::move(input)), output_(std::move(output)) {}

    pid_t pid_ = -1;
    Fd input_;
    Fd output_;
    std::string pending_;
};

/// Runs to the end. Error: could not start, or ended with a status other than 0.
Result<Ended> run(const std::vector<std::string>& arguments, const ChildOptions& options = {});

/// `threads` sleeping threads in processes of 500, until it goes out of scope.
class Crowd {
  public:
    static Result<Crowd> start(std::uint32_t threads);
    Crowd(Crowd&&) = default;
    Crowd& operator=(Crowd&&) = delete;
    Crowd(const Crowd&) = delete;
    Crowd& operator=(const Crowd&) = delete;
    /// Waits until the last of them is gone and reaped: the next measurement starts on an empty machine.
    ~Crowd() { static_cast<void>(child_.finish()); }

  private:
    explicit Crowd(Child child) : child_(std::move(child)) {}
    Child child_;
};

}  // namespace tsa::bench
