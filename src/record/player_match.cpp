// SPDX-License-Identifier: MIT
// Whose row it is, and which time it covers: the part of PlayerThreads (see player_threads.h) that distinguishes
// threads with one name by where their rows end and begin.
#include <algorithm>

#include "base/saturating.h"
#include "model/sample.h"
#include "record/played_row.h"
#include "record/player_threads.h"

namespace tsa {

namespace {

/// Threads of one TID at a time, dead ones included.
constexpr std::size_t kMaxOfOneTid = 64;

bool lives(const RestoredRow& row) {
    return !is_exited(row) && row.state != ThreadState::zombie;
}

/// Dead at the start of its row already.
bool was_dead(const RestoredRow& row) {
    return !lives(row) && row.state_ns[index(ThreadState::zombie)] == row.wall_ns;
}

}  // namespace

/// A thread's end is the sample's instant, but for one with an event while the sample was read, and for one that has
/// just died: those have an age of 0, and only the end of their row before, and its length, show where they end.
PlayerThreads::Span PlayerThreads::span_of(const RestoredRow& row, const Thread* before) const {
    Span span;
    const std::uint64_t wall_ns = inside_ns(row);
    const std::uint64_t now_ns = interval_.now_ns;
    if (is_exited(row)) {
        // Wraps if the end is before the sample, and back again.
        span.end_ns = row.exit_time_unix_ns - interval_.time_unix_ns + now_ns;
    } else if (row.state_age_ns != 0) {
        span.end_ns = now_ns;
    } else {
        // If the start is unknown, this is the earliest possible end, so that later rows fit.
        const std::uint64_t begin_ns = samples_[1 - at_].now_ns;
        const std::uint64_t from_ns = before != nullptr ? closed_at_ns(*before, begin_ns) : wall_ns != 0 ? begin_ns : 0;
        const bool dead = row.state == ThreadState::zombie;
        const std::uint64_t earliest = dead ? saturating_sub(now_ns, kZombieFromNs - 1) : now_ns;
        const std::uint64_t latest = before == nullptr ? now_ns : now_ns + interval_.interval_ns;
        span.end_ns = std::clamp(from_ns + wall_ns, earliest, latest);
    }
    span.begin_ns = span.end_ns - std::min(wall_ns, span.end_ns);
    return span;
}

bool PlayerThreads::is_born_inside(const RestoredRow& row, const Span& span) const {
    if (row.quiet_ns != 0 || row.tid_before) {
        return false;
    }
    const std::uint64_t begin_ns = samples_[1 - at_].now_ns;
    const std::uint64_t late_ns = std::min(kReadingNs, interval_.interval_ns / 16);
    // Where one that has just died ends is a guess then.
    const bool just_dead = row.state == ThreadState::zombie && row.state_age_ns == 0;
    return span.begin_ns > begin_ns + late_ns || (just_dead && !first_ && inside_ns(row) < interval_.interval_ns);
}

/// How well a row goes on where that thread's row before ended. Negative: it is another thread's.
int PlayerThreads::fit(const RestoredRow& row, std::uint32_t slot) const {
    const Sample& past = samples_[1 - at_];
    const Thread& was = past.threads[slot];
    const Span span = span_of(row, &was);
    const bool tiles = span.begin_ns == closed_at_ns(was, past.now_ns);
    const bool as_dead = (was.state == ThreadState::zombie) == was_dead(row);
    // A reading of /proc may take many milliseconds, so that the end of a first row is not known well.
    const bool other = !setting_.one_thread_per_name && !tiles && is_born_inside(row, span);
    return other ? -1 : (tiles ? 2 : 0) + (as_dead ? 1 : 0);
}

/// Whose row it is: the thread with that key, or, after an exec, with the TID that it had. Two may have the same key:
/// then the one whose row before ends where this one begins.
PlayerThreads::Match PlayerThreads::match(const RestoredRow& row) {
    const ThreadKey key = key_of(row);
    const auto tid_before = row.tid_before;
    Match best;
    int best_fit = -1;
    for (const Displaced& other : displaced_) {
        const int fits = !tid_before && other.key == key ? fit(row, other.slot) : -1;
        if (fits > best_fit) {
            best_fit = fits;
            best = {other.slot, true, false};
        }
    }
    std::size_t seen = 0;
    const auto tid = static_cast<std::uint32_t>(tid_before.value_or(key.tid));
    slots_.for_each(tid, [&](const ThreadKey& other, std::uint32_t slot) {
        ++seen;
        if (!tid_before && other.start_time_ns != key.start_time_ns) {
            reused_.push_back(slot);
            return;
        }
        if (row_round_[slot] == round_) {
            // A thread and its dead leader may have the same name, but no two that live.
            best.refused |= !tid_before && lives(row) && now().threads[slot].state != ThreadState::zombie;
            return;
        }
        const int fits = fit(row, slot);
        if (fits > best_fit) {
            best_fit = fits;
            best = {slot, false, best.refused};
        }
    });
    best.refused = (best.refused && best.slot == kNone && !is_born_inside(row, span_of(row, nullptr))) ||
                   seen > kMaxOfOneTid || (best.slot == kNone && slots_.size() >= kMaxPlayedThreads);
    return best;
}

}  // namespace tsa
