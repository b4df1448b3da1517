// The start of rstat-tsa and what it then holds: time to the first line, private memory.
#include <fmt/core.h>
#include <signal.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "child.h"
#include "measure.h"
#include "parts.h"
#include "program.h"

namespace tsa::bench {

namespace {

constexpr std::string_view kStart = "start";

Result<void> measure_start(Table& table) {
    constexpr int kRounds = 9;
    constexpr int kPatienceMs = 30'000;
    std::vector<double> ms, cpu_ms;
    for (int round = 0; round < kRounds; round++) {
        const std::uint64_t begin_ns = monotonic_ns();
        auto child = Child::start(stat_command(1), {});
        if (!child.ok()) {
            return child.error();
        }
        const auto line = child.value().read_line(kPatienceMs);
        if (!line) {
            return Error{"rstat-tsa stat printed nothing", {}, 0};
        }
        ms.push_back(static_cast<double>(monotonic_ns() - begin_ns) / 1e6 - kProgramIntervalMs);
        cpu_ms.push_back(static_cast<double>(child.value().cpu_ns()) / 1e6);
        static_cast<void>(child.value().finish());
    }
    const Spread time = spread(ms);
    table.add({std::string(kStart), "start to first line, beyond the interval", time.median, "ms", 300.0,
               fmt::format("{}; its CPU time until then {:.0f} ms", words(time, 0), spread(cpu_ms).median)});
    return {};
}

struct PrivateMemory {
    double all_mb = 0;
    double bpf_mb = 0;  // mappings of BPF maps: kernel memory, which counts as private when one process maps it
};

PrivateMemory private_memory(pid_t tgid) {
    PrivateMemory memory;
    std::ifstream lines("/proc/" + std::to_string(tgid) + "/smaps");
    bool of_map = false;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string key;
        double kb = 0;
        words >> key;
        if (!key.ends_with(':')) {
            of_map = line.find("bpf-map") != std::string::npos;
        } else if ((key == "Private_Clean:" || key == "Private_Dirty:") && words >> kb) {
            memory.all_mb += kb / 1024;
            memory.bpf_mb += of_map ? kb / 1024 : 0;
        }
    }
    return memory;
}

Result<void> measure_memory(Table& table) {
    constexpr int kPatienceMs = 30'000;
    // One line of JSON per refresh.
    const std::vector<std::string> command{
        BENCH_PROGRAM, "stat", "--json", "--top", "20", "-i", std::to_string(kProgramIntervalMs)};
    auto child = Child::start(command, {});
    if (!child.ok()) {
        return child.error();
    }
    for (int refresh = 0; refresh < 5; refresh++) {
        if (!child.value().read_line(kPatienceMs)) {
            return Error{"rstat-tsa stat ended", {}, 0};
        }
    }
    const PrivateMemory memory = private_memory(child.value().pid());
    child.value().signal(SIGTERM);
    static_cast<void>(child.value().finish());
    table.add(
        {std::string(kStart), "private memory of stat", memory.all_mb - memory.bpf_mb, "MB", 3.0,
         fmt::format("{} threads; and {:.1f} MB of slots, mapped from the kernel", threads_now(), memory.bpf_mb)});
    return {};
}

}  // namespace

void part_start(Table& table) {
    skip_on_error(table, kStart, "start to first line", measure_start(table));
    skip_on_error(table, kStart, "private memory of stat", measure_memory(table));
}

}  // namespace tsa::bench
