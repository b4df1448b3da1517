// The scheduler's path: run time of each contender's program per switch, and what `perf bench sched pipe` slows down
// to.
#include <fmt/core.h>
#include <sched.h>

#include <array>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "child.h"
#include "contenders.h"
#include "measure.h"
#include "parts.h"

namespace tsa::bench {

namespace {

constexpr int kCostRounds = 9;
constexpr int kCostOperations = 40'000;
constexpr int kPipeRounds = 8;  // each runs every contender twice
constexpr int kPipeOperations = 60'000;

// The last CPU that this process may use: the first one serves the most interrupts.
int last_cpu() {
    cpu_set_t cpus;
    sched_getaffinity(0, sizeof(cpus), &cpus);
    int last = 0;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(static_cast<std::size_t>(cpu), &cpus)) {
            last = cpu;
        }
    }
    return last;
}

struct PipeTime {
    double wall_s = 0;  ///< as perf tells it
    double cpu_s = 0;   ///< of both ends; includes perf's own start
};

Result<PipeTime> sched_pipe(int operations) {
    ChildOptions options;
    options.cpu = last_cpu();
    auto ended = run({"perf", "bench", "-f", "simple", "sched", "pipe", "-l", std::to_string(operations)}, options);
    if (!ended.ok()) {
        return ended.error();
    }
    const char* text = ended.value().output.c_str();
    char* text_end = nullptr;
    const double wall_s = std::strtod(text, &text_end);
    if (text_end == text) {
        return Error{"perf bench sched pipe printed no time", {}, 0};
    }
    return PipeTime{wall_s, static_cast<double>(ended.value().cpu_ns) * 1e-9};
}

double per(std::uint64_t ns, std::uint64_t runs) {
    return runs == 0 ? 0 : static_cast<double>(ns) / static_cast<double>(runs);
}

struct CostPerRun {
    double switch_ns = 0;
    double wakeup_ns = 0;
};

Result<CostPerRun> cost_of(Contender contender) {
    auto attached = attach(contender);
    if (!attached.ok()) {
        return attached.error();
    }
    const Cost before = attached.value()->cost();
    const auto piped = sched_pipe(kCostOperations);
    if (!piped.ok()) {
        return piped.error();
    }
    const Cost after = attached.value()->cost();
    if (after.switch_runs - before.switch_runs < kCostOperations) {
        return Error{fmt::format("{}: the program did not run at every switch", name(contender)), {}, 0};
    }
    return CostPerRun{per(after.switch_ns - before.switch_ns, after.switch_runs - before.switch_runs),
                      per(after.wakeup_ns - before.wakeup_ns, after.wakeup_runs - before.wakeup_runs)};
}

constexpr std::string_view kSwitch = "switch";
constexpr std::string_view kPipe = "pipe";

Result<void> measure_switch(Table& table) {
    const auto statistics = enable_statistics();
    if (!statistics.ok()) {
        return statistics.error();
    }
    std::vector<double> empty, naive, ours, wakeup, to_empty, to_naive;
    for (int round = 0; round < kCostRounds; round++) {
        std::array<double, kContenders.size()> ns{};
        for (const Contender contender : {Contender::empty, Contender::ours, Contender::naive}) {
            const auto cost = cost_of(contender);
            if (!cost.ok()) {
                return cost.error();
            }
            ns[static_cast<std::size_t>(contender)] = cost.value().switch_ns;
            if (contender == Contender::ours) {
                wakeup.push_back(cost.value().wakeup_ns);
            }
        }
        empty.push_back(ns[static_cast<std::size_t>(Contender::empty)]);
        naive.push_back(ns[static_cast<std::size_t>(Contender::naive)]);
        ours.push_back(ns[static_cast<std::size_t>(Contender::ours)]);
        to_empty.push_back(ours.back() / empty.back());
        to_naive.push_back(ours.back() / naive.back());
    }
    const Spread empty_ratio = spread(to_empty), naive_ratio = spread(to_naive);
    const std::string part(kSwitch);
    table.add(
        {part, "probe at sched_switch, ours / empty", empty_ratio.median, "x", 1.7,
         fmt::format("{}; {:.0f} ns vs {:.0f} ns", words(empty_ratio, 2), spread(ours).median, spread(empty).median)});
    table.add(
        {part, "probe at sched_switch, ours / hash maps", naive_ratio.median, "x", 1.0 / 3,
         fmt::format("{}; {:.0f} ns vs {:.0f} ns", words(naive_ratio, 2), spread(ours).median, spread(naive).median)});
    table.add(
        {part, "probe at sched_wakeup, ours", spread(wakeup).median, "ns", std::nullopt, words(spread(wakeup), 0)});
    return {};
}

