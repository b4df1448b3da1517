// SPDX-License-Identifier: MIT
// See json.h.
#include "summary/json.h"

#include <fmt/format.h>

#include <algorithm>

#include "output/json.h"
#include "output/system_json.h"
#include "summary/delayed_sections.h"
#include "summary/noisy.h"
#include "summary/stack_sections.h"
#include "text/sanitize.h"

namespace tsa {

namespace {

void put_names(Json& json, std::string_view key, const std::vector<std::string>& names) {
    put_key(json, key);
    json.StartArray();
    for (const std::string& name : names) {
        put_text(json, printable(name));
    }
    json.EndArray();
}

void put_real(Json& json, std::string_view key, double value) {
    put(json, key, std::optional(value));
}

/// {"exec":..., ...}; null where it was not measured.
template <class T, class Put>
void put_states(Json& json, std::string_view key, const PerState<T>& values, Measured measured, Put put_one) {
    put_key(json, key);
    json.StartObject();
    for (const StateInfo& state : state_table()) {
        put_key(json, state.key);
        if ((measured & measured_bit(state.state)) == 0) {
            json.Null();
        } else {
            put_one(values[index(state.state)]);
        }
    }
    json.EndObject();
}

void put_state_ns(Json& json, std::string_view key, const PerState<std::uint64_t>& values, Measured measured) {
    put_states(json, key, values, measured, [&](std::uint64_t ns) { json.Uint64(ns); });
}

void put_state_reals(Json& json, std::string_view key, const PerState<double>& values, Measured measured) {
    put_states(json, key, values, measured, [&](double value) { json.Double(value); });
}

void put_spread_value(Json& json, const Spread& spread) {
    if (spread.intervals == 0) {
        json.Null();
        return;
    }
    json.StartObject();
    put_real(json, "mean", spread.mean);
    put_real(json, "min", spread.min);
    put_real(json, "max", spread.max);
    put(json, "max_at_unix_ns", spread.max_at_unix_ns);
    put(json, "intervals", spread.intervals);
    json.EndObject();
}

void put_spread(Json& json, std::string_view key, const Spread& spread) {
    put_key(json, key);
    put_spread_value(json, spread);
}

void put_clock(Json& json, const SummaryContext& context) {
    put_key(json, "clock_jumps");
    json.StartArray();
    for (const ClockJump& jump : context.clock_jumps) {
        json.StartObject();
        put(json, "at_unix_ns", jump.at_unix_ns);
        put_key(json, "jump_ns");
        json.Int64(jump.jump_ns);
        put_flag(json, "suspended", jump.suspended);
        json.EndObject();
    }
    json.EndArray();
}

void put_unrecorded(Json& json, const SummaryContext& context) {
    put_key(json, "unrecorded");
    json.StartArray();
    for (const UnrecordedTime& time : context.unrecorded) {
        json.StartObject();
        put(json, "from_unix_ns", time.from_unix_ns);
        put(json, "to_unix_ns", time.to_unix_ns);
        put(json, "intervals", time.intervals);
        json.EndObject();
    }
    json.EndArray();
}

/// As in meta.json.
void put_capture(Json& json, const std::optional<CaptureMoment>& capture) {
    put_key(json, "capture");
    if (!capture) {
        json.Null();
        return;
    }
    json.StartObject();
    put_key(json, "rule");
    put_text(json, printable(capture->rule));
    put(json, "time_unix_ns", capture->at_unix_ns);
    put_key(json, "values");
    json.StartObject();
    for (const auto& [name, text] : capture->values) {
        put_key(json, printable(name));
        put_text(json, printable(text));
    }
    json.EndObject();
    put(json, "before_ns", capture->before_ns);
    put(json, "after_ns", capture->after_ns);
    json.EndObject();
}

void put_context(Json& json, const SummaryContext& context) {
    put_key(json, "recording");
    json.StartObject();
    put_name_or_null(json, "title", context.title);
    put_name_or_null(json, "host", context.host);
    put_name_or_null(json, "kernel", context.kernel);
    put_name_or_null(json, "machine", context.machine);
    put_name_or_null(json, "version", context.version);
    put_key(json, "utc_offset_s");
    json.Int64(context.utc_offsets.first());
    put(json, "interval_ms", context.interval_ms);
    put_names(json, "filters", context.filters);
    put_names(json, "command", context.command);
    put_name_or_null(json, "end_reason", context.end_reason);
    put_names(json, "remarks", context.remarks);
    put_clock(json, context);
    put_unrecorded(json, context);
    put_capture(json, context.capture);
    json.EndObject();
}

void put_system(Json& json, const Summary& summary) {
    put_key(json, "system");
    json.StartObject();
    for (const SystemColumn& column : system_columns()) {
        if (!column.reports.label.empty()) {
            put_spread(json, column.reports.key.empty() ? column.key : column.reports.key,
                       summary.of_column(column.key));
        }
    }
    json.EndObject();
    Report report;
    report.health = summary.health;
    fmt::memory_buffer scratch;
    put_key(json, "health");
    json.StartObject();
    put_system_columns(json, report, SystemGroup::health, scratch);
    json.EndObject();
}

void put_groups(Json& json, std::string_view key, const std::vector<SummaryGroup>& groups) {
    put_key(json, key);
    json.StartArray();
    for (const SummaryGroup& group : groups) {
        json.StartObject();
        put_name(json, "process", group.process);
        put_name_or_null(json, "thread", group.thread);
        put(json, "threads", group.threads);
        put(json, "born", group.born);
        put(json, "ended", group.ended);
        put(json, "wall_ns", group.wall_ns);
        put_state_ns(json, "state_ns", group.state_ns, group.measured);
        const bool switches = (group.measured & kMeasuredSwitches) != 0;
        const bool io = (group.measured & kMeasuredIo) != 0;
        const auto put_if = [&](std::string_view name, bool known, std::uint64_t value) {
            put(json, name, known ? std::optional(value) : std::nullopt);
        };
        for (const PartInfo& part : kParts) {
            put_if(part.key, (group.measured & measured_bit(part.part)) != 0, group.part_ns[part.part]);
        }
        put_if("voluntary_switches", switches, group.voluntary_switches);
        put_if("involuntary_switches", switches, group.involuntary_switches);
        put_if("read_bytes", io, group.read_bytes);
        put_if("write_bytes", io, group.write_bytes);
        const bool network = (group.measured & kMeasuredNetwork) != 0;
        put_if("net_rx_bytes", network, group.net_rx_bytes);
        put_if("net_tx_bytes", network, group.net_tx_bytes);
        put_if("max_rss_bytes", group.max_rss_bytes != 0, group.max_rss_bytes);
        put_state_reals(json, "mean", group.mean, group.measured);
        put_state_reals(json, "variance_of_mean", group.variance_of_mean, group.measured);
        json.EndObject();
    }
    json.EndArray();
}

void put_findings(Json& json, const Summary& summary) {
    put_key(json, "findings");
    json.StartArray();
    for (const SummaryFinding& finding : summary.findings) {
        json.StartObject();
        put_name(json, "kind", finding_key(finding.kind));
        put_name(json, "words", finding.words);
        put_names(json, "figures", finding.figures);
        put(json, "from_unix_ns", finding.from_unix_ns);
        put(json, "to_unix_ns", finding.to_unix_ns);
        put(json, "worst_at_unix_ns", finding.worst_at_unix_ns);
        put(json, "total_ns", finding.total_ns);
        put_real(json, "weight", finding.weight);
        put_name(json, "scope", finding.scope == FindingScope::machine ? "machine" : "recorded");
        put_flag(json, "open", finding.open);
        put_name(json, "next", finding.next);
        const std::optional<ThreadState> state = state_of(finding.kind);
        put_name_or_null(json, "state", state ? info(*state).key : std::string_view{});
        json.EndObject();
    }
    json.EndArray();
}

void put_stack(Json& json, const Summary& summary, const StateStack& one) {
    json.StartObject();
    put_key(json, "frames");
    json.StartArray();
    for (const std::string_view frame : frames_of(*one.stack)) {
        put_text(json, printable(frame));
    }
    json.EndArray();
    put_name(json, "kind", info(one.stack->kind).key);
    put(json, "count", one.waits.count);
    put(json, "total_ns", one.waits.total_ns);
    put(json, "max_ns", one.waits.max_ns);
    put(json, "p50_ns", wait_quantile_ns(one.waits, kMedian));
    put(json, "p99_ns", wait_quantile_ns(one.waits, kNearlyAll));
    put(json, "threads", std::uint64_t{one.threads});
    put(json, "most_tid", std::uint64_t{one.most->thread.tid});
    put_name(json, "most_comm", summary.stacks.name_of(one.most->thread));
    json.EndObject();
}

/// Of each state the stacks with the most time; empty without `record --stacks`.
void put_stacks(Json& json, const Summary& summary) {
    put_key(json, "stacks");
    json.StartArray();
    const PerState<std::uint64_t> time_ns = stack_time(summary);
    for (const ThreadState state : states_with_stacks(summary)) {
        const std::vector<StateStack> stacks = stacks_of_state(summary.stacks, state);
        json.StartObject();
        put_name(json, "state", info(state).key);
        put(json, "total_ns", time_ns[index(state)]);
        put_key(json, "stacks");
        json.StartArray();
        for (std::size_t at = 0; at < std::min(stacks.size(), kReportedStacks); ++at) {
            put_stack(json, summary, stacks[at]);
        }
        json.EndArray();
        json.EndObject();
    }
    json.EndArray();
}

void put_waits(Json& json, const Summary& summary) {
    put_key(json, "worst_waits");
    json.StartArray();
    for (const WorstWait& wait : summary.worst) {
        json.StartObject();
        put(json, "tid", std::uint64_t{wait.thread.tid});
        put(json, "start_time_ns", wait.thread.start_time_ns);
        put(json, "tgid", std::uint64_t{wait.tgid});
        put_name(json, "comm", wait.comm);
        put_name(json, "process", wait.process);
        put_name(json, "state", info(wait.state).key);
        put_name_or_null(json, "wait_on", wait.wait_on);
        put(json, "wait_owner_tid", wait.owner_tid != 0 ? std::optional(std::uint64_t{wait.owner_tid}) : std::nullopt);
        put_name_or_null(json, "wait_owner_comm", wait.owner_comm);
        put_flag(json, "wait_owner_exited", wait.owner_exited);
        put(json, "seen_unix_ns", wait.seen_unix_ns);
        put(json, "at_least_ns", wait.at_least_ns);
        put(json, "at_most_ns", wait.began_unseen ? std::nullopt : wait.at_most_ns);
        put_flag(json, "open", !wait.at_most_ns.has_value());
        put_flag(json, "began_unseen", wait.began_unseen);
        json.EndObject();
    }
    json.EndArray();
}

void put_slices(Json& json, const Summary& summary) {
    put_key(json, "slices");
    json.StartArray();
    for (const SummarySlice& slice : summary.slices) {
        json.StartObject();
        put(json, "from_unix_ns", slice.from_unix_ns);
        put(json, "to_unix_ns", slice.to_unix_ns);
        put_state_reals(json, "threads_in", slice.threads_in, summary.measured);
        put(json, "cpu_busy_pct", slice.cpu_busy_pct);
        put(json, "stall_cpu_pct", slice.stall_cpu_pct);
        put(json, "stall_io_pct", slice.stall_io_pct);
        put(json, "stall_memory_pct", slice.stall_memory_pct);
        if (summary.filtered) {
            put_state_reals(json, "recorded_in", slice.recorded_in, summary.measured);
        } else {
            put_key(json, "recorded_in");
            json.Null();
        }
        json.EndObject();
    }
    json.EndArray();
}

void put_summary(Json& json, const Summary& summary, const SummaryContext& context) {
    put_context(json, context);
    put_name(json, "source", source_key(summary.source));
    put(json, "begin_unix_ns", summary.begin_unix_ns);
    put(json, "end_unix_ns", summary.end_unix_ns);
    put(json, "elapsed_ns", summary.elapsed_ns);
    put(json, "intervals", summary.intervals);
    put(json, "cpus", std::uint64_t{summary.cpus});
    put_state_ns(json, "total_ns", summary.total_ns, summary.measured);
    put_states(json, "threads_in", summary.threads_in, summary.measured,
               [&](const Spread& spread) { put_spread_value(json, spread); });
    put_state_reals(json, "variance_of_mean", summary.variance_of_mean, summary.measured);
    put(json, "noise_blocks", std::uint64_t{summary.noise_blocks});
    put_spread(json, "threads", summary.threads);
    put(json, "threads_seen", summary.threads_seen);
    put(json, "threads_ended", summary.threads_ended);
    put(json, "unlisted_exits", summary.unlisted_exits);
    put_system(json, summary);
    put(json, "own_cpu_ns", summary.own_cpu_ns);
    put_findings(json, summary);
    put_groups(json, "by_process", summary.by_process);
    put_groups(json, "by_thread", summary.by_thread);
    if (summary.by) {
        put_key(json, "by");
        put_text(json, info(*summary.by).name);
        put_groups(json, "by_group", summary.by_group);
    }
    put_waits(json, summary);
    put_slices(json, summary);
    put_flag(json, "filtered", summary.filtered);
    put_state_ns(json, "recorded_ns", summary.recorded_ns, summary.measured);
    put_states(json, "recorded_in", summary.recorded_in, summary.measured,
               [&](const Spread& spread) { put_spread_value(json, spread); });
    put_state_reals(json, "recorded_variance", summary.recorded_variance, summary.measured);
    put_stacks(json, summary);
    put_delayed_json(json, summary);
    put_noisy_json(json, summary);
}

void put_change(Json& json, const StateChange& change) {
    json.StartObject();
    put_real(json, "before", change.before);
    put_real(json, "after", change.after);
    put_real(json, "noise", change.noise);
    put_flag(json, "beyond_noise", change.beyond_noise());
    json.EndObject();
}

void put_changes(Json& json, std::string_view key, const std::vector<GroupChange>& groups) {
    put_key(json, key);
    json.StartArray();
    for (const GroupChange& group : groups) {
        json.StartObject();
        put_name(json, "process", group.process);
        put_name_or_null(json, "thread", group.thread);
        put_flag(json, "in_before", group.in_before);
        put_flag(json, "in_after", group.in_after);
        put_real(json, "weight", group.weight);
        put_real(json, "resting_weight", group.resting_weight);
        put_states(json, "states", group.states, group.measured,
                   [&](const StateChange& one) { put_change(json, one); });
        json.EndObject();
    }
    json.EndArray();
}

template <class Fill>
std::string object_of(Fill fill) {
    rapidjson::StringBuffer buffer;
    Json json(buffer);
    json.StartObject();
    put(json, "schema", std::uint64_t{kSummarySchema});
    fill(json);
    json.EndObject();
    std::string text(buffer.GetString(), buffer.GetSize());
    text.push_back('\n');
    return text;
}

}  // namespace

std::string write_summary_json(const Summary& summary, const SummaryContext& context) {
    return object_of([&](Json& json) {
        put_name_or_null(json, "program_version", context.program_version);
        put_summary(json, summary, context);
    });
}

std::string write_change_json(const ContextedSummary& before, const ContextedSummary& after,
                              const SummaryChange& change) {
    return object_of([&](Json& json) {
        put_name_or_null(json, "program_version", after.context.program_version);
        put_key(json, "change");
        json.StartObject();
        put_states(json, "machine", change.machine, change.measured,
                   [&](const StateChange& one) { put_change(json, one); });
        put_changes(json, "by_process", change.by_process);
        put_changes(json, "by_thread", change.by_thread);
        put_states(json, "recorded", change.recorded, change.measured,
                   [&](const StateChange& one) { put_change(json, one); });
        json.EndObject();
        for (const auto& [key, one] : {std::pair("before", &before), std::pair("after", &after)}) {
            put_key(json, key);
            json.StartObject();
            put_summary(json, one->summary, one->context);
            json.EndObject();
        }
    });
}

}  // namespace tsa
