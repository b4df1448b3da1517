// SPDX-License-Identifier: MIT
// See group_rows.h.
#include "output/group_rows.h"

#include <fmt/format.h>

#include <algorithm>

namespace tsa {

namespace {

void put_limits(Json& json, const Report& report, const GroupRow& group) {
    put_name_or_null(json, "cgroup", group.cgroup());
    const CgroupStats* known = limits_of(report, group);
    const CgroupStats stats = known != nullptr ? *known : CgroupStats{};
    put(json, "cpu_quota_cpus", stats.quota_cpus);
    put(json, "throttled_ns", stats.throttled_ns);
    put(json, "memory_bytes", stats.memory_bytes);
    put(json, "memory_limit_bytes", stats.memory_limit_bytes);
    put(json, "oom_kills", stats.oom_kills);
    put(json, "psi_cpu_some_pct", stats.cpu_some_pct);
    put(json, "psi_memory_some_pct", stats.memory_some_pct);
    put(json, "psi_io_some_pct", stats.io_some_pct);
}

std::optional<std::uint64_t> if_measured(const ProcessRow& row, Measured what, std::uint64_t value) {
    return (row.measured & what) == what ? std::optional(value) : std::nullopt;
}

void put_group(Json& json, const Report& report, const GroupRow& group, GroupKey key) {
    const ProcessRow& sums = group.sums;
    json.StartObject();
    put_name_or_null(json, "group", group.name);
    if (key == GroupKey::process) {
        put_name(json, "comm", comm_of(*sums.leader));
    }
    put(json, "threads", std::uint64_t{sums.threads});
    put(json, "exited_threads", std::uint64_t{sums.exited_threads});
    put(json, "processes", std::uint64_t{group.processes});
    put(json, "wall_ns", sums.wall_ns);
    for (const StateInfo& state : state_table()) {
        put(json, state.ns_key, if_measured(sums, measured_bit(state.state), sums.state_ns[index(state.state)]));
        for (const PartInfo& part : kParts) {
            if (part.whole == state.state) {
                put(json, part.ns_key, if_measured(sums, measured_bit(part.part), sums.part_ns[part.part]));
            }
        }
    }
    put(json, "latency_ns", latency_ns(sums.state_ns));
    put(json, "voluntary_switches", if_measured(sums, kMeasuredSwitches, sums.voluntary_switches));
    put(json, "involuntary_switches", if_measured(sums, kMeasuredSwitches, sums.involuntary_switches));
    put(json, "rss_bytes", sums.rss_bytes);
    put(json, "read_bytes", if_measured(sums, kMeasuredIo, sums.read_bytes));
    put(json, "write_bytes", if_measured(sums, kMeasuredIo, sums.write_bytes));
    if (report.network) {
        put(json, "net_rx_bytes", if_measured(sums, kMeasuredNetwork, sums.net_rx_bytes));
        put(json, "net_tx_bytes", if_measured(sums, kMeasuredNetwork, sums.net_tx_bytes));
    }
    put_limits(json, report, group);
    json.EndObject();
}

}  // namespace

void select_groups(std::span<GroupRow> groups, const Report& report, const Selection& selection, GroupReport& out) {
    out.groups = groups.size();
    out.rows.clear();
    for (GroupRow& group : groups) {
        out.rows.push_back(&group);
    }
    const Column& column =
        selection.sort != nullptr && selection.sort->of_process != nullptr ? *selection.sort : shown_delay_column();
    const auto before = [&](const GroupRow* left, const GroupRow* right) {
        const Value left_value = column.of_process(report, left->sums);
        const Value right_value = column.of_process(report, right->sums);
        if (left_value.present() != right_value.present()) {
            return left_value.present();
        }
        if (const int order = compare(left_value, right_value); order != 0) {
            return selection.descending ? order > 0 : order < 0;
        }
        if (left->name.empty() != right->name.empty()) {
            return !left->name.empty();
        }
        return left->name < right->name;
    };
    std::ranges::sort(out.rows, before);
    if (selection.top != 0 && out.rows.size() > selection.top) {
        out.rows.resize(selection.top);
    }
}

std::string group_title(const GroupRow& group, GroupKey key) {
    if (key == GroupKey::process) {
        return fmt::format("{} {}", group.sums.tgid, comm_of(*group.sums.leader));
    }
    return group.name.empty() ? "-" : group.name;
}

void put_groups(Json& json, const Report& report, const GroupReport& groups) {
    put_key(json, "groups");
    json.StartArray();
    for (const GroupRow* group : groups.rows) {
        put_group(json, report, *group, groups.key);
    }
    json.EndArray();
}

}  // namespace tsa
