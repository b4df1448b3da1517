// SPDX-License-Identifier: MIT
// fork, exec and wait4 for measured programs.
#include "child.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>

#include "measure.h"

namespace tsa::bench {

namespace {

constexpr int kCannotExec = 127;

std::uint64_t to_ns(const timeval& time) {
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(time.tv_usec) * 1000U;
}

struct Pipe {
    Fd read_end, write_end;
};

Result<Pipe> make_pipe() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
        return system_error("pipe", errno);
    }
    return Pipe{Fd(ends[0]), Fd(ends[1])};
}

// In the child, between fork and exec. `input` or `output` -1: /dev/null.
[[noreturn]] void become(std::vector<char*>& arguments, const ChildOptions& options, int input, int output) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(input >= 0 ? input : nothing, STDIN_FILENO);
    dup2(output >= 0 ? output : nothing, STDOUT_FILENO);
    if (options.cpu) {
        cpu_set_t cpus;
        CPU_ZERO(&cpus);
        CPU_SET(static_cast<std::size_t>(*options.cpu), &cpus);
        sched_setaffinity(0, sizeof(cpus), &cpus);
    }
    for (const std::string& setting : options.environment) {
        putenv(const_cast<char*>(setting.c_str()));
    }
    execvp(arguments[0], arguments.data());
    _exit(kCannotExec);
}

}  // namespace

Result<Child> Child::start(const std::vector<std::string>& arguments, const ChildOptions& options) {
    Pipe input, output;
    if (options.hold_input) {
        auto made = make_pipe();
        if (!made.ok()) {
            return made.error();
        }
        input = std::move(made).value();
    }
    if (options.read_output) {
        auto made = make_pipe();
        if (!made.ok()) {
            return made.error();
        }
        output = std::move(made).value();
    }
    std::vector<char*> pointers;
    for (const std::string& argument : arguments) {
        pointers.push_back(const_cast<char*>(argument.c_str()));
    }
    pointers.push_back(nullptr);
    const pid_t pid = fork();
    if (pid < 0) {
        return system_error("fork", errno);
    }
    if (pid == 0) {
        become(pointers, options, input.read_end.get(), output.write_end.get());
    }
    return Child(pid, std::move(input.write_end), std::move(output.read_end));
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      input_(std::move(other.input_)),
      output_(std::move(other.output_)),
      pending_(std::move(other.pending_)) {}

Child::~Child() {
    if (pid_ > 0) {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
}

std::optional<std::string> Child::read_line(int timeout_ms) {
    const std::uint64_t deadline_ns = monotonic_ns() + static_cast<std::uint64_t>(timeout_ms) * 1'000'000U;
    for (std::size_t searched = 0;;) {
        const std::size_t end = pending_.find('\n', searched);
        if (end != std::string::npos) {
            std::string line = pending_.substr(0, end);
            pending_.erase(0, end + 1);
            return line;
        }
        searched = pending_.size();
        const std::uint64_t now_ns = monotonic_ns();
        if (now_ns >= deadline_ns) {
            return std::nullopt;
        }
        pollfd waiting{output_.get(), POLLIN, 0};
        if (poll(&waiting, 1, static_cast<int>((deadline_ns - now_ns) / 1'000'000U) + 1) <= 0) {
            continue;
        }
        std::array<char, 65536> buffer;
        const ssize_t got = read(output_.get(), buffer.data(), buffer.size());
        if (got <= 0) {
            return std::nullopt;
        }
        pending_.append(buffer.data(), static_cast<std::size_t>(got));
    }
}

std::uint64_t Child::cpu_ns() const {
    clockid_t clock{};
    timespec used{};
    if (clock_getcpuclockid(pid_, &clock) != 0 || clock_gettime(clock, &used) != 0) {
        return 0;
    }
    return static_cast<std::uint64_t>(used.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(used.tv_nsec);
}

Ended Child::finish() {
    if (pid_ < 0) {
        return {};
    }
    input_.reset();
    Ended ended;
    ended.output = std::move(pending_);
    std::array<char, 65536> buffer;
    for (ssize_t got = 0; output_.valid() && (got = read(output_.get(), buffer.data(), buffer.size())) > 0;) {
        ended.output.append(buffer.data(), static_cast<std::size_t>(got));
    }
    int status = 0;
    rusage used{};
    wait4(pid_, &status, 0, &used);
    pid_ = -1;
    ended.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    ended.cpu_ns = to_ns(used.ru_utime) + to_ns(used.ru_stime);
    return ended;
}

Result<Ended> run(const std::vector<std::string>& arguments, const ChildOptions& options) {
    auto child = Child::start(arguments, options);
    if (!child.ok()) {
        return child.error();
    }
    Ended ended = child.value().finish();
    if (ended.status != 0) {
        return Error{fmt::format("{} ended with status {}", arguments[0], ended.status), {}, 0};
    }
    return ended;
}

Result<Crowd> Crowd::start(std::uint32_t threads) {
    ChildOptions options;
    options.hold_input = true;
    auto child = Child::start({BENCH_CROWD, std::to_string(threads)}, options);
    if (!child.ok()) {
        return child.error();
    }
    constexpr int kPatienceMs = 60'000;
    const auto line = child.value().read_line(kPatienceMs);
    if (!line || *line != "ready") {
        return Error{fmt::format("{} sleeping threads: {}", threads, line ? *line : "the crowd did not start"), {}, 0};
    }
    return Crowd(std::move(child).value());
}

int last_cpu() {
    cpu_set_t cpus;
    sched_getaffinity(0, sizeof(cpus), &cpus);
    int last = 0;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(static_cast<std::size_t>(cpu), &cpus)) {
            last = cpu;
        }
    }
    return last;
}

}  // namespace tsa::bench
