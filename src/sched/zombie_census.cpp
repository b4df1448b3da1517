// SPDX-License-Identifier: MIT
// See zombie_census.h.
#include "sched/zombie_census.h"

#include "model/sample.h"

namespace tsa {

namespace {

// Each count is changed by single atomic additions: any sum read was correct at some moment.
std::uint64_t zombies_of(std::span<const tsa_untracked> per_cpu, std::size_t parity) {
    std::uint64_t sum = 0;
    for (const tsa_untracked& cpu : per_cpu) {
        sum += __atomic_load_n(&cpu.zombies[parity], __ATOMIC_RELAXED);
    }
    return sum;
}

}  // namespace

bool ZombieCensus::is_due(std::span<const tsa_untracked> per_cpu, std::uint64_t now_ns) const {
    return !stopped_ && now_ns - last_ns_ >= kCensusEveryNs &&
           (zombies_of(per_cpu, 0) != known_[0] || zombies_of(per_cpu, 1) != known_[1]);
}

std::uint32_t ZombieCensus::begin(std::span<const tsa_untracked> per_cpu, std::uint64_t now_ns) {
    last_ns_ = now_ns;
    ++round_;
    const std::size_t before_last = round_ % 2;
    const std::uint64_t held = zombies_of(per_cpu, before_last);
    const std::uint64_t found = held - known_[before_last];  // modulo 2^64: negative if a free came very late
    known_[before_last] = held;
    missed_ += found;
    found_sum_ns_ += found * now_ns;
    return round_;
}

void ZombieCensus::correct(Untracked& untracked, std::uint64_t now_ns) const {
    untracked.live_threads -= missed_;
    untracked.exits += missed_;
    untracked.ns[static_cast<std::size_t>(TSA_ZOMBIE)] -= missed_ * now_ns - found_sum_ns_;
}

}  // namespace tsa
