// SPDX-License-Identifier: MIT
// Fills slots with plausible threads and advances their clock.
#include "synthetic.h"

#include <cstring>

#include "model/sample.h"

namespace tsa::bench {

namespace {
constexpr std::uint64_t kIntervalNs = 500'000'000;
}  // namespace

SyntheticMachine::SyntheticMachine(std::uint32_t threads) : slots_(threads), marks_(threads / TSA_CHANGES + 1) {
    reader_.use_marks(marks_, *reading_);
    for (std::uint32_t index = 0; index < threads; index++) {
        tsa_slot& slot = slots_[index];
        slot.life = 1;
        slot.seq = 2;
        slot.identity_seq = 2;
        slot.index = index;
        slot.tid = index + 1000;
        slot.tgid = index - index % kThreadsPerSyntheticProcess + 1000;
        slot.ns_tid = slot.tid;
        slot.state = TSA_IDLE;
        slot.first_seen_ns = now_ns_ / 2;
        slot.since_ns = slot.first_seen_ns;
        slot.start_time_ns = slot.first_seen_ns;
        slot.wait_syscall = 232;
        slot.rss_bytes = 4096;
        std::strcpy(slot.comm, "synthetic");
    }
}

void SyntheticMachine::wake(std::uint32_t stride) {
    for (std::size_t index = 0; index < slots_.size(); index += stride) {
        tsa_slot& slot = slots_[index];
        const std::uint64_t woken_ns = now_ns_ + kIntervalNs / 2;
        slot.ns[TSA_IDLE] += woken_ns - slot.since_ns;
        slot.ns[TSA_CPU_WAIT] += 1000;
        slot.ns[TSA_EXEC] += 9000;
        slot.entries[TSA_CPU_WAIT]++;
        slot.entries[TSA_EXEC]++;
        slot.entries[TSA_IDLE]++;
        slot.since_ns = woken_ns + 10'000;
        slot.seq += 6;
        marks_[index / TSA_CHANGES].changed[index % TSA_CHANGES] = 1;
    }
}

void SyntheticMachine::read() {
    newest_ = 1 - newest_;
    now_ns_ += kIntervalNs;
    Sample& sample = samples_[newest_];
    sample.now_ns = now_ns_;
    sample.time_unix_ns = now_ns_;
    reader_.read(slots_, slots_.size(), sample);
}

const Report& SyntheticMachine::build(bool sleepers) {
    ReportOptions options;
    options.sleepers = sleepers;
    builder_.build(samples_[1 - newest_], samples_[newest_], options, report_);
    return report_;
}

}  // namespace tsa::bench
