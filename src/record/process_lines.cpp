// SPDX-License-Identifier: MIT
// See process_lines.h.
#include "record/process_lines.h"

#include <algorithm>
#include <functional>
#include <iterator>

#include "model/columns.h"
#include "text/csv_text.h"
#include "text/sanitize.h"

namespace tsa {

namespace {

void put_text(fmt::memory_buffer& out, std::string_view raw) {
    put_csv(out, printable(raw));
    out.push_back(',');
}

/// Everything of a line between the process's identity and its times, with a comma at the end.
void put_facts(fmt::memory_buffer& out, const Report& report, const ThreadRow& row) {
    const Thread& leader = *report.processes[row.process].leader;
    const ProcessFacts* facts = facts_of(report, leader);
    put_text(out, comm_of(leader));
    put_text(out, facts != nullptr ? facts->program : std::string_view());
    put_text(out, facts != nullptr ? facts->command : std::string_view());
    fmt::format_to(std::back_inserter(out), "{},", leader.uid);
    for (const Column& column : process_columns()) {
        if (column.key != kCommandLineKey) {
            put_text(out, column.of_process(report, report.processes[row.process]).text);
        }
    }
}

}  // namespace

std::string ProcessLineWriter::header() {
    return header_line(kProcessCsvColumns);
}

void ProcessLineWriter::put_line(std::uint32_t tgid, Written& written) {
    written.put = round_;
    fmt::format_to(std::back_inserter(text_), "{},{},{}{},{}{}", tgid, written.start_time_ns, written.said,
                   written.first_seen_ns, written.last_seen_ns, kLineEnd);
}

void ProcessLineWriter::put_process(const Report& report, const ThreadRow& row, bool all) {
    if (row.process >= report.processes.size()) {
        return;
    }
    const ProcessRow& process = report.processes[row.process];
    const Thread& leader = *process.leader;
    const bool has_leader = leader.tid == process.tgid;
    const std::uint64_t start_ns = has_leader ? leader.start_time_ns : 0;
    const bool ended = process.threads == 0;
    const std::uint64_t begin_ns = report.time_unix_ns - report.interval_ns;
    auto [found, is_new] = written_.try_emplace(process.tgid);
    Written& written = found->second;
    if (!is_new && has_leader && written.start_time_ns != start_ns) {
        written = Written{};  // another process with its ID
        is_new = true;
    }
    if (!is_new && written.put == round_) {
        return;  // another thread of it
    }
    const bool complete = facts_of(report, leader) != nullptr;
    // A new process is read within a few refreshes: a line before that would say less.
    if (!complete && !all && !ended && (is_new || !written.complete)) {
        if (is_new) {
            written.start_time_ns = start_ns;
            written.first_seen_ns = begin_ns;
        }
        return;
    }
    fields_.clear();
    put_facts(fields_, report, row);
    const std::string_view said(fields_.data(), fields_.size());
    const std::size_t hash = std::hash<std::string_view>{}(said);
    const bool changed = is_new || written.said.empty() || hash != written.hash;
    if (changed && !written.said.empty() && written.complete) {
        written.last_seen_ns = begin_ns;
        put_line(process.tgid, written);
        written.first_seen_ns = begin_ns;
    }
    if (is_new) {
        written.start_time_ns = start_ns;
        written.first_seen_ns = begin_ns;
    }
    written.hash = hash;
    written.complete = written.complete || complete;
    if (changed) {
        written.said = said;
    }
    written.last_seen_ns = report.time_unix_ns;
    if (changed || all || ended) {
        put_line(process.tgid, written);
    }
    if (ended) {
        written_.erase(found);
    }
}

void ProcessLineWriter::put(const Report& report, std::span<const RecordedRow> rows, bool all) {
    ++round_;
    text_.clear();
    if (written_.size() > kMaxWrittenProcesses) {
        written_.clear();
    }
    for (const RecordedRow& row : rows) {
        put_process(report, *row.row, all);
    }
}

std::optional<ProcessLine> read_process_line(const LineReader& reader) {
    const auto tgid = reader.number_in<std::uint32_t>(ProcessField::tgid);
    const auto uid = reader.number_in<std::uint32_t>(ProcessField::uid);
    const auto start_ns = reader.number_in<std::uint64_t>(ProcessField::start_time_ns);
    const auto first_ns = reader.number_in<std::uint64_t>(ProcessField::first_seen_unix_ns);
    const auto last_ns = reader.number_in<std::uint64_t>(ProcessField::last_seen_unix_ns);
    if (!tgid || !uid || !start_ns || !first_ns || !last_ns) {
        return std::nullopt;
    }
    ProcessLine line;
    line.tgid = *tgid;
    line.uid = *uid;
    line.start_time_ns = *start_ns;
    line.first_seen_unix_ns = *first_ns;
    line.last_seen_unix_ns = *last_ns;
    line.comm = reader[ProcessField::comm];
    line.exe = reader[ProcessField::exe];
    line.cmdline = reader[ProcessField::cmdline];
    line.cgroup = reader[ProcessField::cgroup];
    line.unit = reader[ProcessField::unit];
    line.container = reader[ProcessField::container];
    line.pod = reader[ProcessField::pod];
    return line;
}

}  // namespace tsa
