// SPDX-License-Identifier: MIT
// zombies: `child` has exited and is not reaped; `leader` is the main thread of another process and has exited while
// its thread `follower` lives on. "reap" reaps `child`.
#include <sys/wait.h>

#include "puppet.h"

namespace {

pid_t start_zombie() {
    const pid_t child = ::fork();
    if (child == 0) {
        ::_exit(0);
    }
    siginfo_t info{};
    ::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT);
    return child;
}

/// A process whose leader has exited; its other thread's TID is returned over a pipe. It exits with this process, which
/// has the only other end of `life`.
pid_t start_leaderless(pid_t& follower) {
    int report[2];
    int life[2];
    if (::pipe2(report, O_CLOEXEC) != 0 || ::pipe2(life, O_CLOEXEC) != 0) {
        puppet::fail("pipe2");
    }
    const pid_t leader = ::fork();
    if (leader == 0) {
        puppet::die_with_parent();
        ::close(life[1]);
        ::close(STDIN_FILENO);
        static int life_end = life[0];
        static int report_end = report[1];
        pthread_t thread{};
        pthread_create(
            &thread, nullptr,
            [](void*) -> void* {
                const pid_t own = puppet::tid();
                (void)!::write(report_end, &own, sizeof own);
                char byte = 0;
                (void)!::read(life_end, &byte, 1);
                ::_exit(0);
            },
            nullptr);
        pthread_exit(nullptr);
    }
    ::close(life[0]);
    ::close(report[1]);
    if (::read(report[0], &follower, sizeof follower) != sizeof follower) {
        puppet::fail("start a process without leader");
    }
    const std::string path = "/proc/" + std::to_string(leader) + "/stat";
    for (bool zombie = false; !zombie; ::usleep(1000)) {
        char text[256] = {};
        const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
        (void)!::read(fd, text, sizeof text - 1);
        ::close(fd);
        const char* state = std::strrchr(text, ')');
        zombie = state != nullptr && state[2] == 'Z';
    }
    return leader;
}

}  // namespace

int main() {
    puppet::die_with_parent();
    const pid_t child = start_zombie();
    pid_t follower = 0;
    const pid_t leader = start_leaderless(follower);
    puppet::Cast()
        .add("main", puppet::tid())
        .add("child", child)
        .add("leader", leader)
        .add("follower", follower)
        .ready();
    puppet::serve([&](const std::string& command) -> std::string {
        if (command != "reap") {
            return "unknown";
        }
        int status = 0;
        return ::waitpid(child, &status, 0) == child ? "reaped" : "no child";
    });
}
