// SPDX-License-Identifier: MIT
// See process_table.h. The columns that read it are here too.
#include "model/process_table.h"

#include <array>
#include <unordered_set>

#include "model/columns.h"

namespace tsa {

const ProcessFacts* ProcessTable::find(const Thread& thread) const {
    const auto found = processes_.find(thread.tgid);
    // All threads of a process began after its first one, and before a later process with its ID.
    return found != processes_.end() && thread.start_time_ns >= found->second.start_time_ns ? &found->second : nullptr;
}

const CgroupPlace* ProcessTable::place_of(const Thread& thread) const {
    const std::uint64_t id = thread.cgroup_id;
    if (id != 0) {
        if (const auto found = by_id_.find(id); found != by_id_.end() && found->second.place != nullptr) {
            return found->second.place;
        }
    }
    const ProcessFacts* facts = find(thread);
    // Another ID: it was moved, and its new place was not read yet.
    const bool is_current = facts != nullptr && (facts->cgroup_id == id || facts->cgroup_id == 0 || id == 0);
    return is_current ? facts->place : nullptr;
}

bool ProcessTable::is_hidden(const Thread& thread) const {
    const CgroupPlace* place = place_of(thread);
    return place != nullptr ? place->hidden : is_namespaced_ && knows(thread.cgroup_id);
}

ProcessFacts& ProcessTable::put(std::uint32_t tgid, std::uint64_t start_time_ns) {
    ProcessFacts& facts = processes_[tgid];
    if (facts.start_time_ns != start_time_ns) {
        facts = ProcessFacts{};
        facts.start_time_ns = start_time_ns;
    }
    return facts;
}

const CgroupPlace* ProcessTable::find_place(std::string_view key) const {
    const auto found = by_key_.find(std::string(key));
    return found != by_key_.end() ? &found->second : nullptr;
}

bool ProcessTable::note_seen(std::uint64_t cgroup_id, std::uint64_t seen_ns) {
    const auto found = by_id_.find(cgroup_id);
    if (found != by_id_.end()) {
        found->second.seen_ns = seen_ns;
    }
    return found != by_id_.end();
}

void ProcessTable::drop_unused_places() {
    std::unordered_set<const CgroupPlace*> used;
    for (const auto& [tgid, facts] : processes_) {
        used.insert(facts.place);
    }
    for (const auto& [id, known] : by_id_) {
        used.insert(known.place);
    }
    dropped_.clear();
    for (auto at = by_key_.begin(); at != by_key_.end();) {
        const auto one = at++;
        if (!used.contains(&one->second)) {
            dropped_.insert(by_key_.extract(one));
        }
    }
}

const CgroupPlace* ProcessTable::intern(std::string_view key, const CgroupPlace& place) {
    if (const CgroupPlace* known = find_place(key)) {
        return known;
    }
    if (by_key_.size() >= kMaxPlaces) {
        return nullptr;
    }
    return &by_key_.emplace(key, place).first->second;
}

void ProcessTable::clear() {
    processes_.clear();
    by_key_.clear();
    by_id_.clear();
    dropped_.clear();
}

std::string_view command_text(const ProcessFacts& facts, CommandForm form) {
    const std::string_view line = facts.command;
    const std::string_view program = facts.program.empty() ? line.substr(0, line.find(' ')) : facts.program;
    switch (form) {
        case CommandForm::line:
            return line;
        case CommandForm::program:
            return program;
        case CommandForm::name:
            return program.substr(program.rfind('/') + 1);
    }
    return line;
}

const ProcessFacts* facts_of(const Report& report, const Thread& thread) {
    return report.facts != nullptr ? report.facts->find(thread) : nullptr;
}

const CgroupPlace* place_of(const Report& report, const Thread& thread) {
    return report.facts != nullptr ? report.facts->place_of(thread) : nullptr;
}

namespace {

Value text_or_absent(std::string_view text) {
    return text.empty() ? Value{} : Value{Value::Kind::text, 0, text};
}

Value cgroup_of(const Report& report, const Thread& thread) {
    if (report.facts == nullptr) {
        return {};
    }
    if (report.facts->is_hidden(thread)) {
        return text_or_absent(kHiddenCgroup);
    }
    const CgroupPlace* place = report.facts->place_of(thread);
    return place != nullptr ? text_or_absent(place->path) : Value{};
}

template <std::string CgroupPlace::*kMember>
Value of_place(const Report& report, const Thread& thread) {
    const CgroupPlace* place = place_of(report, thread);
    return place != nullptr ? text_or_absent(place->*kMember) : Value{};
}

Value command_of(const Report& report, const Thread& thread) {
    const ProcessFacts* facts = facts_of(report, thread);
    return facts != nullptr ? text_or_absent(facts->command) : Value{};
}

template <Value (*kGet)(const Report&, const Thread&)>
constexpr Column text_column(std::string_view key, std::string_view head, int width, std::string_view help) {
    return {key,
            head,
            Unit::text,
            width,
            help,
            [](const Report& report, const ThreadRow& row) { return kGet(report, *row.now); },
            [](const Report& report, const ProcessRow& row) { return kGet(report, *row.leader); }};
}

constexpr std::array kProcessColumns = std::to_array<Column>({
    text_column<cgroup_of>(
        "cgroup", "CGROUP PATH", 24,
        "path of its cgroup: in the unified tree unless that is its root, else of the cpu, memory or "
        "systemd hierarchy; hidden: above this program's cgroup namespace"),
    text_column<of_place<&CgroupPlace::unit>>("unit", "UNIT", 20, "systemd unit: service or scope, else slice"),
    text_column<of_place<&CgroupPlace::container>>(
        "container", "CONTAINER", 16,
        "container: its name, where the runtime's files can be read, else the start of its ID"),
    text_column<of_place<&CgroupPlace::pod>>("pod", "POD", 12, "UID of its Kubernetes or podman pod"),
    text_column<command_of>(kCommandLineKey, "COMMAND", 20, "command line of its process"),
});

}  // namespace

std::span<const Column> process_columns() {
    return kProcessColumns;
}

}  // namespace tsa
