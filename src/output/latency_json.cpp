// SPDX-License-Identifier: MIT
// See latency_json.h.
#include "output/latency_json.h"

#include <cmath>

#include "output/json.h"

namespace tsa {

namespace {

void put_context(Json& json, const CostContext& context) {
    put_key(json, "schema");
    json.Int(kCostSchema);
    put_name(json, "kernel", context.kernel_release);
    put_name(json, "architecture", context.architecture);
    put(json, "cpus", std::uint64_t{context.cpus});
    put(json, "threads", context.threads);
}

/// ns with one decimal: more is noise.
std::optional<double> tenths(std::optional<double> ns) {
    constexpr double kTen = 10;
    return ns ? std::optional(std::round(*ns * kTen) / kTen) : std::nullopt;
}

void put_program(Json& json, const ProfileResult& result, const ProgramLatency& program, bool in_interval) {
    constexpr double kTail = 0.99;
    const LatencyHistogram& runs = program.runs;
    json.StartObject();
    put_name(json, "program", program.program);
    put_name(json, "event", program.event);
    put(json, "runs", runs.count());
    put(json, "total_ns", runs.total_ns);
    put(json, "mean_ns", tenths(runs.mean_ns()));
    put(json, "p99_below_ns", runs.below_ns(kTail));
    if (in_interval) {
        put(json, "cpu_pct", std::optional(result.cpu_pct(runs.total_ns)));
    }
    put_key(json, "buckets");
    json.StartArray();
    for (std::size_t bucket = 0; bucket < LatencyHistogram::kBuckets; ++bucket) {
        if (runs.counts[bucket] == 0) {
            continue;
        }
        json.StartObject();
        put(json, "from_ns", LatencyHistogram::bucket_from_ns(bucket));
        put(json, "to_ns", LatencyHistogram::bucket_to_ns(bucket));
        put(json, "runs", runs.counts[bucket]);
        json.EndObject();
    }
    json.EndArray();
    json.EndObject();
}

std::string line_of(rapidjson::StringBuffer& buffer) {
    buffer.Put('\n');
    return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace

std::string bench_json(const BenchResult& result) {
    rapidjson::StringBuffer buffer;
    Json json(buffer);
    json.StartObject();
    put_context(json, result.context);
    put_name(json, "source", source_key(result.source));
    put(json, "pause_ns", result.pause_ns);
    put(json, "wanted", result.wanted);
    put(json, "refreshes", result.refreshes);
    put_key(json, "stages");
    json.StartArray();
    for (std::size_t at = 0; at < kStageCount; ++at) {
        const std::optional<Quantiles>& times = result.stages[at];
        const auto value = [&](std::uint64_t Quantiles::*member) {
            return times ? std::optional((*times).*member) : std::nullopt;
        };
        json.StartObject();
        put_name(json, "stage", stage_info(static_cast<Stage>(at)).key);
        put(json, "avg_ns", tenths(times ? std::optional(times->avg_ns) : std::nullopt));
        put(json, "p50_ns", value(&Quantiles::p50_ns));
        put(json, "p95_ns", value(&Quantiles::p95_ns));
        put(json, "p99_ns", value(&Quantiles::p99_ns));
        put(json, "min_ns", value(&Quantiles::min_ns));
        put(json, "max_ns", value(&Quantiles::max_ns));
        json.EndObject();
    }
    json.EndArray();
    json.EndObject();
    return line_of(buffer);
}

std::string profile_json(const ProfileResult& result) {
    rapidjson::StringBuffer buffer;
    Json json(buffer);
    json.StartObject();
    put_context(json, result.context);
    put(json, "interval_ns", result.interval_ns);
    put(json, "wanted_ns", result.wanted_ns);
    put(json, "empty_ns", tenths(result.empty_ns));
    put_key(json, "programs");
    json.StartArray();
    for (const ProgramLatency& program : result.programs) {
        put_program(json, result, program, true);
    }
    json.EndArray();
    put_key(json, "seed");
    if (result.seed) {
        put_program(json, result, *result.seed, false);
    } else {
        json.Null();
    }
    const LatencyHistogram all = result.all();
    put(json, "runs", all.count());
    put(json, "total_ns", all.total_ns);
    put(json, "cpu_pct", std::optional(result.cpu_pct(all.total_ns)));
    json.EndObject();
    return line_of(buffer);
}

}  // namespace tsa
