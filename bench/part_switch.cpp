// SPDX-License-Identifier: MIT
// The scheduler's path: run time of each contender's program per switch, as counted by the kernel.
#include <fmt/core.h>

#include <array>
#include <string>
#include <vector>

#include "contenders.h"
#include "measure.h"
#include "parts.h"
#include "program.h"
#include "sched_pipe.h"

namespace tsa::bench {

namespace {

constexpr int kCostRounds = 9;
constexpr int kCostOperations = 40'000;

double per(std::uint64_t ns, std::uint64_t runs) {
    return runs == 0 ? 0 : static_cast<double>(ns) / static_cast<double>(runs);
}

struct CostPerRun {
    double switch_ns = 0;
    double wakeup_ns = 0;
};

Result<void> switch_by_pipe() {
    auto pipe = TRY(SchedPipe::prepare(kCostOperations));
    TRY(pipe.run());
    return {};
}

Result<void> switch_by_futex() {
    ChildOptions options;
    options.cpu = last_cpu();
    TRY(run({BENCH_FUTEX_PAIR, std::to_string(kCostOperations / 2)}, options));
    return {};
}

Result<CostPerRun> cost_of(Result<std::unique_ptr<Attached>> attached, std::string_view what,
                           Result<void> (*switches)()) {
    if (!attached.ok()) {
        return attached.error();
    }
    const Cost before = attached.value()->cost();
    TRY(switches());
    const Cost after = attached.value()->cost();
    if (after.switch_runs - before.switch_runs < kCostOperations) {
        return Error{fmt::format("{}: the program did not run at every switch", what), {}, 0};
    }
    return CostPerRun{per(after.switch_ns - before.switch_ns, after.switch_runs - before.switch_runs),
                      per(after.wakeup_ns - before.wakeup_ns, after.wakeup_runs - before.wakeup_runs)};
}

Result<CostPerRun> cost_of(Contender contender, Result<void> (*switches)()) {
    return cost_of(attach(contender), name(contender), switches);
}

constexpr std::string_view kSwitch = "switch";
constexpr const char* kWhat = "probe at sched_switch";

Result<void> measure_switch(Table& table) {
    const auto statistics = enable_statistics();
    if (!statistics.ok()) {
        return statistics.error();
    }
    std::vector<double> empty, naive, ours, finder, futex, wakeup, matrix, to_empty, to_naive, matrix_to_empty;
    for (int round = 0; round < kCostRounds; round++) {
        std::array<double, kContenders.size()> ns{};
        for (const Contender contender : {Contender::empty, Contender::ours, Contender::naive}) {
            const auto cost = cost_of(contender, switch_by_pipe);
            if (!cost.ok()) {
                return cost.error();
            }
            ns[static_cast<std::size_t>(contender)] = cost.value().switch_ns;
            if (contender == Contender::ours) {
                wakeup.push_back(cost.value().wakeup_ns);
            }
        }
        finder.push_back(TRY(cost_of(Contender::finder, switch_by_pipe)).switch_ns);
        futex.push_back(TRY(cost_of(Contender::ours, switch_by_futex)).switch_ns);
        empty.push_back(ns[static_cast<std::size_t>(Contender::empty)]);
        naive.push_back(ns[static_cast<std::size_t>(Contender::naive)]);
        ours.push_back(ns[static_cast<std::size_t>(Contender::ours)]);
        matrix.push_back(TRY(cost_of(attach_with_cgroup_neighbors(), "neighbors", switch_by_pipe)).switch_ns);
        matrix_to_empty.push_back(matrix.back() / empty.back());
        to_empty.push_back(ours.back() / empty.back());
        to_naive.push_back(ours.back() / naive.back());
    }
    const Spread empty_ratio = spread(to_empty), naive_ratio = spread(to_naive);
    const std::string part(kSwitch);
    table.add({part, "probe at sched_switch, ours / empty", empty_ratio.median, "x", 1.7,
               fmt::format("{}; {:.0f} ns vs {:.0f} ns", spread_text(empty_ratio, 2), spread(ours).median,
                           spread(empty).median)});
    table.add({part, "of that, a probe that finds data of both threads, and nothing else / empty",
               spread(finder).median / spread(empty).median, "x", std::nullopt,
               fmt::format("{:.0f} ns vs {:.0f} ns", spread(finder).median, spread(empty).median)});
    const Spread matrix_ratio = spread(matrix_to_empty);
    table.add({part, "probe at sched_switch, with neighbors by cgroup / empty", matrix_ratio.median, "x", 2.2,
               fmt::format("{}; {:.0f} ns vs {:.0f} ns", spread_text(matrix_ratio, 2), spread(matrix).median,
                           spread(empty).median)});
    table.add({part, "probe at sched_switch, ours / hash maps", naive_ratio.median, "x", 1.0 / 3,
               fmt::format("{}; {:.0f} ns vs {:.0f} ns", spread_text(naive_ratio, 2), spread(ours).median,
                           spread(naive).median)});
    table.add({part, "probe at sched_switch, futex waits, ours", spread(futex).median, "ns", std::nullopt,
               spread_text(spread(futex), 0)});
    table.add({part, "probe at sched_wakeup, ours", spread(wakeup).median, "ns", std::nullopt,
               spread_text(spread(wakeup), 0)});
    return {};
}

}  // namespace

void part_switch(Table& table) {
    if (!has_tool("perf")) {
        table.skip(std::string(kSwitch), kWhat, "perf is not installed (linux-perf)");
        return;
    }
    skip_on_error(table, kSwitch, kWhat, measure_switch(table));
}

}  // namespace tsa::bench