struct PipeSeries {
    std::vector<double> wall_ratio, cpu_ratio, operation_us;
};

// One pass over all contenders in the given order; each is told relative to "nothing" of the same pass.
Result<void> pipe_pass(bool reversed, double start_cpu_s, std::array<PipeSeries, kContenders.size()>& series) {
    std::array<PipeTime, kContenders.size()> times{};
    for (std::size_t step = 0; step < kContenders.size(); step++) {
        const std::size_t which = reversed ? kContenders.size() - 1 - step : step;
        const auto attached = attach(kContenders[which]);
        if (!attached.ok()) {
            return attached.error();
        }
        const auto time = sched_pipe(kPipeOperations);
        if (!time.ok()) {
            return time.error();
        }
        times[which] = time.value();
    }
    for (std::size_t which = 0; which < kContenders.size(); which++) {
        series[which].operation_us.push_back(times[which].wall_s * 1e6 / kPipeOperations);
        series[which].wall_ratio.push_back(times[which].wall_s / times[0].wall_s);
        series[which].cpu_ratio.push_back((times[which].cpu_s - start_cpu_s) / (times[0].cpu_s - start_cpu_s));
    }
    return {};
}

// CPU time of perf's own start, which is no switch: the least of some runs that do nothing.
Result<double> start_cost_s() {
    double least = 1e9;
    for (int round = 0; round < 5; round++) {
        const auto time = sched_pipe(1);
        if (!time.ok()) {
            return time.error();
        }
        least = std::min(least, time.value().cpu_s);
    }
    return least;
}

Result<void> measure_pipe(Table& table) {
    const auto start_cpu_s = start_cost_s();
    if (!start_cpu_s.ok()) {
        return start_cpu_s.error();
    }
    std::array<PipeSeries, kContenders.size()> series;
    for (int round = 0; round < kPipeRounds; round++) {
        for (const bool reversed : {false, true}) {
            const auto passed = pipe_pass(reversed, start_cpu_s.value(), series);
            if (!passed.ok()) {
                return passed.error();
            }
        }
    }
    for (std::size_t which = 1; which < kContenders.size(); which++) {
        // CPU time of the two ends, which is the wall time when nobody else wants that CPU, and is still right when
        // somebody does.
        const Spread ratio = spread(series[which].cpu_ratio);
        const bool ours = kContenders[which] == Contender::ours;
        table.add({std::string(kPipe),
                   fmt::format("sched pipe with {} attached / nothing attached", name(kContenders[which])),
                   ratio.median, "x", ours ? std::optional(1.20) : std::nullopt,
                   fmt::format("{}; by wall time {:.2f}; {:.2f} us vs {:.2f} us per operation{}", words(ratio, 2),
                               spread(series[which].wall_ratio).median, spread(series[which].operation_us).median,
                               spread(series[0].operation_us).median, ours ? "; aim 1.15" : "")});
    }
    return {};
}

void run_with_perf(Table& table, std::string_view part, const char* what, Result<void> (*measure)(Table&)) {
    if (!has_tool("perf")) {
        table.skip(std::string(part), what, "perf is not installed (linux-perf)");
        return;
    }
    const auto measured = measure(table);
    if (!measured.ok()) {
        table.skip(std::string(part), what, measured.error().text());
    }
}

}  // namespace

void part_switch(Table& table) {
    run_with_perf(table, kSwitch, "probe at sched_switch", measure_switch);
}

void part_pipe(Table& table) {
    run_with_perf(table, kPipe, "sched pipe with a probe attached", measure_pipe);
}

}  // namespace tsa::bench
