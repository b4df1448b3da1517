// What a refresh of the built rstat-tsa costs, seen from outside: system calls (a short run beside a long one), heap
// allocations and CPU time (read while it runs). Neither its start nor its end counts.
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
#include <string>
#include <vector>

#include "child.h"
#include "measure.h"
#include "parts.h"
#include "program.h"

namespace tsa::bench {

namespace {

constexpr int kShortRun = 5;
constexpr int kLongRun = 25;
constexpr int kRefreshesBetween = kLongRun - kShortRun;
// A file of its own in /tmp, gone with this.
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

using Calls = std::map<std::string, long>;

// System calls of one whole run, by name.
Result<Calls> calls_of(int refreshes) {
    const ScratchFile file;
    std::vector<std::string> command{"strace", "-f", "-c", "-U", "calls,name", "-o", file.path()};
    const auto program = stat_command(refreshes);
    command.insert(command.end(), program.begin(), program.end());
    ChildOptions options;
    options.read_output = false;
    const auto ended = run(command, options);
    if (!ended.ok()) {
        return ended.error();
    }
    Calls calls;
    std::ifstream lines(file.path());
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        long count = 0;
        std::string call;
        if (words >> count >> call && call != "total") {
            calls[call] = count;
        }
    }
    if (calls.empty()) {
        return Error{"strace counted nothing", "its -U option is there since 5.7", 0};
    }
    return calls;
}

struct CallsPerRefresh {
    double all = 0;
    Spread rounds;
    std::string by_name;  // "pread64 6, write 1"
};

Result<CallsPerRefresh> calls_per_refresh() {
    constexpr int kRounds = 3;
    std::vector<double> all;
    std::map<std::string, std::vector<double>> by_name;
    for (int round = 0; round < kRounds; round++) {
        const auto few = calls_of(kShortRun);
        if (!few.ok()) {
            return few.error();
        }
        const auto many = calls_of(kLongRun);
        if (!many.ok()) {
            return many.error();
        }
        double sum = 0;
        for (const auto& [call, count] : many.value()) {
            const auto before = few.value().find(call);
            const long grown = count - (before == few.value().end() ? 0 : before->second);
            by_name[call].push_back(static_cast<double>(grown) / kRefreshesBetween);
            sum += by_name[call].back();
        }
        all.push_back(sum);
    }
    CallsPerRefresh result;
    result.rounds = spread(all);
    result.all = result.rounds.median;
    for (const auto& [call, rounds] : by_name) {
        const double median = spread(rounds).median;
        if (median >= 0.05) {
            result.by_name += fmt::format("{}{} {:.4g}", result.by_name.empty() ? "" : ", ", call, median);
        }
    }
    return result;
}

constexpr std::string_view kSyscalls = "syscalls";

Result<void> measure_syscalls(Table& table) {
    const std::string part(kSyscalls);
    std::vector<double> at;
    for (const std::uint32_t threads : {100U, 10'000U}) {
        const auto crowd = Crowd::start(threads);
        if (!crowd.ok()) {
            return crowd.error();
        }
        const auto calls = calls_per_refresh();
        if (!calls.ok()) {
            return calls.error();
        }
        at.push_back(calls.value().all);
        table.add({part, fmt::format("system calls per refresh of stat, {} threads", threads), at.back(), "", 25.0,
                   fmt::format("{}; {}", words(calls.value().rounds, 1), calls.value().by_name)});
    }
    table.add({part, "more of them at 10000 threads than at 100", std::max(0.0, at[1] - at[0]), "", 0.5,
               "0.5 is room for a wake-up by threads that end meanwhile"});
    return {};
}

constexpr std::string_view kHeap = "heap";

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

// Reads lines until `count` refreshes have begun. A refresh begins with a line that starts with `mark`.
Result<void> await_refreshes(Child& child, const std::string& mark, int count) {
    constexpr int kPatienceMs = 30'000;
    for (int seen = 0; seen < count;) {
        const auto line = child.read_line(kPatienceMs);
        if (!line) {
            return Error{fmt::format("the program ended {} refreshes early", count - seen), {}, 0};
        }
        seen += line->starts_with(mark) ? 1 : 0;
    }
    return {};
}

constexpr const char* kStatMark = "threads are on average in";
constexpr const char* kTopMark = "top - ";

// Allocations per refresh, window by window of one run, after its start.
Result<std::vector<double>> allocation_windows(int windows, int refreshes) {
    constexpr int kWarmUp = 20;
    const ScratchFile file;
    const SharedCounter counter(file.path());
    if (!counter.valid()) {
        return system_error("map the allocation counter", errno);
    }
    ChildOptions options;
    options.environment = {"LD_PRELOAD=" BENCH_COUNT_ALLOCS, "RSTAT_ALLOCATIONS=" + file.path()};
    auto child = Child::start(stat_command(kWarmUp + windows * refreshes + 1), options);
    if (!child.ok()) {
        return child.error();
    }
    const auto warm = await_refreshes(child.value(), kStatMark, kWarmUp);
    if (!warm.ok()) {
        return warm.error();
    }
    std::uint64_t before = counter.value();
    if (before == 0) {
        return Error{"the counting library counted nothing", {}, 0};
    }
    std::vector<double> per_refresh;
    for (int window = 0; window < windows; window++) {
        const auto done = await_refreshes(child.value(), kStatMark, refreshes);
        if (!done.ok()) {
            return done.error();
        }
        const std::uint64_t now = counter.value();
        per_refresh.push_back(static_cast<double>(now - before) / refreshes);
        before = now;
    }
    return per_refresh;
}

Result<void> measure_heap(Table& table) {
    constexpr int kWindows = 6;
    constexpr int kRefreshes = 20;
    const auto crowd = Crowd::start(1000);
    if (!crowd.ok()) {
        return crowd.error();
    }
    const auto windows = allocation_windows(kWindows, kRefreshes);
    if (!windows.ok()) {
        return windows.error();
    }
    // Buffers grow whenever more threads live or end in an interval than ever before: that is no steady state, and
    // happens ever less often. The window in which it happened least is the one that tells.
    const Spread all = spread(windows.value());
    const double least = *std::min_element(windows.value().begin(), windows.value().end());
    table.add({std::string(kHeap), "heap allocations per refresh of stat, steady state", least, "", 0.0,
               fmt::format("quietest of {} windows of {} refreshes in one run; median {:.2f}; 1000 threads", kWindows,
                           kRefreshes, all.median)});
    return {};
}

constexpr std::string_view kTop = "top";

// CPU time of a program per refresh: its clock is read when a refresh's first lines arrive, `count` refreshes apart.
Result<double> cpu_us_per_refresh(const std::vector<std::string>& command, const std::string& mark, int count) {
    constexpr int kWarmUp = 2;
    auto child = Child::start(command, {});
    if (!child.ok()) {
        return child.error();
    }
    auto warm = await_refreshes(child.value(), mark, kWarmUp);
    if (!warm.ok()) {
        return warm.error().in(command[0]);
    }
    const std::uint64_t begin_ns = child.value().cpu_ns();
    auto done = await_refreshes(child.value(), mark, count);
    if (!done.ok()) {
        return done.error().in(command[0]);
    }
    return static_cast<double>(child.value().cpu_ns() - begin_ns) / 1000 / count;
}

Result<void> measure_top(Table& table) {
    const std::string part(kTop);
    const auto crowd = Crowd::start(10'000);
    if (!crowd.ok()) {
        return crowd.error();
    }
    std::vector<double> ours_us, top_us, ratios;
    for (int round = 0; round < 3; round++) {
        const auto ours =
            cpu_us_per_refresh({BENCH_PROGRAM, "stat", "--top", "20", "-i", "500", "-n", "14"}, kStatMark, 10);
        if (!ours.ok()) {
            return ours.error();
        }
        const auto top = cpu_us_per_refresh({"top", "-H", "-b", "-d", "0.5"}, kTopMark, 4);
        if (!top.ok()) {
            return top.error();
        }
        ours_us.push_back(ours.value());
        top_us.push_back(top.value());
        ratios.push_back(ours.value() / top.value());
    }
    const Spread ratio = spread(ratios);
    table.add({part, "CPU per refresh, stat --top 20 / top -H -b, 10000 threads", ratio.median, "x", 1.0 / 300,
               fmt::format("1/{:.0f}; {}; {:.0f} us vs {:.0f} us", 1 / ratio.median, words(ratio, 5),
                           spread(ours_us).median, spread(top_us).median)});
    return {};
}

bool has_strace(Table& table) {
    if (!has_tool("strace")) {
        table.skip(std::string(kSyscalls), "system calls per refresh", "strace is not installed");
        return false;
    }
    return true;
}

}  // namespace

void part_syscalls(Table& table) {
    if (has_strace(table)) {
        skip_on_error(table, kSyscalls, "system calls per refresh of stat", measure_syscalls(table));
    }
}

void part_heap(Table& table) {
    skip_on_error(table, kHeap, "heap allocations per refresh of stat", measure_heap(table));
}

void part_top(Table& table) {
    if (!has_tool("top")) {
        table.skip(std::string(kTop), "CPU per refresh against top -H", "top is not installed (procps)");
        return;
    }
    skip_on_error(table, kTop, "CPU per refresh against top -H", measure_top(table));
}

}  // namespace tsa::bench
