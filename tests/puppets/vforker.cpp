// SPDX-License-Identifier: MIT
// vforker: the thread `parent` calls vfork and stays blocked in it (D, killable), because the child reads a pipe before
// it exits. "release" lets the child exit and answers when the parent continues.
#include <sys/wait.h>

#include "puppet.h"

int main() {
    puppet::die_with_parent();
    puppet::Gate release;
    puppet::Gate finished;
    std::atomic<pid_t> child{0};
    const pid_t parent = puppet::start([&] {
        // The child borrows this thread's stack: it only stores its PID, reads and exits.
        const pid_t result = ::vfork();
        if (result == 0) {
            puppet::die_with_parent();  // a killed puppet leaves no child behind
            child.store(static_cast<pid_t>(::syscall(SYS_getpid)));
            release.wait();
            ::_exit(0);
        }
        int status = 0;
        ::waitpid(result, &status, 0);
        finished.open();
    });
    puppet::await_blocked(parent);
    while (child.load() == 0) {
        ::usleep(1000);
    }
    puppet::Cast().add("main", puppet::tid()).add("parent", parent).add("child", child.load()).ready();
    puppet::serve([&](const std::string& command) -> std::string {
        if (command != "release") {
            return "unknown";
        }
        release.open();
        finished.wait();
        return "released";
    });
}
