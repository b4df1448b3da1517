// SPDX-License-Identifier: MIT
// See program.h: strace, a counting malloc, the process's CPU clock, /proc/PID/smaps.
#include "program.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <map>
#include <sstream>

namespace tsa::bench {

namespace {

// A separate file in /tmp, removed at the end of the scope.
class ScratchFile {
  public:
    ScratchFile() {
        const int fd = mkstemp(path_.data());
        if (fd >= 0) {
            close(fd);
        }
    }
    ScratchFile(const ScratchFile&) = delete;
    ScratchFile& operator=(const ScratchFile&) = delete;
    ~ScratchFile() { unlink(path_.c_str()); }
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string path_ = "/tmp/rstat-bench-XXXXXX";
};

// Lets it refresh that many times, then stops reading: it exits by itself.
Result<void> run_for(const Mode& mode, const std::vector<std::string>& command, int refreshes) {
    auto child = Child::start(command);
    if (!child.ok()) {
        return child.error();
    }
    if (auto seen = await_refreshes(child.value(), mode, refreshes); !seen.ok()) {
        return seen;
    }
    child.value().close_output();
    const Ended ended = child.value().finish();
    return ended.status == 0 ? Result<void>{}
                             : Error{fmt::format("{} ended with status {}", mode.name, ended.status), {}, 0};
}

using Calls = std::map<std::string, long>;

// System calls of one whole run, by name.
Result<Calls> calls_of(const Mode& mode, int refreshes) {
    const ScratchFile file;
    std::vector<std::string> command{"strace", "-f", "-c", "-U", "calls,name", "-o", file.path()};
    command.insert(command.end(), mode.command.begin(), mode.command.end());
    if (const auto ran = run_for(mode, command, refreshes); !ran.ok()) {
        return ran.error();
    }
    Calls calls;
    std::ifstream lines(file.path());
    for (std::string line; std::getline(lines, line);) {
        std::istringstream fields(line);
        long count = 0;
        std::string call;
        if (fields >> count >> call && call != "total") {
            calls[call] = count;
        }
    }
    if (calls.empty()) {
        return Error{"strace counted nothing", "needs strace 5.7 or newer (-U)", 0};
    }
    return calls;
}

// The counter that count_allocs.c keeps in a file, readable while the program runs.
class SharedCounter {
  public:
    explicit SharedCounter(const std::string& path) : fd_(open(path.c_str(), O_RDWR | O_CLOEXEC)) {
        if (fd_.valid() && ftruncate(fd_.get(), sizeof(std::uint64_t)) == 0) {
            address_ = mmap(nullptr, sizeof(std::uint64_t), PROT_READ, MAP_SHARED, fd_.get(), 0);
        }
    }
    SharedCounter(const SharedCounter&) = delete;
    SharedCounter& operator=(const SharedCounter&) = delete;
    ~SharedCounter() {
        if (address_ != MAP_FAILED) {
            munmap(address_, sizeof(std::uint64_t));
        }
    }
    [[nodiscard]] bool valid() const { return address_ != MAP_FAILED; }
    [[nodiscard]] std::uint64_t value() const {
        return __atomic_load_n(static_cast<const std::uint64_t*>(address_), __ATOMIC_RELAXED);
    }

