// SPDX-License-Identifier: MIT
// Medians and quartiles, clocks, cache eviction.
#include "measure.h"

#include <fmt/core.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sstream>

namespace tsa::bench {

namespace {

// Interpolates between the two nearest values, so that quartiles do not jump with few rounds.
double quantile(const std::vector<double>& sorted, double share) {
    const double position = share * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(position);
    const std::size_t above = std::min(below + 1, sorted.size() - 1);
    const double part = position - static_cast<double>(below);
    return sorted[below] + part * (sorted[above] - sorted[below]);
}

// Twice the last-level cache of the machines used; a virtual machine may not report its size.
constexpr std::size_t kEvictBytes = std::size_t{64} << 20U;

}  // namespace

Spread spread(std::vector<double> values) {
    if (values.empty()) {
        return {};
    }
    std::sort(values.begin(), values.end());
    return {quantile(values, 0.5), quantile(values, 0.25), quantile(values, 0.75), values.size()};
}

std::string spread_text(const Spread& spread, int digits) {
    return fmt::format("{} rounds, {:.{}f} to {:.{}f}", spread.rounds, spread.low, digits, spread.high, digits);
}

std::uint64_t monotonic_ns() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(now.tv_nsec);
}

void sleep_ms(std::uint32_t ms) {
    timespec left{static_cast<time_t>(ms / 1000), static_cast<long>(ms % 1000) * 1'000'000L};
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

void evict_caches() {
    static std::vector<unsigned char> buffer(kEvictBytes, 1);
    volatile unsigned char sink = 0;
    for (std::size_t at = 0; at < buffer.size(); at += 64) {
        buffer[at] = static_cast<unsigned char>(buffer[at] + 1);
        sink = buffer[at];
    }
    static_cast<void>(sink);
}

std::string machine() {
    utsname name{};
    uname(&name);
    double load[3] = {};
    getloadavg(load, 3);
    return fmt::format("Linux {} {}, {} CPUs, load {:.2f}", name.release, name.machine, sysconf(_SC_NPROCESSORS_ONLN),
                       load[0]);
}

long threads_now() {
    // "0.20 0.18 0.12 1/80 11206": runnable / all
    std::ifstream file("/proc/loadavg");
    std::string text;
    std::getline(file, text);
    const std::size_t slash = text.find('/');
    return slash == std::string::npos ? 0 : std::strtol(text.c_str() + slash + 1, nullptr, 10);
}

bool has_tool(const std::string& name) {
    const char* path = std::getenv("PATH");
    std::istringstream folders(path != nullptr ? path : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    for (std::string folder; std::getline(folders, folder, ':');) {
        if (access((folder + "/" + name).c_str(), X_OK) == 0) {
            return true;
        }
    }
    return false;
}

}  // namespace tsa::bench
