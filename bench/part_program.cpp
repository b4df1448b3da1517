// SPDX-License-Identifier: MIT
// The cost of a refresh of `stat`, measured from outside: system calls, heap allocations, CPU time compared with top.
#include <fmt/core.h>

#include <optional>
#include <string>
#include <vector>

#include "child.h"
#include "measure.h"
#include "parts.h"
#include "program.h"

namespace tsa::bench {

namespace {

constexpr int kTopIntervalMs = 500;

// Alternates both, on the same 10,000 sleeping threads.
Result<void> measure_beside_top(Table& table, const std::string& part, const std::string& what, const Mode& ours,
                                std::optional<double> budget) {
    constexpr int kRounds = 5;
    constexpr int kOurRefreshes = 10;
    constexpr int kTopRefreshes = 4;  // takes up to half a second each
    const auto crowd = Crowd::start(10'000);
    if (!crowd.ok()) {
        return crowd.error();
    }
    std::vector<double> ours_us, top_us, ratios;
    for (int round = 0; round < kRounds; round++) {
        const auto our = cpu_us_per_refresh(ours, kOurRefreshes);
        if (!our.ok()) {
            return our.error();
        }
        const auto top = cpu_us_per_refresh(top_mode(kTopIntervalMs), kTopRefreshes);
        if (!top.ok()) {
            return top.error();
        }
        ours_us.push_back(our.value());
        top_us.push_back(top.value());
        ratios.push_back(our.value() / top.value());
    }
    const Spread ratio = spread(ratios);
    table.add({part, what, ratio.median, "x", budget,
               fmt::format("1/{:.0f}; {}; {:.0f} us vs {:.0f} us", 1 / ratio.median, spread_text(ratio, 5),
                           spread(ours_us).median, spread(top_us).median)});
    return {};
}

void add_beside_top(Table& table, const std::string& part, const std::string& what, const Mode& ours,
                    std::optional<double> budget) {
    if (!has_tool("top")) {
        table.skip(part, what, "top is not installed (procps)");
        return;
    }
    skip_on_error(table, part, what, measure_beside_top(table, part, what, ours, budget));
}

}  // namespace

void part_syscalls(Table& table) {
    add_calls(table, "syscalls", stat_mode());
}

void part_heap(Table& table) {
    add_allocations(table, "heap", stat_mode());
}

void part_top(Table& table) {
    add_beside_top(table, "top", "CPU per refresh, stat --top 20 / top -H -b, 10000 threads", stat_mode(kTopIntervalMs),
                   1.0 / 300);
}

void part_procfs(Table& table) {
    add_beside_top(table, "procfs", "CPU per refresh, stat --source procfs / top -H -b, 10000",
                   stat_mode(kTopIntervalMs, {"--source", "procfs"}), std::nullopt);
}

}  // namespace tsa::bench
