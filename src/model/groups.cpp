// SPDX-License-Identifier: MIT
// See groups.h.
#include "model/groups.h"

#include <algorithm>

namespace tsa {

namespace {

std::string_view part_of(const CgroupPlace& place, GroupKey key) {
    switch (key) {
        case GroupKey::unit:
            return place.unit;
        case GroupKey::container:
            return place.container;
        case GroupKey::pod:
            return place.pod;
        default:
            return place.path;
    }
}

std::size_t end_of(const CgroupPlace& place, GroupKey key) {
    switch (key) {
        case GroupKey::unit:
            return place.unit_end;
        case GroupKey::container:
            return place.container_end;
        case GroupKey::pod:
            return place.pod_end;
        default:
            return place.path.size();
    }
}

/// The name of the program's file, without it that of the process's first thread: threads name themselves.
std::string_view command_name(const Report& report, const ThreadRow& row) {
    const bool has_process = row.process < report.processes.size();
    const Thread& leader = has_process ? *report.processes[row.process].leader : *row.now;
    const ProcessFacts* facts = facts_of(report, *row.now);
    const std::string_view program = facts != nullptr ? command_text(*facts, CommandForm::name) : std::string_view{};
    return program.empty() ? comm_of(leader) : program;
}

void join(ProcessRow& sums, const ThreadRow& row, bool exited) {
    const Thread& thread = *row.now;
    sums.leader = sums.leader == nullptr ? row.now : sums.leader;
    (exited ? sums.exited_threads : sums.threads) += 1;
    sums.wall_ns += row.wall_ns;
    for (std::size_t state = 0; state < kStateCount; ++state) {
        sums.state_ns[state] += row.state_ns[state];
    }
    for (const PartInfo& part : kParts) {
        sums.part_ns[part.part] += row.part_ns[part.part];
    }
    sums.voluntary_switches += row.voluntary_switches();
    sums.involuntary_switches += row.involuntary_switches();
    sums.read_bytes += row.read_bytes().value_or(0);
    sums.write_bytes += row.write_bytes().value_or(0);
    sums.net_rx_bytes += row.net_rx_bytes().value_or(0);
    sums.net_tx_bytes += row.net_tx_bytes().value_or(0);
    sums.measured &= thread.measured;
}

}  // namespace

std::optional<GroupKey> group_key(std::string_view name) {
    const auto found = std::ranges::find(kGroupKeys, name, &GroupKeyInfo::name);
    return found != kGroupKeys.end() ? std::optional(found->key) : std::nullopt;
}

std::string_view group_name(const Report& report, const ThreadRow& row, GroupKey key, const UserName& user_name,
                            std::string& scratch) {
    const Thread& thread = *row.now;
    switch (key) {
        case GroupKey::process:
            scratch = std::to_string(thread.tgid);
            return scratch;
        case GroupKey::user:
            scratch = user_name ? user_name(thread.uid) : std::string();
            scratch = scratch.empty() ? std::to_string(thread.uid) : scratch;
            return scratch;
        case GroupKey::command:
            return command_name(report, row);
        default:
            break;
    }
    if (key == GroupKey::cgroup && report.facts != nullptr && report.facts->is_hidden(thread)) {
        return kHiddenCgroup;
    }
    const CgroupPlace* place = place_of(report, thread);
    return place != nullptr ? part_of(*place, key) : std::string_view{};
}

const CgroupStats* limits_of(const Report& report, const GroupRow& group) {
    if (report.facts == nullptr || group.cgroup().empty()) {
        return nullptr;
    }
    const auto found = report.facts->limits.find(std::string(group.cgroup()));
    return found != report.facts->limits.end() ? &found->second : nullptr;
}

std::uint32_t GroupBuilder::find(std::string_view name) {
    const auto [found, is_new] = by_name_.try_emplace(std::string(name), static_cast<std::uint32_t>(used_));
    if (is_new) {
        if (used_ == groups_.size()) {
            groups_.emplace_back();
        }
        GroupRow& group = groups_[used_++];
        group = GroupRow{};
        group.name = name;
    }
    return found->second;
}

void GroupBuilder::add(const Report& report, const ThreadRow& row, GroupKey key, GroupRow& group) {
    if (const CgroupPlace* place = group.place == nullptr ? place_of(report, *row.now) : nullptr;
        place != nullptr && needs_places(key) && end_of(*place, key) != 0) {
        group.place = place;
        group.place_end = end_of(*place, key);
    }
    if (key == GroupKey::process) {
        group.sums.tgid = row.now->tgid;
        group.sums.leader = report.processes[row.process].leader;
    }
}

std::span<GroupRow> GroupBuilder::build(const Report& report, GroupKey key, const UserName& user_name) {
    used_ = 0;
    by_name_.clear();
    seen_.clear();
    group_of_.assign(report.threads.size(), 0);
    // Threads of a process are mostly adjacent, and mostly in one group.
    std::uint32_t last_process = 0;
    std::uint64_t last_cgroup = 0;
    std::uint32_t last_uid = 0;
    std::uint32_t last_group = 0;
    bool has_last = false;
    for (const std::vector<ThreadRow>* rows : {&report.threads, &report.exited}) {
        const bool exited = rows == &report.exited;
        for (std::size_t at = 0; at < rows->size(); ++at) {
            const ThreadRow& row = (*rows)[at];
            const Thread& thread = *row.now;
            if (!has_last || row.process != last_process || thread.cgroup_id != last_cgroup || thread.uid != last_uid) {
                last_group = find(group_name(report, row, key, user_name, scratch_));
                last_process = row.process;
                last_cgroup = thread.cgroup_id;
                last_uid = thread.uid;
                has_last = true;
            }
            GroupRow& group = groups_[last_group];
            join(group.sums, row, exited);
            add(report, row, key, group);
            if (!exited) {
                group_of_[at] = last_group;
            }
            const std::uint64_t pair = (std::uint64_t{last_group} << 32U) | row.process;
            if (const auto [seen, is_new] = seen_.try_emplace(pair, last_group); is_new) {
                const ProcessRow& process = report.processes[row.process];
                ++group.processes;
                group.sums.rss_bytes += process.rss_bytes;
            }
        }
    }
    return std::span(groups_).first(used_);
}

}  // namespace tsa
