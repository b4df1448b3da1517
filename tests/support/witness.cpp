// SPDX-License-Identifier: MIT
// Reads of /proc for comparison with the probes.
#include "support/witness.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include "base/fd.h"

namespace tsa::test {

bool await(const std::function<bool()>& condition, std::chrono::seconds limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    for (;;) {
        if (condition()) {
            return true;
        }
        if (std::chrono::steady_clock::now() > end) {
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
}

void let_pass(std::chrono::milliseconds time) {
    std::this_thread::sleep_for(time);
}

std::string text_of(const std::string& path) {
    const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::string text;
    char bytes[4096];
    for (ssize_t got = 0; file.valid() && (got = ::read(file.get(), bytes, sizeof bytes)) > 0;) {
        text.append(bytes, static_cast<std::size_t>(got));
    }
    return text;
}

std::optional<SchedStat> schedstat(std::uint32_t tid) {
    SchedStat stat;
    unsigned long long exec = 0;
    unsigned long long delay = 0;
    // /proc/TID exists for any thread, although only leaders are listed; its schedstat is that thread's own.
    const std::string text = text_of("/proc/" + std::to_string(tid) + "/schedstat");
    if (std::sscanf(text.c_str(), "%llu %llu", &exec, &delay) != 2) {
        return std::nullopt;
    }
    stat.exec_ns = exec;
    stat.run_delay_ns = delay;
    return stat;
}

std::optional<Switches> switches(std::uint32_t tid) {
    const std::string text = text_of("/proc/" + std::to_string(tid) + "/status");
    const std::size_t at = text.find("voluntary_ctxt_switches:");
    unsigned long long voluntary = 0;
    unsigned long long involuntary = 0;
    if (at == std::string::npos ||
        std::sscanf(text.c_str() + at, "voluntary_ctxt_switches: %llu nonvoluntary_ctxt_switches: %llu", &voluntary,
                    &involuntary) != 2) {
        return std::nullopt;
    }
    return Switches{voluntary, involuntary};
}

std::optional<BlockedCall> blocked_call(std::uint32_t tid) {
    const std::string text = text_of("/proc/" + std::to_string(tid) + "/syscall");
    BlockedCall call;
    long long number = 0;
    unsigned long long argument[3] = {};
    if (std::sscanf(text.c_str(), "%lld 0x%llx 0x%llx 0x%llx", &number, &argument[0], &argument[1], &argument[2]) !=
            4 ||
        number < 0) {
        return std::nullopt;
    }
    call.number = number;
    for (int i = 0; i < 3; ++i) {
        call.argument[i] = argument[i];
    }
    return call;
}

char state_letter(std::uint32_t tid) {
    const std::string text = text_of("/proc/" + std::to_string(tid) + "/stat");
    const std::size_t end = text.rfind(')');
    return end != std::string::npos && end + 2 < text.size() ? text[end + 2] : '?';
}

std::vector<std::uint32_t> threads_of(std::uint32_t tgid) {
    std::vector<std::uint32_t> tids;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(tgid) + "/task", error)) {
        tids.push_back(static_cast<std::uint32_t>(std::strtoul(entry.path().filename().c_str(), nullptr, 10)));
    }
    return tids;
}

std::uint64_t threads_of_machine() {
    // loadavg's fourth field: "running/all"
    unsigned long long all = 0;
    if (std::sscanf(text_of("/proc/loadavg").c_str(), "%*f %*f %*f %*u/%llu", &all) != 1) {
        throw std::runtime_error("/proc/loadavg");
    }
    return all;
}

std::uint64_t births_of_machine() {
    const std::string text = text_of("/proc/stat");
    const std::size_t line = text.find("\nprocesses ");
    unsigned long long all = 0;
    if (line == std::string::npos || std::sscanf(text.c_str() + line, " processes %llu", &all) != 1) {
        throw std::runtime_error("/proc/stat");
    }
    return all;
}

int test_cpu() {
    cpu_set_t set;
    CPU_ZERO(&set);
    ::sched_getaffinity(0, sizeof set, &set);
    for (int cpu = CPU_SETSIZE - 1; cpu >= 0; --cpu) {
        if (CPU_ISSET(cpu, &set)) {
            return cpu;
        }
    }
    return 0;
}

}  // namespace tsa::test
