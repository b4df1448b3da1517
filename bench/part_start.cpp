// SPDX-License-Identifier: MIT
// The start of rstat-tsa and what it then holds: time to the first line, dirty private memory.
#include <fmt/core.h>

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
        auto child = Child::start(stat_mode().command);
        if (!child.ok()) {
            return child.error();
        }
        if (!child.value().read_line(kPatienceMs)) {
            return Error{"rstat-tsa stat printed nothing", {}, 0};
        }
        ms.push_back(static_cast<double>(monotonic_ns() - begin_ns) / 1e6 - kProgramIntervalMs);
        cpu_ms.push_back(static_cast<double>(child.value().cpu_ns()) / 1e6);
    }
    const Spread time = spread(ms);
    table.add({std::string(kStart), "start to first line, beyond the interval", time.median, "ms", 300.0,
               fmt::format("{}; CPU time until then {:.0f} ms", spread_text(time, 0), spread(cpu_ms).median)});
    return {};
}

Result<void> measure_memory(Table& table) {
    const auto memory = private_memory(stat_mode());
    if (!memory.ok()) {
        return memory.error();
    }
    table.add({std::string(kStart), "dirty private memory of stat", memory.value().dirty_mb, "MB", 2.0,
               fmt::format("{} threads; {}", threads_now(), memory_text(memory.value()))});
    return {};
}

}  // namespace

void part_start(Table& table) {
    skip_on_error(table, kStart, "start to first line", measure_start(table));
    skip_on_error(table, kStart, "dirty private memory of stat", measure_memory(table));
}

}  // namespace tsa::bench
