// SPDX-License-Identifier: MIT
// Which threads there are, row by row: see player_threads.h.
#include "record/player_threads.h"

#include <algorithm>

#include "record/played_row.h"

#include "model/sample.h"

namespace tsa {

namespace {

constexpr std::uint64_t kGone = UINT64_MAX;
/// Leaders per interval whose name another thread has taken, and whose end may still be reported.
constexpr std::size_t kMaxDisplaced = 1024;

/// Nothing happened to the thread: the row says what no row would have said.
bool says_nothing(const RestoredRow& row, const Thread& before, const Thread& thread, std::uint64_t interval_ns) {
    const std::uint64_t wall_ns = row.wall_ns;
    return thread.state > ThreadState::cpu_wait && thread.state == before.state && inside_ns(row) == interval_ns &&
           row.state_ns[index(thread.state)] == wall_ns && thread.since_ns == before.since_ns &&
           thread.measured == before.measured && thread.since_is_upper_bound == before.since_is_upper_bound &&
           thread.entries == before.entries && thread.preempted_entries == before.preempted_entries &&
           thread.read_bytes == before.read_bytes && thread.write_bytes == before.write_bytes &&
           thread.net_rx_bytes == before.net_rx_bytes && thread.net_tx_bytes == before.net_tx_bytes &&
           thread.minor_faults == before.minor_faults && thread.major_faults == before.major_faults;
}

}  // namespace

void PlayerThreads::clear() {
    for (Sample& sample : samples_) {
        sample.threads.clear();
        sample.versions.clear();
        sample.exited.clear();
        sample.now_ns = 0;
    }
    slots_.clear();
    last_row_ns_.clear();
    row_round_.clear();
    free_.clear();
    freed_.clear();
    touched_.clear();
    labels_.clear();
    cleared_ = true;
}

void PlayerThreads::begin(const Interval& interval) {
    interval_ = interval;
    interval_.interval_ns = std::min(interval.interval_ns, interval.now_ns);
    at_ = 1 - at_;
    Sample& sample = now();
    for (const std::uint32_t slot : touched_) {
        sample.threads[slot] = before().threads[slot];
        sample.versions[slot] = before().versions[slot];
    }
    touched_.clear();
    free_.insert(free_.end(), freed_.begin(), freed_.end());
    freed_.clear();
    reused_.clear();
    displaced_.clear();
    sample.exited.clear();
    sample.now_ns = interval_.now_ns;
    sample.time_unix_ns = interval_.time_unix_ns;
    sample.source = Source::replay;
    sample.network = true;  // of a recording without it, cells are absent
    // Where the recording has a gap, the interval begins later than the one before it ended.
    before().now_ns = interval_.now_ns - interval_.interval_ns;
    first_ = cleared_;
    cleared_ = false;
    ++round_;
    living_rows_ = 0;
}

std::uint32_t PlayerThreads::take_slot() {
    if (!free_.empty()) {
        const std::uint32_t slot = free_.back();
        free_.pop_back();
        return slot;
    }
    for (Sample& sample : samples_) {
        sample.threads.emplace_back();
        sample.versions.push_back(0);
    }
    last_row_ns_.push_back(kGone);
    row_round_.push_back(0);
    return static_cast<std::uint32_t>(last_row_ns_.size() - 1);
}

void PlayerThreads::touch(std::uint32_t slot) {
    touched_.push_back(slot);
}

void PlayerThreads::remove(std::uint32_t slot) {
    slots_.erase(tsa::key_of(now().threads[slot]), slot);
    displace(slot);
}

/// Removes the thread from the present, but keeps its place: a row may still report its end.
void PlayerThreads::displace(std::uint32_t slot) {
    labels_.erase(tsa::key_of(now().threads[slot]));
    now().threads[slot].life = 0;
    now().versions[slot] = ++versions_;
    last_row_ns_[slot] = kGone;
    touch(slot);
    freed_.push_back(slot);
}

bool PlayerThreads::add(const RestoredRow& row) {
    const Match match = this->match(row);
    if (match.refused) {
        return false;
    }
    std::uint32_t slot = match.slot;
    Thread* before = slot != kNone ? &this->before().threads[slot] : nullptr;
    const Span span = span_of(row, before);
    if (slot == kNone) {
        slot = take_slot();
        now().threads[slot] = Thread{};
        now().threads[slot].life = ++lives_;
        if (!is_born_inside(row, span)) {
            before = &invent_before(row, span, slot);
        }
        touch(slot);
    } else if (match.displaced) {
        std::erase_if(displaced_, [&](const Displaced& other) { return other.slot == slot; });
        now().threads[slot].life = before->life;
        std::erase(freed_, slot);
    } else {
        slots_.erase(tsa::key_of(now().threads[slot]), slot);
        touch(slot);
    }
    row_round_[slot] = round_;
    if (is_exited(row)) {
        add_exited(row, span, slot, before);
    } else {
        add_living(row, span, slot, before);
    }
    return true;
}

/// The label of its open wait; it stays until the thread's next row.
void PlayerThreads::put_label(const RestoredRow& row, const Thread& thread) {
    if (!row.has_label && row.wait_label.empty()) {
        labels_.erase(tsa::key_of(thread));
    } else if (labels_.size() < kMaxPlayedLabels) {
        WaitLabel& label = labels_.put(thread);
        label.set_text(row.wait_label);
        label.delays = row.label_delays;
    }
}

void PlayerThreads::add_living(const RestoredRow& row, const Span& span, std::uint32_t slot, Thread* before) {
    ++living_rows_;
    const ThreadKey key = key_of(row);
    if (row.tid_before || before == nullptr) {
        // The thread that had the key until now no longer has it, and is dead: its own row may come yet.
        std::uint32_t loser = kNone;
        slots_.for_each(key.tid, [&](const ThreadKey& other, std::uint32_t held) {
            const bool lived = samples_[1 - at_].threads[held].state != ThreadState::zombie;
            loser = other == key && row_round_[held] != round_ && lived ? held : loser;
        });
        if (loser != kNone) {
            remove(loser);
            if (displaced_.size() < kMaxDisplaced) {
                displaced_.push_back({key, loser});
            }
        }
    }
    slots_.insert(key, slot);
    Thread& thread = now().threads[slot];
    fill(row, span, before, thread);
    put_label(row, thread);
    last_row_ns_[slot] = interval_.now_ns;
    if (before == nullptr || !says_nothing(row, *before, thread, interval_.interval_ns)) {
        now().versions[slot] = ++versions_;
    }
}

void PlayerThreads::add_exited(const RestoredRow& row, const Span& span, std::uint32_t slot, Thread* before) {
    ExitedThread& exited = now().exited.emplace_back();
    exited.index = slot;
    exited.exit_ns = span.end_ns;
    exited.thread.life = now().threads[slot].life;
    fill(row, span, before, exited.thread);
    displace(slot);
}

void PlayerThreads::end(std::optional<std::uint64_t> living) {
    const auto remove_silent = [&](std::uint32_t slot) {
        if (last_row_ns_[slot] != kGone && row_round_[slot] != round_) {
            remove(slot);
        }
    };
    // A TID has a new thread: the one before must be dead, though no row reported its end.
    for (const std::uint32_t slot : reused_) {
        if (last_row_ns_[slot] != kGone && before().threads[slot].state != ThreadState::zombie) {
            remove_silent(slot);
        }
    }
    const bool all_have_rows = living && *living == living_rows_;
    for (std::uint32_t slot = 0; slot < last_row_ns_.size(); ++slot) {
        if (last_row_ns_[slot] != kGone &&
            (all_have_rows || last_row_ns_[slot] + setting_.silence_ns < interval_.now_ns)) {
            remove_silent(slot);
        }
    }
}

}  // namespace tsa
