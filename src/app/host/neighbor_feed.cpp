// SPDX-License-Identifier: MIT
// See neighbor_feed.h.
#include "app/host/neighbor_feed.h"

#include <algorithm>
#include <utility>

#include "base/text_file.h"
#include "model/find_row.h"
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
        carried_.clear();
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

/// Charges are read a little after the sample, so those of an interval may be more than its wait: what is too much
/// counts in the next one.
void NeighborFeed::fit_into_interval(const Report& report) {
    for (CpuWaitBy& waits : waits_) {
        const ThreadRow* row = find_row(report, waits.key);
        ByNeighbor& carried = carried_[waits.key];
        double sum_ns = 0;
        for (Neighbor& neighbor : waits.neighbors) {
            neighbor.recent_ns += std::exchange(carried[neighbor.key], 0);
            sum_ns += static_cast<double>(neighbor.recent_ns);
        }
        const std::uint64_t wait_ns = row != nullptr ? row->state_ns[index(ThreadState::cpu_wait)] : 0;
        const double part = sum_ns > 0 ? std::min(static_cast<double>(wait_ns) / sum_ns, 1.0) : 1.0;
        carried.clear();
        for (Neighbor& neighbor : waits.neighbors) {
            if (part < 1.0) {
                const auto kept_ns = static_cast<std::uint64_t>(static_cast<double>(neighbor.recent_ns) * part);
                carried[neighbor.key] = neighbor.recent_ns - kept_ns;
                neighbor.recent_ns = kept_ns;
            }
        }
    }
    std::erase_if(carried_, [&](const auto& entry) { return of(entry.first) == nullptr; });
}

void NeighborFeed::update(Report& report) {
    if (running_ != nullptr) {
        waits_ = running_->read();
        name_cgroups();
        fit_into_interval(report);
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
