// SPDX-License-Identifier: MIT
// See neighbor_json.h.
#include "output/neighbor_json.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "model/neighbors.h"

namespace tsa {

void put_neighbors(Json& json, const Report& report, const ThreadRow& row) {
    if (report.neighbors == nullptr) {
        return;
    }
    put_key(json, "cpu_wait_by");
    const CpuWaitBy* waits = row.exit_time_unix_ns == 0 ? report.neighbors->of(key_of(*row.now)) : nullptr;
    if (waits == nullptr) {
        json.Null();
        return;
    }
    std::vector<const Neighbor*> recent;
    for (const Neighbor& neighbor : waits->neighbors) {
        if (neighbor.recent_ns != 0 && !neighbor.idle) {
            recent.push_back(&neighbor);
        }
    }
    std::ranges::sort(recent, [](const Neighbor* a, const Neighbor* b) { return a->recent_ns > b->recent_ns; });
    const auto number = [](std::uint32_t id) { return id != 0 ? std::optional<std::uint64_t>(id) : std::nullopt; };
    json.StartArray();
    for (const Neighbor* neighbor : recent) {
        json.StartObject();
        // Of another PID namespace: no ID that means anything here.
        put(json, "tid", number(neighbor->key.tid));
        put(json, "tgid", number(neighbor->tgid));
        put_name(json, "comm", neighbor->comm_view());
        put_name_or_null(json, "cgroup", neighbor->cgroup);
        put(json, "ns", neighbor->recent_ns);
        json.EndObject();
    }
    json.EndArray();
}

}  // namespace tsa
