// SPDX-License-Identifier: MIT
// See neighbor_feed.h.
#include "app/host/neighbor_feed.h"

#include <algorithm>

#include "base/text_file.h"
#include "procfs/properties.h"

namespace tsa {

namespace {

/// Files read in a refresh, and names kept.
constexpr std::size_t kReadsPerRefresh = 32;
constexpr std::size_t kMaxKept = 4096;

}  // namespace

void NeighborFeed::choose(std::span<const ThreadKey> threads, const Sample& sample) {
    wanted_ = !threads.empty();
    if (!wanted_) {
        running_.reset();
        waits_.clear();
        cgroups_.clear();
        unavailable_.clear();
        return;
    }
    if (running_ == nullptr && unavailable_.empty()) {
        if (probe_ == nullptr) {
            unavailable_ = "neighbors need the scheduler probes; rstat-tsa doctor shows what they need";
            return;
        }
        auto started = NeighborProbe::start(*probe_);
        if (!started.ok()) {
            unavailable_ = started.error().text();
            return;
        }
        running_ = std::move(started).value();
    }
    if (running_ != nullptr) {
        running_->choose(threads, sample);
    }
}

/// Of neighbors that are new; one that has ended has none.
void NeighborFeed::name_cgroups() {
    std::size_t reads = 0;
    if (cgroups_.size() >= kMaxKept) {
        cgroups_.clear();
    }
    for (CpuWaitBy& waits : waits_) {
        for (Neighbor& neighbor : waits.neighbors) {
            if (neighbor.idle || neighbor.kernel || neighbor.key.tid == 0) {
                continue;
            }
            auto found = cgroups_.find(neighbor.key);
            if (found == cgroups_.end() && reads < kReadsPerRefresh) {
                ++reads;
                const auto text = read_text_file("/proc/" + std::to_string(neighbor.key.tid) + "/cgroup");
                found = cgroups_.emplace(neighbor.key, text ? parse_cgroup(*text).value_or("") : "").first;
            }
            neighbor.cgroup = found != cgroups_.end() ? found->second : "";
        }
    }
}

void NeighborFeed::update(Report& report) {
    if (running_ != nullptr) {
        waits_ = running_->read();
        name_cgroups();
    }
    put_in(report);
}

void NeighborFeed::put_in(Report& report) const {
    report.neighbors = wanted_ ? this : nullptr;
}

const CpuWaitBy* NeighborFeed::of(const ThreadKey& thread) const {
    const auto found = std::ranges::find(waits_, thread, &CpuWaitBy::key);
    return found != waits_.end() ? &*found : nullptr;
}

}  // namespace tsa
