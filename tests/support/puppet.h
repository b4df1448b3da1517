// SPDX-License-Identifier: MIT
// Starts a puppet (tests/puppets), reads its READY line, sends it commands, and ends it even if the test fails.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"

namespace tsa::test {

/// One running puppet. Throws std::runtime_error if it does not start or stops answering: GoogleTest reports it, and
/// the test's guards clean up.
class Puppet {
  public:
    /// Returns when the puppet is READY: each of its threads is in its intended state. A name with a path is that of a
    /// program that executes a puppet.
    explicit Puppet(const std::string& name, const std::vector<std::string>& arguments = {});
    Puppet(const Puppet&) = delete;
    Puppet& operator=(const Puppet&) = delete;
    ~Puppet();

    /// The feature that the puppet found missing on this machine, instead of READY.
    [[nodiscard]] const std::optional<std::string>& missing() const { return missing_; }
    [[nodiscard]] pid_t pid() const { return pid_; }
    /// A number from the READY line, usually a TID.
    [[nodiscard]] std::uint32_t tid(std::string_view name) const;

    void send(std::string_view command);
    /// The next line on its stdout; waits for at most 60 s.
    [[nodiscard]] std::string read_line();
    /// Sends a command and returns the answer.
    std::string ask(std::string_view command);
    /// Reads a second READY line (after exec): its numbers replace those of the first.
    void await_ready();
    /// Closes its stdin and reaps it: it exits by itself.
    void finish();
    /// SIGKILL and reap.
    void kill();

  private:
    void reap();

    pid_t pid_ = -1;
    Fd to_;
    Fd from_;
    std::string buffer_;
    std::optional<std::string> missing_;
    std::map<std::string, std::uint32_t, std::less<>> numbers_;
};

/// The number after "key=" in an answer. Throws if there is none.
[[nodiscard]] std::uint64_t number_of(std::string_view answer, std::string_view key);

}  // namespace tsa::test
