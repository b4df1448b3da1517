// SPDX-License-Identifier: MIT
// lives: many short-lived threads with CPU time known independently of the probes. "threads N US": N threads one after
// another, each using US microseconds. "storm N P": N threads by P creators at once, each does almost nothing. "forks N
// US": N child processes. The answer is "cpu_ns=..": the CPU time that the kernel charged this process (its children)
// for the command.
#include <sys/resource.h>
#include <sys/wait.h>

#include <vector>

#include "puppet.h"

namespace {

std::uint64_t used_ns(const rusage& usage) {
    const auto ns = [](const timeval& time) {
        return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
               static_cast<std::uint64_t>(time.tv_usec) * 1000U;
    };
    return ns(usage.ru_utime) + ns(usage.ru_stime);
}

std::uint64_t own_ns() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return used_ns(usage);
}

std::string run_threads(long count, long us) {
    const std::uint64_t before_ns = own_ns();
    for (long i = 0; i < count; ++i) {
        std::thread([us] { puppet::burn_ns(static_cast<std::uint64_t>(us) * 1000U); }).join();
    }
    return "cpu_ns=" + std::to_string(own_ns() - before_ns);
}

std::string run_storm(long count, long creators) {
    const std::uint64_t before_ns = own_ns();
    std::vector<std::thread> team;
    for (long creator = 0; creator < creators; ++creator) {
        team.emplace_back([count, creators] {
            for (long i = 0; i < count / creators; ++i) {
                std::thread([] {}).join();
            }
        });
    }
    for (std::thread& member : team) {
        member.join();
    }
    return "cpu_ns=" + std::to_string(own_ns() - before_ns);
}

std::string run_forks(long count, long us) {
    std::uint64_t sum_ns = 0;
    for (long i = 0; i < count; ++i) {
        const pid_t child = ::fork();
        if (child < 0) {
            puppet::fail("fork");
        }
        if (child == 0) {
            puppet::burn_ns(static_cast<std::uint64_t>(us) * 1000U);
            ::_exit(0);
        }
        rusage usage{};
        int status = 0;
        ::wait4(child, &status, 0, &usage);
        sum_ns += used_ns(usage);
    }
    return "cpu_ns=" + std::to_string(sum_ns);
}

}  // namespace

int main() {
    puppet::die_with_parent();
    puppet::Cast().add("main", puppet::tid()).ready();
    puppet::serve([](const std::string& command) -> std::string {
        char verb[16] = {};
        long first = 0;
        long second = 0;
        if (std::sscanf(command.c_str(), "%15s %ld %ld", verb, &first, &second) != 3 || second <= 0) {
            return "unknown";
        }
        const std::string_view name = verb;
        return name == "threads" ? run_threads(first, second)
               : name == "storm" ? run_storm(first, second)
               : name == "forks" ? run_forks(first, second)
                                 : "unknown";
    });
}
