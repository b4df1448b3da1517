// SPDX-License-Identifier: MIT
// See ndjson.h. Thread rows come from the column table, the system object from the table of system columns; the command
// summary is written here, key by key.
#include "output/ndjson.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/time_units.h"
#include "model/gpu_use.h"
#include "model/process_table.h"
#include "output/delay_json.h"
#include "output/json.h"
#include "output/neighbor_json.h"
#include "output/stack_json.h"
#include "output/system_json.h"
#include "output/verdict_json.h"
#include "output/waker_json.h"
#include "text/sanitize.h"
#include "text/short_text.h"
#include "text/time_text.h"

namespace tsa {

namespace {

void put_states(Json& json, const TallyGroup& group) {
    put(json, "wall_ns", group.wall_ns);
    for (const Column& column : columns()) {
        if (const auto* part = std::ranges::find(kParts, column.key, &PartInfo::ns_key); part != kParts.end()) {
            put(json, column.key, group.part_ns[part->part]);
            continue;
        }
        if (column.unit != Unit::nanoseconds || !column.key.ends_with("_ns")) {
            continue;
        }
        if (const auto state = state_from_key(column.key.substr(0, column.key.size() - 3))) {
            put(json, column.key, group.state_ns[index(*state)]);
        }
    }
}

void put_object(Json& json, std::string_view name, const Report& report, SystemGroup group,
                fmt::memory_buffer& scratch) {
    put_key(json, name);
    json.StartObject();
    put_system_columns(json, report, group, scratch);
    if (group == SystemGroup::system) {
        put_system_reconciliation(json, report);
    }
    json.EndObject();
}

/// The same time as text: a number of this size loses its last digits in programs that read numbers as doubles.
void put_time(Json& json, std::string_view key, std::uint64_t unix_ns) {
    put_key(json, key);
    put_text(json, rfc3339_text(unix_ns).view());
}

/// Likewise for a time since boot, which passes 2^53 ns after 104 days: in seconds, to the nanosecond.
void put_time_since_boot(Json& json, std::string_view key, std::uint64_t ns) {
    put_key(json, key);
    put_text(json, short_text("{}.{:09}", ns / kNsPerSecond, ns % kNsPerSecond).view());
}

void put_process_columns(Json& json, const Report& report, const ThreadRow& row) {
    for (const Column& column : process_columns()) {
        if (column.key != kCommandLineKey || (report.facts != nullptr && report.facts->shows_commands)) {
            put_name_or_null(json, column.key, column.of_thread(report, row).text);
        }
    }
}

void put_row(Json& json, const Report& report, const ThreadRow& row, NdjsonScratch& scratch) {
    json.StartObject();
    for (const Column& column : columns()) {
        put_key(json, column.key);
        put_value(json, column, column.of_thread(report, row));
    }
    put_time_since_boot(json, "start_time", row.now->start_time_ns);
    put_process_columns(json, report, row);
    put_delays(json, report, row);
    put_stack(json, report, row);
    put_waker(json, report, row);
    put_neighbors(json, report, row);
    const bool is_judged = judge_row(report, row, scratch.threads, scratch.facts, scratch.verdict);
    put_verdict(json, is_judged ? &scratch.verdict : nullptr);
    if (row.exit_time_unix_ns != 0) {
        put(json, "exit_time_unix_ns", row.exit_time_unix_ns);
        put_time(json, "exit_time_unix", row.exit_time_unix_ns);
    }
    json.EndObject();
}

void put_rows(Json& json, std::string_view key, const Report& report, std::span<const ThreadRow* const> rows,
              NdjsonScratch& scratch) {
    put_key(json, key);
    json.StartArray();
    for (const ThreadRow* row : rows) {
        put_row(json, report, *row, scratch);
    }
    json.EndArray();
}

/// With Report::gpus: each process that uses one, listed among the threads or not.
void put_gpu_processes(Json& json, const Report& report) {
    if (report.gpus == nullptr) {
        return;
    }
    put_key(json, "processes");
    json.StartArray();
    for (const GpuUse& use : report.gpus->processes) {
        const auto process = std::ranges::find(report.processes, use.tgid, &ProcessRow::tgid);
        json.StartObject();
        put(json, "tgid", std::uint64_t{use.tgid});
        put_name_or_null(json, "comm",
                         process != report.processes.end() ? comm_of(*process->leader) : std::string_view{});
        put(json, "gpu_busy_pct", use.busy_pct);
        put(json, "gpu_memory_bytes", use.memory_bytes);
        json.EndObject();
    }
    json.EndArray();
}

void put_group(Json& json, const TallyGroup& group, bool named, bool network) {
    json.StartObject();
    if (named) {
        put_key(json, "comm");
        put_text(json, Printable(group.name_view()).view());
    }
    put(json, "threads", group.threads);
    put(json, "processes", group.processes);
    put_states(json, group);
    put(json, "voluntary_switches", group.voluntary_switches);
    put(json, "involuntary_switches", group.involuntary_switches);
    put(json, "read_bytes", group.read_bytes);
    put(json, "write_bytes", group.write_bytes);
    const auto counted = [network](std::uint64_t bytes) { return network ? std::optional(bytes) : std::nullopt; };
    put(json, "net_rx_bytes", counted(group.net_rx_bytes));
    put(json, "net_tx_bytes", counted(group.net_tx_bytes));
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
    put_group(json, command.total, false, command.network);
    put_key(json, "by_name");
    json.StartArray();
    for (const TallyGroup& group : command.groups) {
        put_group(json, group, true, command.network);
    }
    json.EndArray();
    json.EndObject();
}

}  // namespace

void NdjsonWriter::clear() {
    buffer_.Clear();
    if (const auto enough = bytes_.instead_of(room_, 1)) {
        buffer_ = rapidjson::StringBuffer(nullptr, *enough);
        room_ = *enough;
    }
}

void NdjsonWriter::begin(const Report& report) {
    constexpr int kDecimals = 3;
    clear();
    json_.Reset(buffer_);
    json_.SetMaxDecimalPlaces(kDecimals);
    json_.StartObject();
    put(json_, "schema", std::uint64_t{kJsonSchema});
    put(json_, "time_unix_ns", report.time_unix_ns);
    put_time(json_, "time_unix", report.time_unix_ns);
    put(json_, "interval_ns", report.interval_ns);
    put_key(json_, "source");
    put_text(json_, source_key(report.source));
    put_object(json_, "health", report, SystemGroup::health, scratch_);
    put_object(json_, "own", report, SystemGroup::own, scratch_);
    put_object(json_, "system", report, SystemGroup::system, scratch_);
}

std::string_view NdjsonWriter::end() {
    json_.EndObject();
    buffer_.Put('\n');
    bytes_.note(buffer_.GetSize());
    room_ = std::max(room_, buffer_.GetSize());
    return {buffer_.GetString(), buffer_.GetSize()};
}

std::string_view NdjsonWriter::write(const Report& report, const SelectedRows& rows, const CommandSummary* command) {
    begin(report);
    if (command != nullptr) {
        put_command(json_, *command);
    }
    rows_.threads.reset(report);
    put_rows(json_, "threads", report, rows.threads(), rows_);
    put_rows(json_, "exited", report, rows.exited(), rows_);
    put_gpu_processes(json_, report);
    return end();
}

std::string_view NdjsonWriter::write_groups(const Report& report, const GroupReport& groups) {
    begin(report);
    put_key(json_, "by");
    put_text(json_, info(groups.key).name);
    put_groups(json_, report, groups);
    return end();
}

}  // namespace tsa
