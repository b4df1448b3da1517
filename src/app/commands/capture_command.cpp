// SPDX-License-Identifier: MIT
// See capture_command.h.
#include "app/commands/capture_command.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace tsa {

namespace {

constexpr int kCannotRun = 127;

std::vector<std::string> environment_for(const std::string& directory, const CaptureNote& note) {
    std::vector<std::string> all;
    for (char** one = environ; *one != nullptr; ++one) {
        all.emplace_back(*one);
    }
    std::string values;
    for (const CaptureNote::Value& value : note.values) {
        values += fmt::format("{}={}\n", value.name, value.text);
    }
    all.push_back("RSTAT_DIR=" + directory);
    all.push_back("RSTAT_RULE=" + note.rule);
    all.push_back("RSTAT_VALUES=" + values);
    return all;
}

}  // namespace

Result<void> CaptureCommand::start(const std::string& directory, const CaptureNote& note) {
    if (running_.size() >= kMost) {
        return Error{fmt::format("--run: {} commands are still running; not run for {}", kMost, directory), {}, 0};
    }
    const std::vector<std::string> variables = environment_for(directory, note);
    std::vector<char*> environment;
    environment.reserve(variables.size() + 1);
    for (const std::string& variable : variables) {
        environment.push_back(const_cast<char*>(variable.c_str()));
    }
    environment.push_back(nullptr);
    const std::array<char*, 4> arguments{const_cast<char*>("sh"), const_cast<char*>("-c"),
                                         const_cast<char*>(command_.c_str()), nullptr};
    const pid_t child = ::fork();
    if (child < 0) {
        return system_error("--run", errno);
    }
    if (child == 0) {
        // Only calls that are safe after a fork of a program with threads.
        signals_.restore_in_child();
        const int nothing = ::open("/dev/null", O_RDONLY);
        if (nothing >= 0) {
            ::dup2(nothing, STDIN_FILENO);
        }
        ::execve("/bin/sh", arguments.data(), environment.data());
        ::_exit(kCannotRun);
    }
    running_.push_back({child, directory});
    return {};
}

std::vector<std::string> CaptureCommand::reap() {
    std::vector<std::string> failures;
    std::erase_if(running_, [&failures](const Running& one) {
        int status = 0;
        const pid_t ended = ::waitpid(one.pid, &status, WNOHANG);
        if (ended == one.pid && status != 0) {
            failures.push_back(WIFSIGNALED(status)
                                   ? fmt::format("--run for {}: killed by signal {}", one.directory, WTERMSIG(status))
                                   : fmt::format("--run for {}: exit code {}", one.directory, WEXITSTATUS(status)));
        }
        return ended != 0;
    });
    return failures;
}

}  // namespace tsa
