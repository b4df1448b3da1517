// Google Benchmark of the pure path: slots to sample, samples to report, by number of threads. "sleeping": no thread
// had an event since the last sample; "awake": each had one.
#include <benchmark/benchmark.h>

#include "synthetic.h"

namespace {

constexpr std::int64_t kSizes[] = {100, 1000, 10'000, 100'000};

void sizes(benchmark::internal::Benchmark* benchmark) {
    for (const std::int64_t threads : kSizes) {
        benchmark->Arg(threads);
    }
}

tsa::bench::SyntheticMachine machine_of(const benchmark::State& state) {
    tsa::bench::SyntheticMachine machine(static_cast<std::uint32_t>(state.range(0)));
    for (int warm = 0; warm < 2; warm++) {
        machine.read();
        benchmark::DoNotOptimize(machine.build());
    }
    return machine;
}

void count_threads(benchmark::State& state) {
    state.SetItemsProcessed(state.iterations() * state.range(0));
}

void read_sleeping(benchmark::State& state) {
    tsa::bench::SyntheticMachine machine = machine_of(state);
    for (auto _ : state) {
        machine.read();
        benchmark::ClobberMemory();
    }
    count_threads(state);
}

void read_awake(benchmark::State& state) {
    tsa::bench::SyntheticMachine machine = machine_of(state);
    for (auto _ : state) {
        state.PauseTiming();
        machine.wake(1);
        state.ResumeTiming();
        machine.read();
        benchmark::ClobberMemory();
    }
    count_threads(state);
}

void report_sleeping(benchmark::State& state) {
    tsa::bench::SyntheticMachine machine = machine_of(state);
    for (auto _ : state) {
        benchmark::DoNotOptimize(machine.build());
    }
    count_threads(state);
}

BENCHMARK(read_sleeping)->Apply(sizes);
BENCHMARK(read_awake)->Apply(sizes);
BENCHMARK(report_sleeping)->Apply(sizes);

}  // namespace

BENCHMARK_MAIN();
