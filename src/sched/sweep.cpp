// SPDX-License-Identifier: MIT
// See sweep.h.
#include "sched/sweep.h"

#include <algorithm>

namespace tsa {

namespace {

bool is_older_than(const tsa_slot& slot, std::uint64_t now_ns, std::uint64_t age_ns) {
    const std::uint64_t since_ns = __atomic_load_n(&slot.since_ns, __ATOMIC_RELAXED);
    return now_ns > since_ns && now_ns - since_ns > age_ns;
}

bool is_unfreed_zombie(const tsa_slot& slot) {
    return slot.life != 0 && slot.state == TSA_ZOMBIE && (slot.flags & TSA_F_GONE) == 0;
}

}  // namespace

void Sweeper::judge_suspects(std::span<const tsa_slot> used) {
    for (const Suspect& suspect : suspects_) {
        const tsa_slot& slot = used[suspect.index];
        if (slot.life == suspect.life && is_unfreed_zombie(slot)) {
            swept_.ended.push_back(suspect.index);
        }
    }
    suspects_.clear();
}

const Swept& Sweeper::sweep(std::span<const tsa_slot> used, std::span<const std::uint8_t> dead, std::uint64_t now_ns,
                            TaskExists exists) {
    swept_.ended.clear();
    swept_.abandoned.clear();
    if (now_ns - last_ns_ < kSweepEveryNs || used.empty()) {
        return swept_;
    }
    last_ns_ = now_ns;
    judge_suspects(used);
    std::size_t looks = 0;
    std::size_t resume = 0;
    const std::size_t known = std::min(used.size(), dead.size());
    for (std::size_t step = 0; step < known; ++step) {
        const std::size_t i = (next_ + step) % known;
        if (dead[i] == 0) {
            continue;
        }
        const tsa_slot& slot = used[i];
        if (slot.state != TSA_ZOMBIE || slot.life == 0) {
            continue;
        }
        if ((slot.flags & TSA_F_GONE) != 0) {
            if (is_older_than(slot, now_ns, kSurelyFreedNs)) {
                swept_.abandoned.push_back(static_cast<std::uint32_t>(i));
            }
        } else if (is_older_than(slot, now_ns, kZombieDoubtedNs) && looks < kMaxLooks &&
                   std::find(swept_.ended.begin(), swept_.ended.end(), i) == swept_.ended.end()) {
            ++looks;
            resume = i + 1;
            if (!exists(slot.tid, slot.start_time_ns)) {
                suspects_.push_back({static_cast<std::uint32_t>(i), slot.life});
            }
        }
    }
    next_ = looks == kMaxLooks ? resume : 0;
    return swept_;
}

}  // namespace tsa
