// SPDX-License-Identifier: MIT
// See gpu_feed.h.
#include "app/host/gpu_feed.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "base/clock.h"
#include "base/privilege.h"
#include "base/saturating.h"

namespace tsa {

namespace {

constexpr std::chrono::milliseconds kPatience{5};
constexpr double kPercent = 100.0;

/// Both live as long as the thread that reads.
GpuFeed::Read read_both() {
    struct Readers {
        DrmReader drm;
        NvmlProcesses nvidia;
    };
    const auto readers = std::make_shared<Readers>();
    return [readers](std::uint64_t now_ns) {
        GpuReading reading;
        reading.clients = readers->drm.read(now_ns);
        reading.at_ns = clock_ns(CLOCK_MONOTONIC);
        reading.nvidia = readers->nvidia.read(now_ns);
        return reading;
    };
}

const DrmEngine* engine_before(const GpuReading& before, const DrmClient& client, const std::string& name) {
    const auto found = std::ranges::find_if(
        before.clients, [&](const DrmClient& other) { return other.id == client.id && other.device == client.device; });
    if (found == before.clients.end()) {
        return nullptr;
    }
    const auto engine = std::ranges::find(found->engines, name, &DrmEngine::name);
    return engine != found->engines.end() ? &*engine : nullptr;
}

/// Percent of the time, or of the engine's cycles, in which it worked for the client.
double busy_pct(const DrmEngine& before, const DrmEngine& now, std::uint64_t interval_ns) {
    const std::uint64_t whole = now.all_cycles != 0 ? saturating_sub(now.all_cycles, before.all_cycles) : interval_ns;
    const double busy = static_cast<double>(saturating_sub(now.busy_ns, before.busy_ns));
    return whole == 0 ? 0 : kPercent * busy / static_cast<double>(whole) / now.capacity;
}

GpuUse& use_of(GpuTable& table, std::uint32_t tgid) {
    const auto at = std::ranges::lower_bound(table.processes, tgid, {}, &GpuUse::tgid);
    if (at != table.processes.end() && at->tgid == tgid) {
        return *at;
    }
    return *table.processes.insert(at, GpuUse{tgid, std::nullopt, std::nullopt});
}

}  // namespace

void compare_gpu_readings(const GpuReading& before, const GpuReading& now, GpuTable& out) {
    out.processes.clear();
    out.interval_ns = before.at_ns != 0 ? saturating_sub(now.at_ns, before.at_ns) : 0;
    // Clients of one process on one engine add up.
    std::map<std::tuple<std::uint32_t, std::string, std::string>, double> busy;
    for (const DrmClient& client : now.clients) {
        GpuUse& use = use_of(out, client.tgid);
        if (client.memory_bytes) {
            use.memory_bytes = use.memory_bytes.value_or(0) + *client.memory_bytes;
        }
        for (const DrmEngine& engine : client.engines) {
            const DrmEngine* was = engine_before(before, client, engine.name);
            if (was != nullptr && out.interval_ns != 0) {
                busy[{client.tgid, client.device, engine.name}] += busy_pct(*was, engine, out.interval_ns);
            }
        }
    }
    for (const auto& [key, pct] : busy) {
        GpuUse& use = use_of(out, std::get<0>(key));
        use.busy_pct = std::max(use.busy_pct.value_or(0), std::min(pct, kPercent));
    }
    for (const NvmlProcess& process : now.nvidia) {
        GpuUse& use = use_of(out, process.tgid);
        if (process.memory_bytes) {
            use.memory_bytes = use.memory_bytes.value_or(0) + *process.memory_bytes;
        }
        if (process.busy_pct) {
            use.busy_pct = std::max(use.busy_pct.value_or(0), *process.busy_pct);
        }
    }
}

GpuFeed::GpuFeed(Read read)
    : read_(std::move(read)), jobs_("rstat-gpus", list_of_capabilities(PrivilegeUse::other_processes)) {}

GpuFeed::GpuFeed() : GpuFeed(read_both()) {}

void GpuFeed::start() {
    [[maybe_unused]] const bool reserved = jobs_.reserve(1);
}

void GpuFeed::take() {
    if (answer_ == nullptr || !answer_->is_done.load(std::memory_order_acquire)) {
        return;
    }
    compare_gpu_readings(before_, answer_->reading, table_);
    before_ = std::move(answer_->reading);
    known_ = true;
    answer_.reset();
}

void GpuFeed::update(bool on, Report& report) {
    // One that still reads is awaited: the readers are used by one thread at a time.
    take();
    if (!on) {
        before_ = {};
        known_ = false;
        return;
    }
    if (answer_ == nullptr) {
        auto answer = std::make_shared<Answer>();
        const auto job = [answer, read = read_] {
            answer->reading = read(clock_ns(CLOCK_MONOTONIC));
            answer->is_done.store(true, std::memory_order_release);
        };
        if (jobs_.begin(job)) {
            answer_ = std::move(answer);
            if (jobs_.wait_for(kPatience)) {
                take();
            }
        }
    }
    report.gpus = known_ ? &table_ : nullptr;
}

}  // namespace tsa
