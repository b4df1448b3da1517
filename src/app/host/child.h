// SPDX-License-Identifier: MIT
// The command of `stat -- CMD` and `record -- CMD`: created stopped at a gate, so that it can be followed before its
// first instruction, then released to exec; killed from here only while exec hangs.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/host/signals.h"
#include "base/fd.h"
#include "base/result.h"

namespace tsa {

class Child {
  public:
    /// Forks; the child waits. Its signal mask is restored to what it was before `signals`.
    static Result<Child> prepare(const std::vector<std::string>& argv, const SignalQueue& signals);
    Child(Child&&) = default;

    /// Opens the gate. Error: the command cannot be run; `error_number` distinguishes ENOENT from the rest; the child
    /// is gone. Returns once the command's program is loaded, or `stop_fd` is readable while its file system hangs:
    /// then it is killed.
    Result<void> release(int stop_fd);
    [[nodiscard]] std::uint32_t tgid() const { return static_cast<std::uint32_t>(pid_); }
    /// Readable when it has ended.
    [[nodiscard]] int ended_fd() const { return pidfd_.get(); }
    void send(int signal) const;

    struct End {
        std::optional<int> exit_code, signal;
        std::uint64_t user_ns = 0, system_ns = 0;  ///< of it and of the children it waited for
    };
    /// Waits for its end and reaps it. Call once.
    Result<End> reap();

  private:
    Child() = default;
    [[nodiscard]] bool await_exec(int stop_fd) const;
    pid_t pid_ = -1;
    Fd gate_;    ///< closing or writing opens it
    Fd failed_;  ///< errno of exec, or end of file once exec succeeded
    Fd pidfd_;
    std::string name_;
};

}  // namespace tsa
