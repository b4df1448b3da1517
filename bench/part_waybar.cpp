// SPDX-License-Identifier: MIT
// The running cost of the status bar: its sample, system calls, allocations, memory and share of a CPU.
#include <fmt/core.h>
#include <rapidjson/document.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "child.h"
#include "measure.h"
#include "parts.h"
#include "program.h"

namespace tsa::bench {

namespace {

constexpr const char* kWaybar = "waybar";
constexpr int kBarIntervalMs = 500;  // its default

struct StageTime {
    double mean_us = 0;
    double p95_us = 0;
};

// `rstat-tsa bench`: the bar's own refresh, timed from inside, except the write of the finished line.
Result<std::map<std::string, StageTime>> stage_times(int refreshes, const std::vector<std::string>& pause) {
    std::vector<std::string> command{BENCH_PROGRAM, "bench", std::to_string(refreshes), "--json"};
    command.insert(command.end(), pause.begin(), pause.end());
    const auto ended = run(command);
    if (!ended.ok()) {
        return ended.error();
    }
    rapidjson::Document json;
    json.Parse(ended.value().output.c_str());
    const auto text = [](const rapidjson::Value& object, const char* key) {
        return object.HasMember(key) && object[key].IsString() ? object[key].GetString() : "";
    };
    const auto us = [](const rapidjson::Value& object, const char* key) {
        return object.HasMember(key) && object[key].IsNumber() ? std::optional(object[key].GetDouble() / 1000)
                                                               : std::nullopt;
    };
    std::map<std::string, StageTime> times;
    if (!json.HasParseError() && json.IsObject() && json.HasMember("stages") && json["stages"].IsArray()) {
        for (const rapidjson::Value& stage : json["stages"].GetArray()) {
            const auto mean_us = us(stage, "avg_ns"), p95_us = us(stage, "p95_ns");
            if (mean_us && p95_us) {
                times[text(stage, "stage")] = {*mean_us, *p95_us};
            }
        }
    }
    if (!times.contains("whole")) {
        return Error{"rstat-tsa bench --json printed no times", {}, 0};
    }
    return times;
}

struct Pace {
    const char* what;
    int refreshes;
    std::vector<std::string> pause;
};

Result<void> measure_sample(Table& table, std::uint32_t threads) {
    const std::vector<Pace> paces{{"every ms", 500, {}},
                                  {"every 500 ms (cold caches)", 60, {"-i", std::to_string(kBarIntervalMs)}}};
    for (const Pace& pace : paces) {
        const auto measured = stage_times(pace.refreshes, pace.pause);
        if (!measured.ok()) {
            return measured.error();
        }
        const std::map<std::string, StageTime>& times = measured.value();
        std::string means;
        for (const auto& [stage, time] : times) {
            means += stage == "whole" ? "" : fmt::format(", {} {:.0f}", stage, time.mean_us);
        }
        table.add({kWaybar, fmt::format("one sample p95, {}, {}", threads, pace.what), times.at("whole").p95_us / 1000,
                   "ms", 1.0,
                   fmt::format("{} samples; mean {:.0f} us{}", pace.refreshes, times.at("whole").mean_us, means)});
    }
    return {};
}

Result<void> measure_cpu(Table& table, std::uint32_t threads) {
    constexpr int kRounds = 3;
    constexpr int kRefreshes = 10;
    std::vector<double> us;
    for (int round = 0; round < kRounds; round++) {
        const auto each = cpu_us_per_refresh(waybar_mode(kBarIntervalMs), kRefreshes);
        if (!each.ok()) {
            return each.error();
        }
        us.push_back(each.value());
    }
    const Spread refresh = spread(us);
    constexpr double kUsPerPercent = kBarIntervalMs * 1000.0 / 100;
    table.add(
        {kWaybar, fmt::format("share of one CPU at {} ms, {} threads", kBarIntervalMs, threads),
         refresh.median / kUsPerPercent, "%", std::nullopt,
         fmt::format("{:.0f} us per refresh; {}; without the probes' time", refresh.median, spread_text(refresh, 0))});
    return {};
}

Result<void> measure_memory(Table& table, std::uint32_t threads, std::optional<double> budget) {
    const auto memory = private_memory(waybar_mode());
    if (!memory.ok()) {
        return memory.error();
    }
    table.add({kWaybar, fmt::format("dirty private memory of waybar, {} threads", threads), memory.value().dirty_mb,
               "MB", budget, memory_text(memory.value())});
    return {};
}

Result<void> measure_at(Table& table, std::uint32_t threads, std::optional<double> memory_budget) {
    const auto crowd = Crowd::start(threads);
    if (!crowd.ok()) {
        return crowd.error();
    }
    if (auto measured = measure_sample(table, threads); !measured.ok()) {
        return measured;
    }
    if (auto measured = measure_cpu(table, threads); !measured.ok()) {
        return measured;
    }
    return measure_memory(table, threads, memory_budget);
}

}  // namespace

void part_waybar(Table& table) {
    skip_on_error(table, kWaybar, "a sample of the bar, 100 threads", measure_at(table, 100, 2.0));
    // Two samples of that many threads alone exceed it.
    skip_on_error(table, kWaybar, "a sample of the bar, 10000 threads", measure_at(table, 10'000, std::nullopt));
    add_calls(table, kWaybar, waybar_mode());
    add_allocations(table, kWaybar, waybar_mode());
}

}  // namespace tsa::bench
