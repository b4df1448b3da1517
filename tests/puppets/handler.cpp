// SPDX-License-Identifier: MIT
// handler: three threads of one process that handles SIGUSR1, ignores SIGHUP and blocks SIGUSR2 in each of them. "last"
// returns how often the handler ran, and in which thread last: "caught=COUNT tid=TID".
#include "puppet.h"

namespace {

std::atomic<int> caught{0};
std::atomic<int> last_tid{0};

void note_signal(int /*signal*/) {
    last_tid.store(puppet::tid());
    caught.fetch_add(1);
}

}  // namespace

int main() {
    puppet::die_with_parent();
    struct sigaction action {};
    action.sa_handler = note_signal;
    ::sigaction(SIGUSR1, &action, nullptr);
    ::signal(SIGHUP, SIG_IGN);
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
    puppet::Cast cast;
    cast.add("main", puppet::tid());
    for (const char* name : {"one", "two"}) {
        const pid_t thread = puppet::start([name] { ::prctl(PR_SET_NAME, name); });
        puppet::await_blocked(thread);
        cast.add(name, thread);
    }
    cast.ready();
    puppet::serve([](const std::string& command) -> std::string {
        return command == "last" ? "caught=" + std::to_string(caught.load()) + " tid=" + std::to_string(last_tid.load())
                                 : "unknown";
    });
}
