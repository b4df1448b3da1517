// SPDX-License-Identifier: MIT
// reuse: children that get a TID of the test's choice, by clone3 with set_tid. "spawn TID" starts one, which uses 5 ms
// and sleeps; "end" kills and reaps it.
#include <linux/sched.h>
#include <sys/wait.h>

#include "puppet.h"

namespace {

std::string spawn(pid_t wanted, pid_t& child) {
    clone_args arguments{};
    arguments.exit_signal = SIGCHLD;
    arguments.set_tid = reinterpret_cast<std::uintptr_t>(&wanted);
    arguments.set_tid_size = 1;
    puppet::Gate burnt;
    const long result = ::syscall(SYS_clone3, &arguments, sizeof arguments);
    if (result == 0) {
        puppet::die_with_parent();
        puppet::burn_ns(5'000'000);
        burnt.open();
        puppet::rest();
    }
    if (result < 0) {
        return std::string("refused: ") + std::strerror(errno);
    }
    burnt.wait();
    child = static_cast<pid_t>(result);
    return "tid=" + std::to_string(result);
}

}  // namespace

int main() {
    puppet::die_with_parent();
    pid_t child = 0;
    puppet::Cast().add("main", puppet::tid()).ready();
    puppet::serve([&](const std::string& command) -> std::string {
        if (command.rfind("spawn ", 0) == 0) {
            return spawn(std::atoi(command.c_str() + 6), child);
        }
        if (command != "end" || child == 0) {
            return "unknown";
        }
        ::kill(child, SIGKILL);
        int status = 0;
        return ::waitpid(child, &status, 0) == child ? "ended" : "no child";
    });
}
