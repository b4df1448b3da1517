// SPDX-License-Identifier: MIT
// Common code of all puppets: print READY with the TIDs of their threads, run commands from stdin, and never outlive
// the test that started them (end of stdin, or exit of the parent). Included by each puppet; independent of tsa.
#pragma once

#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

namespace puppet {

inline pid_t tid() {
    return static_cast<pid_t>(::syscall(SYS_gettid));
}

[[noreturn]] inline void fail(const char* what) {
    std::fprintf(stderr, "puppet: %s: %s\n", what, std::strerror(errno));
    ::_exit(3);
}

/// Writes one line to stdout in one call, so that replies never mix.
inline void say(std::string line) {
    line += '\n';
    if (::write(STDOUT_FILENO, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
        ::_exit(4);
    }
}

/// The machine or kernel lacks a feature: the test is skipped with its name.
[[noreturn]] inline void missing(const char* feature) {
    say(std::string("MISSING ") + feature);
    ::_exit(0);
}

/// Call it first in main and in each forked child.
inline void die_with_parent() {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
}

/// The READY line: "READY name=tid name=tid".
class Cast {
  public:
    Cast& add(std::string_view name, std::int64_t number) {
        line_ += ' ';
        line_ += name;
        line_ += '=';
        line_ += std::to_string(number);
        return *this;
    }
    void ready() const { say(line_); }

  private:
    std::string line_ = "READY";
};

/// Next line of stdin; false at its end. Blocks in read(0): the main thread of a puppet sleeps.
inline bool next_command(std::string& line) {
    line.clear();
    for (;;) {
        char byte = 0;
        const ssize_t got = ::read(STDIN_FILENO, &byte, 1);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return false;
        }
        if (byte == '\n') {
            return true;
        }
        line += byte;
    }
}

/// Answers every command with `obey(line)`; exits at the end of stdin without unwinding the other threads.
[[noreturn]] inline void serve(const std::function<std::string(const std::string&)>& obey) {
    std::string line;
    while (next_command(line)) {
        say(obey(line));
    }
    ::_exit(0);
}

/// Starts a detached thread and returns its TID once it runs.
inline pid_t start(std::function<void()> body) {
    std::atomic<pid_t> id{0};
    std::thread([&id, body = std::move(body)] {
        id.store(tid());
        id.notify_one();
        body();
        for (;;) {
            ::pause();
        }
    }).detach();
    id.wait(0);
    return id.load();
}

/// Blocks forever (until a signal ends the process).
[[noreturn]] inline void rest() {
    for (;;) {
        ::pause();
    }
}

inline void pin_to(int cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (::sched_setaffinity(0, sizeof set, &set) != 0) {
        fail("sched_setaffinity");
    }
}

inline std::uint64_t clock_ns(clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(time.tv_nsec);
}

/// Uses CPU time of the calling thread, regardless of the elapsed time on a busy machine.
inline void burn_ns(std::uint64_t amount_ns) {
    const std::uint64_t end_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) + amount_ns;
    while (clock_ns(CLOCK_THREAD_CPUTIME_ID) < end_ns) {
    }
}

/// Waits until another thread of this process is blocked in a system call or in the kernel, according to /proc.
inline void await_blocked(pid_t thread) {
    const std::string path = "/proc/self/task/" + std::to_string(thread) + "/stat";
    for (;;) {
        char text[512] = {};
        const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
        if (fd >= 0 && ::read(fd, text, sizeof text - 1) > 0) {
            const char* state = std::strrchr(text, ')');
            if (state != nullptr && (state[2] == 'S' || state[2] == 'D')) {
                ::close(fd);
                return;
            }
        }
        if (fd >= 0) {
            ::close(fd);
        }
        ::usleep(1000);
    }
}

/// One byte through a pipe as a gate: `wait` blocks in read(2) until `open` was called once.
class Gate {
  public:
    Gate() {
        if (::pipe2(ends_, O_CLOEXEC) != 0) {
            fail("pipe2");
        }
    }
    void open() const {
        const char byte = 1;
        if (::write(ends_[1], &byte, 1) != 1) {
            fail("write to a gate");
        }
    }
    void wait() const {
        char byte = 0;
        while (::read(ends_[0], &byte, 1) < 0 && errno == EINTR) {
        }
    }

  private:
    int ends_[2] = {-1, -1};
};

}  // namespace puppet
