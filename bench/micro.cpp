// SPDX-License-Identifier: MIT
// Google Benchmark of the pure path: slots to sample, samples to report, by number of threads. "sleeping": no thread
// had an event since the last sample; "awake": each had one; "mostly_sleeping": one in a hundred. Recordings go to a
// directory under /tmp, at most kMaxRecordedBytes.
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

#include "record/writer.h"
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

constexpr std::uint64_t kMaxRecordedBytes = 256U << 20U;

/// RecordWriter::add() for each interval, with the report already built.
void record_intervals(benchmark::State& state, std::uint32_t stride, bool compress) {
    tsa::bench::SyntheticMachine machine = machine_of(state);
    std::string folder = "/tmp/tsa_bench_XXXXXX";
    tsa::RecordWriterOptions options;
    options.directory = ::mkdtemp(folder.data());
    options.compress = compress;
    options.keep_bytes = kMaxRecordedBytes;
    auto writer = tsa::RecordWriter::create(std::move(options));
    if (!writer.ok()) {
        state.SkipWithError(writer.error().text().c_str());
        return;
    }
    std::uint64_t first_bytes = 0;
    for (auto _ : state) {
        state.PauseTiming();
        if (stride != 0) {
            machine.wake(stride);
        }
        machine.read();
        const tsa::Report& report = machine.build();
        state.ResumeTiming();
        if (!writer.value()->add(report, false).ok()) {
            state.SkipWithError("cannot write the recording (disk full?)");
            break;
        }
        first_bytes = first_bytes == 0 ? writer.value()->progress().bytes : first_bytes;
    }
    const auto grown = static_cast<double>(writer.value()->progress().bytes - first_bytes);
    state.counters["bytes/interval"] = benchmark::Counter(grown, benchmark::Counter::kAvgIterations);
    count_threads(state);
    std::filesystem::remove_all(folder);
}

void record_sleeping(benchmark::State& state) {
    record_intervals(state, 0, false);
}

void record_sleeping_compressed(benchmark::State& state) {
    record_intervals(state, 0, true);
}

void record_mostly_sleeping(benchmark::State& state) {
    record_intervals(state, 100, false);
}

void record_mostly_sleeping_compressed(benchmark::State& state) {
    record_intervals(state, 100, true);
}

void record_awake(benchmark::State& state) {
    record_intervals(state, 1, false);
}

void record_awake_compressed(benchmark::State& state) {
    record_intervals(state, 1, true);
}

BENCHMARK(read_sleeping)->Apply(sizes);
BENCHMARK(read_awake)->Apply(sizes);
BENCHMARK(report_sleeping)->Apply(sizes);
BENCHMARK(record_sleeping)->Apply(sizes);
BENCHMARK(record_sleeping_compressed)->Apply(sizes);
BENCHMARK(record_mostly_sleeping)->Apply(sizes);
BENCHMARK(record_mostly_sleeping_compressed)->Apply(sizes);
BENCHMARK(record_awake)->Arg(1000)->Arg(10'000);
BENCHMARK(record_awake_compressed)->Arg(1000)->Arg(10'000);

}  // namespace

BENCHMARK_MAIN();
