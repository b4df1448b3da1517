// SPDX-License-Identifier: MIT
// The built program, run from outside as a user would: arguments in; output, complaints and exit code out.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "paths.h"

namespace tsa::test {

struct Finished {
    int exit_code = -1;  ///< -signal when killed
    std::string out, err;
};

/// rstat-tsa with its stdout and stderr in pipes. Killed when it goes out of scope.
class Program {
  public:
    /// `binary`: another copy of it, one whose file has capabilities.
    explicit Program(const std::vector<std::string>& arguments, bool as_nobody = false,
                     const std::string& binary = paths::kBinary);
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;
    ~Program();

    [[nodiscard]] pid_t pid() const { return pid_; }
    /// Reads until stdout holds this many lines; false when it ended before.
    bool wait_for_lines(std::size_t lines);
    void close_stdout();
    /// Makes its stdout a pipe of one page.
    void shrink_stdout();
    /// Reads nothing until stdout has no room for another page; false when that takes too long.
    [[nodiscard]] bool wait_until_full() const;
    /// Sends it a signal and reads nothing until it has ended, then takes all it has said; killed when it takes too
    /// long.
    Finished end_unread(int signal);
    /// Sends it a signal, or none with 0, and takes all it still says.
    Finished finish(int signal = 0);

  private:
    bool read_some();

    pid_t pid_ = -1;
    int out_ = -1, err_ = -1;
    Finished result_;
};

/// Runs it to its end.
[[nodiscard]] Finished run(const std::vector<std::string>& arguments, bool as_nobody = false,
                           const std::string& binary = paths::kBinary);
[[nodiscard]] std::vector<std::string> lines_of(const std::string& text);

}  // namespace tsa::test
