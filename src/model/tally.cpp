// SPDX-License-Identifier: MIT
// See tally.h.
#include "model/tally.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace tsa {

namespace {

void set_name(TallyGroup& group, std::string_view name) {
    name.copy(group.name.data(), group.name.size());
}

void add_life(TallyGroup& group, const Thread& thread, std::uint64_t end_ns) {
    ++group.threads;
    group.processes += thread.tid == thread.tgid ? 1 : 0;
    for (const StateInfo& entry : state_table()) {
        const std::uint64_t spent = state_total_ns(thread, entry.state, end_ns);
        group.state_ns[index(entry.state)] += spent;
        group.wall_ns += spent;
    }
    for (const PartInfo& entry : kParts) {
        group.part_ns[entry.part] += part_total_ns(thread, entry.part, end_ns);
    }
    for (std::size_t i = index(ThreadState::io_wait); i < kStateCount; ++i) {
        group.voluntary_switches += thread.entries[i];
    }
    group.involuntary_switches += thread.preempted_entries;
    group.read_bytes += thread.read_bytes.value_or(0);
    group.write_bytes += thread.write_bytes.value_or(0);
    group.net_rx_bytes += thread.net_rx_bytes.value_or(0);
    group.net_tx_bytes += thread.net_tx_bytes.value_or(0);
}

}  // namespace

std::string_view TallyGroup::name_view() const {
    return {name.data(), strnlen(name.data(), name.size())};
}

TallyGroup& Tally::group_of(std::string_view name) {
    const auto known = index_.find(std::string(name));
    if (known != index_.end()) {
        return groups_[known->second];
    }
    if (groups_.size() >= kMaxTallyGroups && name != kOtherNames) {
        return group_of(kOtherNames);
    }
    index_.emplace(name, groups_.size());
    groups_.emplace_back();
    set_name(groups_.back(), name);
    return groups_.back();
}

void Tally::add(const Thread& thread, std::uint64_t end_ns) {
    add_life(total_, thread, end_ns);
    add_life(group_of(comm_of(thread)), thread, end_ns);
}

std::vector<TallyGroup> Tally::groups() const {
    std::vector<TallyGroup> sorted = groups_;
    std::sort(sorted.begin(), sorted.end(), [](const TallyGroup& left, const TallyGroup& right) {
        const auto exec = [](const TallyGroup& group) { return group.state_ns[index(ThreadState::exec)]; };
        if (exec(left) != exec(right)) {
            return exec(left) > exec(right);
        }
        return left.wall_ns != right.wall_ns ? left.wall_ns > right.wall_ns : left.name_view() < right.name_view();
    });
    return sorted;
}

}  // namespace tsa