  private:
    Fd fd_;
    void* address_ = MAP_FAILED;
};

/// The sum of the lines `key` of a file like /proc/PID/smaps, in MB; of mappings with `name` in their first line only.
double sum_of_mappings(const std::string& path, std::string_view key, std::string_view name) {
    double mb = 0;
    std::ifstream lines(path);
    bool counts = false;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string word;
        double kb = 0;
        words >> word;
        if (!word.ends_with(':')) {
            counts = line.find(name) != std::string::npos;
        } else if (counts && word == key && words >> kb) {
            mb += kb / 1024;
        }
    }
    return mb;
}

PrivateMemory private_memory_now(pid_t tgid) {
    const std::string process = "/proc/" + std::to_string(tgid);
    return {sum_of_mappings(process + "/smaps_rollup", "Private_Dirty:", ""),
            sum_of_mappings(process + "/smaps", "Rss:", "bpf-map")};
}

Result<void> measure_calls(Table& table, const std::string& part, const Mode& mode) {
    std::vector<double> at;
    for (const std::uint32_t threads : {100U, 10'000U}) {
        const auto crowd = Crowd::start(threads);
        if (!crowd.ok()) {
            return crowd.error();
        }
        const auto calls = calls_per_refresh(mode);
        if (!calls.ok()) {
            return calls.error();
        }
        at.push_back(calls.value().rounds.median);
        table.add({part, fmt::format("system calls per refresh of {}, {} threads", mode.name, threads), at.back(), "",
                   25.0, fmt::format("{}; {}", spread_text(calls.value().rounds, 1), calls.value().by_name)});
    }
    table.add({part, "increase from 100 to 10000 threads", std::max(0.0, at[1] - at[0]), "", 0.5,
               "0.5 allows for wakeups by threads that exit meanwhile"});
    return {};
}

Result<void> measure_allocations(Table& table, const std::string& part, const Mode& mode) {
    constexpr int kWindows = 6;
    constexpr int kRefreshes = 20;
    const auto crowd = Crowd::start(1000);
    if (!crowd.ok()) {
        return crowd.error();
    }
    const auto windows = allocation_windows(mode, kWindows, kRefreshes);
    if (!windows.ok()) {
        return windows.error();
    }
    // Buffers grow whenever more threads live or exit in an interval than ever before: this is not the steady state,
    // and becomes ever rarer. The window with the fewest allocations is the one that counts.
    const Spread all = spread(windows.value());
    const double least = *std::min_element(windows.value().begin(), windows.value().end());
    table.add({part, fmt::format("heap allocations per refresh of {}, steady state", mode.name), least, "", 0.0,
               fmt::format("quietest of {} windows of {} refreshes in one run; median {:.2f}; 1000 threads", kWindows,
                           kRefreshes, all.median)});
    return {};
}

}  // namespace

Mode stat_mode(int interval_ms, const std::vector<std::string>& arguments) {
    Mode mode{
        "stat", {BENCH_PROGRAM, "stat", "--top", "20", "-i", std::to_string(interval_ms)}, "threads are on average in"};
    mode.command.insert(mode.command.end(), arguments.begin(), arguments.end());
    return mode;
}

Mode waybar_mode(int interval_ms) {
    // An empty configuration instead of the user's own.
    return {
        "waybar", {BENCH_PROGRAM, "waybar", "--config", BENCH_BAR_SETTINGS, "-i", std::to_string(interval_ms)}, "{"};
}

Mode top_mode(int interval_ms) {
    return {"top", {"top", "-H", "-b", "-d", fmt::format("{:.3f}", interval_ms / 1000.0)}, "top - "};
}

Result<void> await_refreshes(Child& child, const Mode& mode, int count) {
    constexpr int kPatienceMs = 30'000;
    for (int seen = 0; seen < count;) {
        const auto line = child.read_line(kPatienceMs);
        if (!line) {
            return Error{fmt::format("{} ended {} refreshes early", mode.name, count - seen), {}, 0};
        }
        seen += line->starts_with(mode.mark) ? 1 : 0;
    }
    return {};
}

Result<CallsPerRefresh> calls_per_refresh(const Mode& mode) {
    constexpr int kRounds = 3;
    constexpr int kShortRun = 5;
    constexpr int kLongRun = 25;
    std::vector<double> all;
    std::map<std::string, std::vector<double>> by_name;
    for (int round = 0; round < kRounds; round++) {
        const auto few = calls_of(mode, kShortRun);
        if (!few.ok()) {
            return few.error();
        }
        const auto many = calls_of(mode, kLongRun);
        if (!many.ok()) {
            return many.error();
        }
        double sum = 0;
        for (const auto& [call, count] : many.value()) {
            const auto before = few.value().find(call);
            const long grown = count - (before == few.value().end() ? 0 : before->second);
            by_name[call].push_back(static_cast<double>(grown) / (kLongRun - kShortRun));
            sum += by_name[call].back();
        }
        all.push_back(sum);
    }
    CallsPerRefresh result{spread(all), {}};
    for (const auto& [call, rounds] : by_name) {
        const double median = spread(rounds).median;
        if (median >= 0.05) {
            result.by_name += fmt::format("{}{} {:.4g}", result.by_name.empty() ? "" : ", ", call, median);
        }
    }
    return result;
}

Result<std::vector<double>> allocation_windows(const Mode& mode, int windows, int refreshes) {
    constexpr int kWarmUp = 20;
    const ScratchFile file;
    const SharedCounter counter(file.path());
    if (!counter.valid()) {
        return system_error("map the allocation counter", errno);
    }
    ChildOptions options;
    options.environment = {"LD_PRELOAD=" BENCH_COUNT_ALLOCS, "RSTAT_ALLOCATIONS=" + file.path()};
    auto child = Child::start(mode.command, options);
    if (!child.ok()) {
        return child.error();
    }
    const auto warm = await_refreshes(child.value(), mode, kWarmUp);
    if (!warm.ok()) {
        return warm.error();
    }
    std::uint64_t before = counter.value();
    if (before == 0) {
        return Error{"the counting library counted nothing", {}, 0};
    }
    std::vector<double> per_refresh;
    for (int window = 0; window < windows; window++) {
        const auto done = await_refreshes(child.value(), mode, refreshes);
        if (!done.ok()) {
            return done.error();
        }
        const std::uint64_t now = counter.value();
        per_refresh.push_back(static_cast<double>(now - before) / refreshes);
        before = now;
    }
    return per_refresh;
}

Result<double> cpu_us_per_refresh(const Mode& mode, int refreshes) {
    constexpr int kWarmUp = 2;
    auto child = Child::start(mode.command);
    if (!child.ok()) {
        return child.error();
    }
    // The clock is read when a refresh's first lines arrive.
    if (const auto warm = await_refreshes(child.value(), mode, kWarmUp); !warm.ok()) {
        return warm.error();
    }
    const std::uint64_t begin_ns = child.value().cpu_ns();
    if (const auto done = await_refreshes(child.value(), mode, refreshes); !done.ok()) {
        return done.error();
    }
    return static_cast<double>(child.value().cpu_ns() - begin_ns) / 1000 / refreshes;
}

Result<PrivateMemory> private_memory(const Mode& mode) {
    constexpr int kRefreshes = 10;
    auto child = Child::start(mode.command);
    if (!child.ok()) {
        return child.error();
    }
    if (const auto seen = await_refreshes(child.value(), mode, kRefreshes); !seen.ok()) {
        return seen.error();
    }
    return private_memory_now(child.value().pid());
}

std::string memory_text(const PrivateMemory& memory) {
    return fmt::format("and {:.1f} MB of slots, mapped from the kernel", memory.slots_mb);
}

void add_calls(Table& table, std::string_view part, const Mode& mode) {
    const std::string what = fmt::format("system calls per refresh of {}", mode.name);
    if (!has_tool("strace")) {
        table.skip(std::string(part), what, "strace is not installed");
        return;
    }
    skip_on_error(table, part, what, measure_calls(table, std::string(part), mode));
}

void add_allocations(Table& table, std::string_view part, const Mode& mode) {
    skip_on_error(table, part, fmt::format("heap allocations per refresh of {}", mode.name),
                  measure_allocations(table, std::string(part), mode));
}

}  // namespace tsa::bench
