// SPDX-License-Identifier: MIT
// See gil_watch.h.
#include "sched/gil_watch.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <cerrno>

#include "base/clock.h"
#include "base/privilege.h"
#include "tsa.h"

namespace tsa {

namespace {

/// A process that has ended meanwhile leaves an entry behind, which the end of the next process with its ID removes.
void name_lock_of(std::uint32_t tgid, int ranges) {
    if (const auto range = python_runtime(tgid)) {
        const tsa_named_range value{.begin = range->begin, .end = range->end, .kind = TSA_KIND_PYTHON_GIL, .pad = 0};
        bpf_map_update_elem(ranges, &tgid, &value, BPF_ANY);
    }
}

}  // namespace

// Kernels before 5.19 allow no change of a map without CAP_BPF.
GilWatch::GilWatch(int ranges) : ranges_(ranges), jobs_("rstat-gil", list_of_capabilities(PrivilegeUse::python)) {}

Result<std::unique_ptr<GilWatch>> GilWatch::start(int ranges) {
    std::unique_ptr<GilWatch> watch(new GilWatch(ranges));
    if (!watch->jobs_.reserve(kThreads)) {
        return Error{"start the thread rstat-gil", "", EAGAIN};
    }
    return watch;
}

void GilWatch::look(const Sample& sample, std::span<const std::uint32_t> waiters) {
    if (!jobs_.is_free()) {
        return;
    }
    std::vector<std::uint32_t> tgids = left_over();
    if (tgids.empty() && waiters.empty()) {
        return;
    }
    gather(sample, waiters, tgids);
    if (tgids.empty()) {
        return;
    }
    round_ = std::make_shared<Round>();
    round_->tgids = std::move(tgids);
    [[maybe_unused]] const bool began = jobs_.begin([round = round_, ranges = ranges_] {
        for (; round->at < round->tgids.size(); ++round->at) {
            name_lock_of(round->tgids[round->at], ranges);
        }
    });
}

/// Those after a process that hangs the last round.
std::vector<std::uint32_t> GilWatch::left_over() const {
    if (!jobs_.is_busy()) {
        return {};
    }
    const std::size_t next = std::min(round_->at + 1, round_->tgids.size());
    return {round_->tgids.begin() + static_cast<std::ptrdiff_t>(next), round_->tgids.end()};
}

void GilWatch::gather(const Sample& sample, std::span<const std::uint32_t> waiters, std::vector<std::uint32_t>& tgids) {
    const std::uint64_t now_ns = clock_ns(CLOCK_BOOTTIME);
    if (looked_.size() > kMaxKnown) {
        looked_.clear();
    }
    for (const std::uint32_t index : waiters) {
        const Thread& thread = sample.threads[index];
        const auto [entry, is_new] = looked_.insert(thread.tgid);
        const bool is_another = thread.tid == thread.tgid && thread.start_time_ns > entry.at_ns;
        if (!is_new && !is_another && now_ns - entry.at_ns < kAgainNs) {
            continue;
        }
        if (tgids.size() >= kRound) {
            if (is_new) {
                looked_.erase(&entry);
            }
            return;
        }
        entry.at_ns = now_ns;
        tgids.push_back(thread.tgid);
    }
}

}  // namespace tsa
