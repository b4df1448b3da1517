// SPDX-License-Identifier: MIT
// See child.h.
#include "app/host/child.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "base/time_units.h"

namespace tsa {

namespace {

struct Pipe {
    Fd read, write;
};

Result<Pipe> make_pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return system_error("pipe", errno);
    }
    return Pipe{Fd(ends[0]), Fd(ends[1])};
}

/// The child's side: only async-signal-safe calls. Does not return.
[[noreturn]] void wait_and_exec(char* const* argv, int gate, int failed, const SignalQueue& signals) {
    char go = 0;
    ssize_t got = 0;
    do {
        got = ::read(gate, &go, 1);
    } while (got < 0 && errno == EINTR);
    if (got == 1) {
        signals.restore_in_child();
        execvp(argv[0], argv);
        const int error = errno;
        [[maybe_unused]] const ssize_t told = ::write(failed, &error, sizeof error);
    }
    // No byte: the parent has died or gave up.
    constexpr int kCannotRun = 127;
    _exit(kCannotRun);
}

std::uint64_t to_ns(const timeval& time) {
    return static_cast<std::uint64_t>(time.tv_sec) * kNsPerSecond + static_cast<std::uint64_t>(time.tv_usec) * kNsPerUs;
}

}  // namespace

Result<Child> Child::prepare(const std::vector<std::string>& argv, const SignalQueue& signals) {
    auto gate = make_pipe();
    auto failed = make_pipe();
    if (!gate.ok() || !failed.ok()) {
        return gate.ok() ? failed.error() : gate.error();
    }
    std::vector<char*> arguments;
    arguments.reserve(argv.size() + 1);
    for (const std::string& argument : argv) {
        arguments.push_back(const_cast<char*>(argument.c_str()));  // execvp's signature; it does not write
    }
    arguments.push_back(nullptr);
    Child child;
    child.name_ = argv.front();
    child.pid_ = fork();
    if (child.pid_ < 0) {
        return system_error("fork", errno);
    }
    if (child.pid_ == 0) {
        gate.value().write.reset();
        wait_and_exec(arguments.data(), gate.value().read.get(), failed.value().write.get(), signals);
    }
    child.gate_ = std::move(gate.value().write);
    child.failed_ = std::move(failed.value().read);
    // pidfd_open: the same number on every architecture.
    constexpr long kPidfdOpen = 434;
    child.pidfd_ = Fd(static_cast<int>(syscall(kPidfdOpen, child.pid_, 0)));
    if (!child.pidfd_.valid()) {
        const int error = errno;
        child.gate_.reset();
        waitpid(child.pid_, nullptr, 0);
        return system_error("pidfd_open", error);
    }
    return child;
}

/// Waits for the result of exec, which takes as long as the program's file system. False: stopped meanwhile.
bool Child::await_exec(int stop_fd) const {
    constexpr int kUsualMs = 1000;  // a signal that was there before is for the command
    std::array<pollfd, 2> fds{{{failed_.get(), POLLIN, 0}, {stop_fd, POLLIN, 0}}};
    int ready = ::poll(fds.data(), 1, kUsualMs);
    while (ready == 0 || (ready < 0 && errno == EINTR)) {
        ready = ::poll(fds.data(), fds.size(), -1);
    }
    return fds[0].revents != 0;
}

Result<void> Child::release(int stop_fd) {
    const char go = 1;
    if (::write(gate_.get(), &go, 1) != 1) {
        return system_error("start " + name_, errno);
    }
    gate_.reset();
    if (!await_exec(stop_fd)) {
        kill(pid_, SIGKILL);
        return Error{"run " + name_ + ": stopped while its file system did not answer", "", ECANCELED};
    }
    int error = 0;
    ssize_t got = 0;
    do {
        got = ::read(failed_.get(), &error, sizeof error);
    } while (got < 0 && errno == EINTR);
    if (got == static_cast<ssize_t>(sizeof error)) {
        waitpid(pid_, nullptr, 0);
        return system_error("run " + name_, error);
    }
    return {};
}

void Child::send(int signal) const {
    kill(pid_, signal);
}

Result<Child::End> Child::reap() {
    int status = 0;
    rusage usage{};
    while (wait4(pid_, &status, 0, &usage) < 0) {
        if (errno != EINTR) {
            return system_error("wait for " + name_, errno);
        }
    }
    End end;
    if (WIFSIGNALED(status)) {
        end.signal = WTERMSIG(status);
    } else {
        end.exit_code = WEXITSTATUS(status);
    }
    end.user_ns = to_ns(usage.ru_utime);
    end.system_ns = to_ns(usage.ru_stime);
    return end;
}

}  // namespace tsa
