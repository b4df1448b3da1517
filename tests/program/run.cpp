// SPDX-License-Identifier: MIT
// See run.h.
#include "program/run.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <sstream>
#include <stdexcept>

#include "support/witness.h"

namespace tsa::test {

namespace {

constexpr int kPatienceMs = 60'000;  // a bound against hanging, not a measurement
constexpr uid_t kNobody = 65534;

}  // namespace

Program::Program(const std::vector<std::string>& arguments, bool as_nobody, const std::string& binary_path) {
    int out[2];
    int err[2];
    if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0) {
        throw std::runtime_error("pipe");
    }
    // Opened here: an ordinary user may not reach the build folder.
    const int binary = open(binary_path.c_str(), O_RDONLY | O_CLOEXEC);
    std::vector<char*> argv{const_cast<char*>("rstat-tsa")};
    for (const std::string& argument : arguments) {
        argv.push_back(const_cast<char*>(argument.c_str()));
    }
    argv.push_back(nullptr);
    pid_ = fork();
    if (pid_ == 0) {
        dup2(out[1], STDOUT_FILENO);
        dup2(err[1], STDERR_FILENO);
        const bool changed = !as_nobody || (setgroups(0, nullptr) == 0 && setgid(kNobody) == 0 && setuid(kNobody) == 0);
        if (changed) {
            fexecve(binary, argv.data(), environ);
        }
        _exit(99);
    }
    close(out[1]);
    close(err[1]);
    close(binary);
    out_ = out[0];
    err_ = err[0];
}

Program::~Program() {
    if (pid_ > 0) {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
    close_stdout();
    if (err_ >= 0) {
        close(err_);
    }
}

void Program::close_stdout() {
    if (out_ >= 0) {
        close(out_);
        out_ = -1;
    }
}

void Program::shrink_stdout() {
    if (fcntl(out_, F_SETPIPE_SZ, 1) < 0) {
        throw std::runtime_error("F_SETPIPE_SZ");
    }
}

bool Program::wait_until_full() const {
    const int capacity = fcntl(out_, F_GETPIPE_SZ);
    return await([this, capacity] {
        int unread = 0;
        return ioctl(out_, FIONREAD, &unread) == 0 && unread > capacity - PIPE_BUF;
    });
}

Finished Program::end_unread(int signal) {
    const int process = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
    kill(pid_, signal);
    pollfd end{process, POLLIN, 0};
    if (process < 0 || poll(&end, 1, kPatienceMs) != 1) {
        kill(pid_, SIGKILL);
    }
    close(process);
    return finish();
}

/// False when both pipes have ended, or nothing came for too long.
bool Program::read_some() {
    std::array<pollfd, 2> fds{{{out_, POLLIN, 0}, {err_, POLLIN, 0}}};
    if ((out_ < 0 && err_ < 0) || poll(fds.data(), fds.size(), kPatienceMs) <= 0) {
        return false;
    }
    const auto take = [](pollfd& from, int& fd, std::string& to) {
        std::array<char, 65536> buffer;
        if (from.revents == 0) {
            return;
        }
        const ssize_t got = read(fd, buffer.data(), buffer.size());
        if (got > 0) {
            to.append(buffer.data(), static_cast<std::size_t>(got));
        } else {
            close(fd);
            fd = -1;
        }
    };
    take(fds[0], out_, result_.out);
    take(fds[1], err_, result_.err);
    return true;
}

bool Program::wait_for_lines(std::size_t lines) {
    while (static_cast<std::size_t>(std::count(result_.out.begin(), result_.out.end(), '\n')) < lines) {
        if (!read_some()) {
            return false;
        }
    }
    return true;
}

Finished Program::finish(int signal) {
    if (signal != 0) {
        kill(pid_, signal);
    }
    while (read_some()) {
    }
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    result_.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    return result_;
}

Finished run(const std::vector<std::string>& arguments, bool as_nobody, const std::string& binary) {
    return Program(arguments, as_nobody, binary).finish();
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        lines.push_back(line);
    }
    return lines;
}

}  // namespace tsa::test
