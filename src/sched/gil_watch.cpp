// See gil_watch.h.
#include "sched/gil_watch.h"

#include <bpf/bpf.h>
#include <linux/capability.h>

#include "base/clock.h"
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

Result<std::unique_ptr<GilWatch>> GilWatch::start(int ranges) {
    auto round = std::make_shared<Round>();
    auto job = [round, ranges] {
        for (std::size_t at = 0; at < round->count; ++at) {
            name_lock_of(round->tgids[at], ranges);
        }
    };
    // Kernels before 5.19 allow no change of a map without CAP_BPF.
    auto thread = TRY(SideThread::start("rstat-gil", std::move(job), {CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH, CAP_BPF}));
    return std::unique_ptr<GilWatch>(new GilWatch(std::move(round), std::move(thread)));
}

void GilWatch::look(const Sample& sample, std::span<const std::uint32_t> waiters) {
    if (thread_->is_busy()) {
        return;
    }
    round_->count = 0;
    if (!waiters.empty()) {
        gather(sample, waiters);
    }
    if (round_->count != 0) {
        thread_->begin();
    }
}

void GilWatch::gather(const Sample& sample, std::span<const std::uint32_t> waiters) {
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
        if (round_->count == kRound) {
            if (is_new) {
                looked_.erase(&entry);
            }
            return;
        }
        entry.at_ns = now_ns;
        round_->tgids[round_->count++] = thread.tgid;
    }
}

}  // namespace tsa
