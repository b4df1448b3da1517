// See ndjson.h. The thread rows come from the column table; the other objects are listed here, key by key.
#include "output/ndjson.h"

#include <cstdint>
#include <optional>

#include "output/delay_json.h"
#include "output/json.h"
#include "output/sanitize.h"
#include "output/system_json.h"

namespace tsa {

namespace {

void put_states(Json& json, const PerState<std::uint64_t>& state_ns, std::uint64_t wall_ns,
                std::optional<std::uint64_t> preempted_ns, Measured measured) {
    put(json, "wall_ns", wall_ns);
    for (const Column& column : columns()) {
        if (column.key == "cpu_wait_preempted_ns") {
            if (preempted_ns) {
                put(json, column.key, *preempted_ns);
            }
            continue;
        }
        if (column.unit != Unit::nanoseconds || !column.key.ends_with("_ns")) {
            continue;
        }
        if (const auto state = state_from_key(column.key.substr(0, column.key.size() - 3))) {
            const bool known = (measured & measured_bit(*state)) != 0;
            put(json, column.key, known ? std::optional(state_ns[index(*state)]) : std::nullopt);
        }
    }
}

void put_health(Json& json, const Health& health) {
    put_key(json, "health");
    json.StartObject();
    put(json, "threads_without_slot", health.threads_without_slot);
    put(json, "slots_refused", health.slots_refused);
    put(json, "exit_records_lost", health.exit_records_lost);
    put(json, "exits_folded", health.exits_folded);
    put(json, "torn_reads", health.torn_reads);
    put(json, "storage_failures", health.storage_failures);
    put(json, "slots_leaked", health.slots_leaked);
    put(json, "missed_switches", health.missed_switches);
    put(json, "missed_frees", health.missed_frees);
    put(json, "unwatched_switches", health.unwatched_switches);
    put(json, "clock_backwards", health.clock_backwards);
    json.EndObject();
}

std::optional<std::uint64_t> difference(const std::optional<std::uint64_t>& now,
                                        const std::optional<std::uint64_t>& before) {
    if (!now || !before) {
        return std::nullopt;
    }
    return *now > *before ? *now - *before : 0;
}

void put_own(Json& json, const Report& report) {
    put_key(json, "own");
    json.StartObject();
    put(json, "cpu_ns", difference(report.own_now.cpu_ns, report.own_before.cpu_ns));
    put(json, "probe_ns", difference(report.own_now.probe_ns, report.own_before.probe_ns));
    put(json, "probe_runs", difference(report.own_now.probe_runs, report.own_before.probe_runs));
    json.EndObject();
}

void put_system(Json& json, const Report& report) {
    put_key(json, "system");
    json.StartObject();
    put_system_row(json, report.system);
    // Of all threads of the machine: the listed, the exited, and those known only as a sum.
    put_states(json, report.total_ns, report.total_wall_ns, std::nullopt, report.measured);
    put(json, "unlisted_exits", report.unlisted_exits);
    put_system_reconciliation(json, report);
    json.EndObject();
}

void put_row(Json& json, const Report& report, const ThreadRow& row) {
    json.StartObject();
    for (const Column& column : columns()) {
        put_key(json, column.key);
        put_value(json, column, column.of_thread(report, row));
    }
    put_delays(json, report, row);
    if (row.exit_time_unix_ns != 0) {
        put(json, "exit_time_unix_ns", row.exit_time_unix_ns);
    }
    json.EndObject();
}

void put_rows(Json& json, std::string_view key, const Report& report, std::span<const ThreadRow* const> rows) {
    put_key(json, key);
    json.StartArray();
    for (const ThreadRow* row : rows) {
        put_row(json, report, *row);
    }
    json.EndArray();
}

void put_group(Json& json, const TallyGroup& group, bool named) {
    json.StartObject();
    if (named) {
        put_key(json, "comm");
        put_text(json, Printable(group.name_view()).view());
    }
    put(json, "threads", group.threads);
    put(json, "processes", group.processes);
    put_states(json, group.state_ns, group.wall_ns, group.preempted_ns, kMeasuredAll);
    put(json, "voluntary_switches", group.voluntary_switches);
    put(json, "involuntary_switches", group.involuntary_switches);
    put(json, "read_bytes", group.read_bytes);
    put(json, "write_bytes", group.write_bytes);
    json.EndObject();
}

void put_command(Json& json, const CommandSummary& command) {
    put_key(json, "command");
    json.StartObject();
    put_key(json, "argv");
    json.StartArray();
    for (const std::string& argument : command.argv) {
        put_text(json, printable(argument));
    }
    json.EndArray();
    put(json, "elapsed_ns", command.elapsed_ns);
    put(json, "exit_code", command.exit_code);
    put(json, "signal", command.signal);
    put(json, "rusage_user_ns", command.user_ns);
    put(json, "rusage_system_ns", command.system_ns);
    put(json, "still_running", command.still_running);
    put(json, "exits_not_listed", command.folded);
    put_key(json, "total");
    put_group(json, command.total, false);
    put_key(json, "by_name");
    json.StartArray();
    for (const TallyGroup& group : command.groups) {
        put_group(json, group, true);
    }
    json.EndArray();
    json.EndObject();
}

}  // namespace

std::string_view NdjsonWriter::write(const Report& report, const SelectedRows& rows, const CommandSummary* command) {
    constexpr int kDecimals = 3;
    buffer_.Clear();
    json_.Reset(buffer_);
    json_.SetMaxDecimalPlaces(kDecimals);
    json_.StartObject();
    put(json_, "schema", std::uint64_t{kJsonSchema});
    put(json_, "time_unix_ns", report.time_unix_ns);
    put(json_, "interval_ns", report.interval_ns);
    put_key(json_, "source");
    put_text(json_, source_key(report.source));
    put_health(json_, report.health);
    put_own(json_, report);
    put_system(json_, report);
    if (command != nullptr) {
        put_command(json_, *command);
    }
    put_rows(json_, "threads", report, rows.threads());
    put_rows(json_, "exited", report, rows.exited());
    json_.EndObject();
    buffer_.Put('\n');
    return {buffer_.GetString(), buffer_.GetSize()};
}

}  // namespace tsa
