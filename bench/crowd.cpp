// SPDX-License-Identifier: MIT
// A crowd of sleeping threads for measurements: `bench_crowd N` starts N threads in processes of 500, prints "ready"
// when all of them sleep, and ends them at the end of its input.
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

namespace {

constexpr long kThreadsPerProcess = 500;

void* sleep_on(void*) {
    for (;;) {
        pause();
    }
}

// Whether the thread is asleep: the letter after the name in its stat line.
bool sleeps(const std::string& stat_path) {
    std::ifstream file(stat_path);
    std::string line;
    std::getline(file, line);
    const std::size_t name_end = line.rfind(')');
    return name_end != std::string::npos && name_end + 2 < line.size() && line[name_end + 2] == 'S';
}

// In a member process: starts the threads, writes one byte when the last one runs, then sleeps.
[[noreturn]] void member(long threads, int started) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, static_cast<std::size_t>(std::max(16384L, sysconf(_SC_THREAD_STACK_MIN))));
    for (long thread = 1; thread < threads; thread++) {
        pthread_t ignored{};
        if (pthread_create(&ignored, &attributes, sleep_on, nullptr) != 0) {
            _exit(1);
        }
    }
    const char byte = 1;
    if (write(started, &byte, 1) != 1) {
        _exit(1);
    }
    sleep_on(nullptr);
    _exit(0);
}

// The thread that was created last sleeps last.
bool await_sleep(const std::vector<pid_t>& members) {
    for (const pid_t member_tgid : members) {
        const std::string task = "/proc/" + std::to_string(member_tgid) + "/stat";
        for (int tries = 0; !sleeps(task); tries++) {
            if (tries > 10'000) {
                return false;
            }
            usleep(1000);
        }
    }
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    const long threads = argc == 2 ? std::strtol(argv[1], nullptr, 10) : 0;
    if (threads <= 0) {
        std::fprintf(stderr, "usage: bench_crowd THREADS\n");
        return 2;
    }
    int started[2];
    if (pipe(started) != 0) {
        return 1;
    }
    std::vector<pid_t> members;
    for (long left = threads; left > 0; left -= kThreadsPerProcess) {
        const pid_t tgid = fork();
        if (tgid == 0) {
            member(std::min(left, kThreadsPerProcess), started[1]);
        }
        members.push_back(tgid);
    }
    close(started[1]);
    bool complete = true;
    for (std::size_t heard = 0; heard < members.size() && complete; heard++) {
        char byte = 0;
        complete = read(started[0], &byte, 1) == 1;
    }
    complete = complete && await_sleep(members);
    std::puts(complete ? "ready" : "could not start all threads");
    std::fflush(stdout);
    while (std::getchar() != EOF) {
    }
    for (const pid_t tgid : members) {
        if (tgid > 0) {
            kill(tgid, SIGKILL);
            waitpid(tgid, nullptr, 0);
        }
    }
    return complete ? 0 : 1;
}
