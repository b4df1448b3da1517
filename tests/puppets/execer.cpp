// SPDX-License-Identifier: MIT
// execer: "exec" makes the non-leader thread `execer` exec this same program, which prints READY again with "after=1".
// The kernel gives that thread the leader's TID and ends all others.
#include "puppet.h"

int main(int argc, char** argv) {
    puppet::die_with_parent();
    const bool after = argc > 1 && std::string_view(argv[1]) == "after";
    if (after) {
        puppet::Cast().add("main", puppet::tid()).add("after", 1).ready();
        puppet::serve([](const std::string&) -> std::string {
            puppet::burn_ns(20'000'000);
            return "burned";
        });
    }
    puppet::Gate go;
    const pid_t execer = puppet::start([&] {
        ::prctl(PR_SET_NAME, "before-exec");
        puppet::burn_ns(20'000'000);
        go.wait();
        char self[] = "/proc/self/exe";
        char word[] = "after";
        char* arguments[] = {argv[0], word, nullptr};
        ::execv(self, arguments);
        puppet::fail("execv");
    });
    const pid_t bystander = puppet::start(puppet::rest);
    puppet::await_blocked(execer);
    puppet::Cast().add("main", puppet::tid()).add("execer", execer).add("bystander", bystander).ready();
    std::string line;
    while (puppet::next_command(line)) {
        go.open();  // no separate answer: the program prints READY after exec
        puppet::rest();
    }
    ::_exit(0);
}
