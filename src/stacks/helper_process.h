// SPDX-License-Identifier: MIT
// A process without privileges that reads foreign files: ELF files and perf maps of other users could make a reader of
// them crash, hang or worse. It has no capabilities, no descriptors but its socket and the files it is given, limited
// memory, and no system calls but those that reading needs. One that does not answer in time is replaced.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace tsa {

/// In any one request; a file with a million symbols takes half of it.
inline constexpr std::chrono::milliseconds kHelperTime{1000};
/// A process that ends or hangs is replaced this many times.
inline constexpr std::uint32_t kMaxHelperRestarts = 16;

class HelperProcess {
  public:
    /// Forks it; 1 ms. Error: no process or socket could be made.
    static Result<HelperProcess> start();
    HelperProcess(HelperProcess&& other) noexcept;
    HelperProcess& operator=(HelperProcess&&) = delete;
    /// Ends it.
    ~HelperProcess();

    /// Sends a message, with a descriptor if `file` is not -1, and waits for the answer. Absent: it did not answer; a
    /// new process is there then, without any of the files, unless is_gone().
    [[nodiscard]] std::optional<std::string> ask(std::string_view message, int file);

    [[nodiscard]] bool is_gone() const { return !socket_.valid(); }
    [[nodiscard]] std::uint32_t restarts() const { return restarts_; }
    [[nodiscard]] pid_t pid() const { return pid_; }

  private:
    HelperProcess() = default;
    Result<void> fork_it();
    void end();
    bool send(std::string_view message, int file) const;
    [[nodiscard]] std::optional<std::string> receive() const;

    Fd socket_;
    pid_t pid_ = -1;
    std::uint32_t restarts_ = 0;
};

}  // namespace tsa
