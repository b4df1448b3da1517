// SPDX-License-Identifier: MIT
// See debug_fetcher.h.
#include "stacks/debug_fetcher.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <pthread.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <utility>

namespace tsa {

namespace {

constexpr const char* kProgram = "debuginfod-find";

/// Empty: it is in no folder of $PATH.
std::string find_program() {
    const char* path = std::getenv("PATH");
    std::string_view rest = path != nullptr ? path : "/usr/bin:/bin";
    while (!rest.empty()) {
        const std::string_view folder = rest.substr(0, rest.find(':'));
        rest.remove_prefix(std::min(folder.size() + 1, rest.size()));
        std::string found = fmt::format("{}/{}", folder, kProgram);
        if (folder.starts_with('/') && ::access(found.c_str(), X_OK) == 0) {
            return found;
        }
    }
    return {};
}

/// With the signals of an ordinary program, and nothing to read from or to write to. -1: it could not be started.
pid_t spawn(const std::string& program, std::string digits) {
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    ::posix_spawnattr_init(&attributes);
    ::posix_spawn_file_actions_init(&actions);
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    std::string name = kProgram;
    std::string kind = "debuginfo";
    const std::array<char*, 4> arguments{name.data(), kind.data(), digits.data(), nullptr};
    pid_t pid = -1;
    const int error = ::posix_spawn(&pid, program.c_str(), &actions, &attributes, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
    return error == 0 ? pid : -1;
}

/// Until it has ended; it can still be signaled then, since it is not reaped.
void await_end(pid_t pid) {
    siginfo_t info{};
    while (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
    }
}

}  // namespace

std::string build_id_digits(std::string_view build_id) {
    std::string digits;
    for (const char byte : build_id) {
        digits += fmt::format("{:02x}", static_cast<unsigned char>(byte));
    }
    return digits;
}

Result<std::unique_ptr<DebugFetcher>> DebugFetcher::start() {
    const char* servers = std::getenv("DEBUGINFOD_URLS");
    if (servers == nullptr || *servers == '\0') {
        return Error{"--debuginfod: no server is set",
                     "export DEBUGINFOD_URLS=https://debuginfod.debian.net; with sudo: sudo -E", 0};
    }
    std::string program = find_program();
    if (program.empty()) {
        return Error{fmt::format("--debuginfod: {} is not in $PATH", kProgram), "apt install debuginfod", 0};
    }
    std::unique_ptr<DebugFetcher> fetcher(new DebugFetcher(std::move(program)));
    // The thread inherits the mask: signals are for the loop.
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    fetcher->thread_ = std::thread([self = fetcher.get()] { self->work(); });
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return fetcher;
}

DebugFetcher::DebugFetcher(std::string program) : program_(std::move(program)) {}

DebugFetcher::~DebugFetcher() {
    {
        const std::scoped_lock lock(mutex_);
        stops_ = true;
        if (running_ > 0) {
            ::kill(running_, SIGTERM);
        }
    }
    changed_.notify_all();
    if (thread_.joinable()) {
        thread_.join();
    }
}

void DebugFetcher::want(std::string_view build_id) {
    const std::scoped_lock lock(mutex_);
    if (known_.size() < kMaxFetches && known_.emplace(build_id).second) {
        wanted_.emplace_back(build_id);
        changed_.notify_all();
    }
}

std::vector<std::string> DebugFetcher::take_arrived() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(arrived_, {});
}

/// False: it stops.
bool DebugFetcher::begin(const std::string& build_id) {
    const std::scoped_lock lock(mutex_);
    running_ = stops_ ? -1 : spawn(program_, build_id_digits(build_id));
    return !stops_;
}

void DebugFetcher::work() {
    ::prctl(PR_SET_NAME, "rstat-debuginfo");
    for (;;) {
        std::string build_id;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return stops_ || !wanted_.empty(); });
            if (stops_) {
                return;
            }
            build_id = std::move(wanted_.front());
            wanted_.pop_front();
        }
        if (!begin(build_id)) {
            return;
        }
        if (running_ > 0) {
            await_end(running_);
        }
        const std::scoped_lock lock(mutex_);
        int status = -1;
        if (running_ > 0) {
            ::waitpid(std::exchange(running_, -1), &status, 0);
        }
        if (status == 0) {
            arrived_.push_back(std::move(build_id));
            ++count_;
        }
    }
}

}  // namespace tsa
