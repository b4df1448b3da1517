// SPDX-License-Identifier: MIT
// The slowdown of `perf bench sched pipe` with each contender attached, and with the drill-down's probe in addition to
// ours.
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "contenders.h"
#include "measure.h"
#include "parts.h"
#include "program.h"
#include "sched_pipe.h"

namespace tsa::bench {

namespace {

constexpr int kRounds = 8;  // each runs every setup twice
constexpr int kOperations = 60'000;

// What is attached while the pipe runs. The first setup of a list, nothing, is the baseline of the others.
struct Setup {
    std::string name;
    std::function<Result<std::unique_ptr<Attached>>(std::uint32_t pipe_tid)> attach;
    std::optional<double> budget;
    std::string note;
    std::uint64_t least_waits = 0;     ///< minimum number of waits recorded by the drill-down's probe
    std::uint64_t least_by_stack = 0;  ///< the same by stack

    std::vector<double> wall_ratio{}, cpu_ratio{}, operation_us{};
};

Setup alone(Contender contender) {
    return {std::string(name(contender)), [contender](std::uint32_t) { return attach(contender); }, std::nullopt, ""};
}

Result<PipeTime> time_with(const Setup& setup) {
    auto pipe = SchedPipe::prepare(kOperations);
    if (!pipe.ok()) {
        return pipe.error();
    }
    const auto attached = setup.attach(pipe.value().tid());
    if (!attached.ok()) {
        return attached.error();
    }
    auto time = pipe.value().run();
    if (time.ok() && attached.value()->waits() < setup.least_waits) {
        return Error{fmt::format("{}: the drill-down's probe did not see the pipe's waits", setup.name), {}, 0};
    }
    if (time.ok() && attached.value()->waits_by_stack() < setup.least_by_stack) {
        return Error{fmt::format("{}: the pipe's waits were not accounted by stack", setup.name), {}, 0};
    }
    return time;
}

// CPU time of the startup, which is not switching: the minimum of some empty runs.
Result<double> start_cost_s() {
    double least = 1e9;
    for (int round = 0; round < 5; round++) {
        auto pipe = SchedPipe::prepare(1);
        if (!pipe.ok()) {
            return pipe.error();
        }
        const auto time = pipe.value().run();
        if (!time.ok()) {
            return time.error();
        }
        least = std::min(least, time.value().cpu_s);
    }
    return least;
}

// One pass over all setups in the given order; each is relative to the first one of the same pass.
Result<void> pass(bool reversed, double start_cpu_s, std::vector<Setup>& setups) {
    std::vector<PipeTime> times(setups.size());
    for (std::size_t step = 0; step < setups.size(); step++) {
        const std::size_t which = reversed ? setups.size() - 1 - step : step;
        const auto time = time_with(setups[which]);
        if (!time.ok()) {
            return time.error();
        }
        times[which] = time.value();
    }
    for (std::size_t which = 0; which < setups.size(); which++) {
        setups[which].operation_us.push_back(times[which].wall_s * 1e6 / kOperations);
        setups[which].wall_ratio.push_back(times[which].wall_s / times[0].wall_s);
        setups[which].cpu_ratio.push_back((times[which].cpu_s - start_cpu_s) / (times[0].cpu_s - start_cpu_s));
    }
    return {};
}

Result<void> measure_setups(Table& table, const std::string& part, std::vector<Setup>& setups) {
    const auto start_cpu_s = start_cost_s();
    if (!start_cpu_s.ok()) {
        return start_cpu_s.error();
    }
    for (int round = 0; round < kRounds; round++) {
        for (const bool reversed : {false, true}) {
            if (auto passed = pass(reversed, start_cpu_s.value(), setups); !passed.ok()) {
                return passed;
            }
        }
    }
    for (std::size_t which = 1; which < setups.size(); which++) {
        // CPU time of the two ends: equals wall time on an otherwise idle CPU, and stays correct on a busy one.
        const Setup& setup = setups[which];
        const Spread ratio = spread(setup.cpu_ratio);
        table.add({part, fmt::format("sched pipe with {} / nothing", setup.name), ratio.median, "x", setup.budget,
                   fmt::format("{}; by wall time {:.2f}; {:.2f} us vs {:.2f} us per operation{}", spread_text(ratio, 2),
                               spread(setup.wall_ratio).median, spread(setup.operation_us).median,
                               spread(setups[0].operation_us).median, setup.note)});
    }
    return {};
}

void add_setups(Table& table, const std::string& part, std::vector<Setup> setups) {
    constexpr const char* kWhat = "sched pipe with a probe attached";
    if (!has_tool("perf")) {
        table.skip(part, kWhat, "perf is not installed (linux-perf)");
        return;
    }
    skip_on_error(table, part, kWhat, measure_setups(table, part, setups));
}

}  // namespace

void part_pipe(Table& table) {
    Setup ours = alone(Contender::ours);
    ours.budget = 1.20;
    ours.note = "; target 1.15";
    add_setups(table, "pipe", {alone(Contender::nothing), alone(Contender::empty), alone(Contender::naive), ours});
}

void part_target(Table& table) {
    const auto self = static_cast<std::uint32_t>(gettid());
    // One end blocks once per operation.
    constexpr std::uint64_t kLeastWaits = kOperations / 2;
    add_setups(
        table, "target",
        {alone(Contender::nothing),
         alone(Contender::ours),
         {"drill-down of an unrelated thread", [self](std::uint32_t) { return attach_with_target(self); }, {}, ""},
         {"drill-down of one end", attach_with_target, {}, "", kLeastWaits},
         {"stacks of an unrelated thread", [self](std::uint32_t) { return attach_with_stacks(self); }, 1.25, ""},
         {"stacks of one end", attach_with_stacks, 1.6, "", kLeastWaits, kLeastWaits}});
}

void part_others(Table& table) {
    add_setups(table, "others",
               {alone(Contender::nothing),
                alone(Contender::ours),
                {"wakers", attach_with_wakers, 1.30, ""},
                {"wakers of all threads", [](std::uint32_t) { return attach_with_all_wakeups(); }, 1.30, ""},
                {"neighbors of one end", attach_with_neighbors, 1.35, ""},
                {"neighbors by cgroup", [](std::uint32_t) { return attach_with_cgroup_neighbors(); }, 1.35, ""}});
}

}  // namespace tsa::bench
