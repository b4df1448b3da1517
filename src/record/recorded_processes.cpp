// SPDX-License-Identifier: MIT
// See recorded_processes.h.
#include "record/recorded_processes.h"

#include <algorithm>

#include "record/table_files.h"
#include "text/sanitize.h"

namespace tsa {

void RecordedProcesses::add(const ProcessLine& line) {
    if (lines_ >= kMaxLines) {
        ++bad_lines_;
        return;
    }
    std::vector<Period>& periods = periods_[line.tgid];
    // All lines of a period come before the next one of the process.
    const bool is_same = !periods.empty() && periods.back().start_time_ns == line.start_time_ns &&
                         periods.back().first_seen_unix_ns == line.first_seen_unix_ns;
    Period& period = is_same ? periods.back() : periods.emplace_back();
    period.start_time_ns = line.start_time_ns;
    period.first_seen_unix_ns = line.first_seen_unix_ns;
    period.last_seen_unix_ns = std::max(period.last_seen_unix_ns, line.last_seen_unix_ns);
    // Recordings of others may have any bytes.
    period.command = printable(line.cmdline);
    period.program = printable(line.exe);
    CgroupPlace place;
    place.path = printable(line.cgroup);
    place.hidden = place.path == kHiddenCgroup;
    place.unit = printable(line.unit);
    place.container = printable(line.container);
    place.container_id = place.container;
    place.pod = printable(line.pod);
    period.place_key = place.path + '\n' + place.unit + '\n' + place.container + '\n' + place.pod;
    places_.try_emplace(period.place_key, std::move(place));
    period.number = ++lines_;
}

Result<RecordedProcesses> RecordedProcesses::open(const std::string& directory) {
    const PerTable<FilesBySegment> files = TRY(list_table_files(directory));
    RecordedProcesses out;
    for (const auto& [segment, file] : files[index(RecordedTable::processes)]) {
        TableSource table = TRY(open_table(file));
        LineReader reader;
        const Result<void> read = read_lines(
            table,
            [&reader](std::string_view header) -> Result<void> {
                reader = TRY(LineReader::create(header, kProcessCsvColumns));
                return {};
            },
            [&](std::string_view text) -> Result<void> {
                const auto line = reader.split(text) ? read_process_line(reader) : std::nullopt;
                if (line) {
                    out.add(*line);
                }
                out.bad_lines_ += line ? 0 : 1;
                return {};
            });
        if (!read.ok()) {
            return read.error();
        }
    }
    for (auto& [tgid, periods] : out.periods_) {
        std::ranges::sort(periods, {}, &Period::first_seen_unix_ns);
    }
    return out;
}

/// The last one that began before; of a process that was read only later, its first one.
const RecordedProcesses::Period* RecordedProcesses::find(const Thread& leader, std::uint64_t time_unix_ns) const {
    const auto found = periods_.find(leader.tgid);
    if (found == periods_.end()) {
        return nullptr;
    }
    const bool is_leader = leader.tid == leader.tgid;
    const auto is_it = [&](const Period& period) {
        return is_leader && period.start_time_ns != 0 ? period.start_time_ns == leader.start_time_ns
                                                      : period.start_time_ns <= leader.start_time_ns;
    };
    const std::vector<Period>& periods = found->second;
    const auto after = std::ranges::lower_bound(periods, time_unix_ns, {}, &Period::first_seen_unix_ns);
    for (auto at = after; at != periods.begin();) {
        if (is_it(*--at)) {
            return &*at;
        }
    }
    const auto later = std::find_if(after, periods.end(), is_it);
    return later != periods.end() ? &*later : nullptr;
}

void RecordedProcesses::fill(std::uint64_t time_unix_ns, ProcessTable& table, Report& report) const {
    for (const ProcessRow& process : report.processes) {
        const Period* period = find(*process.leader, time_unix_ns);
        if (period == nullptr) {
            table.erase(process.tgid);
            continue;
        }
        ProcessFacts& facts = table.put(process.tgid, period->start_time_ns);
        if (facts.read_ns != period->number) {
            facts.read_ns = period->number;
            facts.command = period->command;
            facts.program = period->program;
            facts.place = table.intern(period->place_key, places_.at(period->place_key));
        }
    }
    report.facts = &table;
}

}  // namespace tsa
