// SPDX-License-Identifier: MIT
// See timed_probes.h.
#include "sched/timed_probes.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "tsa.h"
#include "tsa_latency.h"

namespace tsa {

namespace {

static_assert(LatencyHistogram::kBuckets == TSA_LATENCY_BUCKETS);

#define TSA_TIMED_NAME(program) #program,
constexpr std::array<const char*, TSA_TIMED_COUNT> kTimedPrograms{TSA_TIMED_PROGRAMS(TSA_TIMED_NAME)};
#undef TSA_TIMED_NAME

/// "tp_btf/sched_switch": the part after the slash.
std::string event_of(const bpf_program* program) {
    const std::string_view section = bpf_program__section_name(program);
    const std::size_t slash = section.find('/');
    return std::string(slash == std::string_view::npos ? section : section.substr(slash + 1));
}

}  // namespace

std::vector<ProgramLatency> read_latencies(const bpf_object* object) {
    std::vector<ProgramLatency> result;
    const bpf_map* map = bpf_object__find_map_by_name(object, "tsa_latencies");
    const int cpus = libbpf_num_possible_cpus();
    if (map == nullptr || cpus <= 0) {
        return result;
    }
    std::vector<tsa_latency> per_cpu(static_cast<std::size_t>(cpus));
    for (__u32 number = 0; number < kTimedPrograms.size(); ++number) {
        const bpf_program* program = bpf_object__find_program_by_name(object, kTimedPrograms[number]);
        if (program == nullptr || bpf_program__fd(program) < 0 ||
            bpf_map_lookup_elem(bpf_map__fd(map), &number, per_cpu.data()) != 0) {
            continue;  // not in this kernel's plan
        }
        ProgramLatency& latency = result.emplace_back();
        latency.program = kTimedPrograms[number];
        latency.event = event_of(program);
        for (const tsa_latency& cpu : per_cpu) {
            LatencyHistogram one;
            one.total_ns = cpu.total_ns;
            std::ranges::copy(cpu.runs, one.counts.begin());
            latency.runs.add(one);
        }
    }
    return result;
}

std::optional<double> measure_empty_ns(const bpf_object* object) {
    constexpr std::size_t kBatches = 101;  // most are not interrupted
    const bpf_program* program = bpf_object__find_program_by_name(object, "tsa_empty");
    const int fd = program != nullptr ? bpf_program__fd(program) : -1;
    std::array<std::uint32_t, kBatches> batches{};
    for (std::uint32_t& batch_ns : batches) {
        bpf_test_run_opts run{};
        run.sz = sizeof run;
        if (fd < 0 || bpf_prog_test_run_opts(fd, &run) != 0) {
            return std::nullopt;
        }
        batch_ns = run.retval;
    }
    std::ranges::nth_element(batches, batches.begin() + kBatches / 2);
    return static_cast<double>(batches[kBatches / 2]) / TSA_EMPTY_RUNS;
}

}  // namespace tsa
