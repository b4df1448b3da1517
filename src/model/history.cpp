// SPDX-License-Identifier: MIT
// See history.h.
#include "model/history.h"

#include <algorithm>

namespace tsa {
namespace {

template <class Add>
void each_slot(const StateHistory& history, std::uint64_t from_ns, std::uint64_t to_ns, const Add& add) {
    for (std::uint64_t number = (from_ns + kHistorySlotNs - 1) / kHistorySlotNs; number * kHistorySlotNs < to_ns;
         ++number) {
        const StateHistory::Slot& slot = history.slots[number % kHistorySlots];
        if (slot.number == number) {
            add(slot);
        }
    }
}

}  // namespace

void StateHistory::add(const PerState<std::uint64_t>& state_ns, const PerPart<std::uint64_t>& part_ns,
                       std::uint64_t begin_ns, std::uint64_t end_ns) {
    if (begin_ns >= end_ns) {
        return;
    }
    const std::uint64_t last = (end_ns - 1) / kHistorySlotNs;
    const std::uint64_t oldest = last >= kHistorySlots ? last - kHistorySlots + 1 : 0;
    for (std::uint64_t number = std::max(begin_ns / kHistorySlotNs, oldest); number <= last; ++number) {
        Slot& slot = slots[number % kHistorySlots];
        if (slot.number != number) {
            slot = {static_cast<std::uint32_t>(number), {}, 0};
        }
        const std::uint64_t from_ns = std::max(begin_ns, number * kHistorySlotNs);
        const std::uint64_t to_ns = std::min(end_ns, (number + 1) * kHistorySlotNs);
        const double part = static_cast<double>(to_ns - from_ns) / static_cast<double>(end_ns - begin_ns);
        for (std::size_t state = 0; state < kStateCount; ++state) {
            slot.ns[state] += static_cast<float>(static_cast<double>(state_ns[state]) * part);
        }
        for (const PartInfo& entry : kParts) {
            slot.part_ns[entry.part] += static_cast<float>(static_cast<double>(part_ns[entry.part]) * part);
        }
    }
}

PerState<double> StateHistory::between(std::uint64_t from_ns, std::uint64_t to_ns) const {
    PerState<double> sum{};
    each_slot(*this, from_ns, to_ns, [&](const Slot& slot) {
        for (std::size_t state = 0; state < kStateCount; ++state) {
            sum[state] += static_cast<double>(slot.ns[state]);
        }
    });
    return sum;
}

double StateHistory::part_between(Part part, std::uint64_t from_ns, std::uint64_t to_ns) const {
    double sum = 0;
    each_slot(*this, from_ns, to_ns, [&](const Slot& slot) { sum += static_cast<double>(slot.part_ns[part]); });
    return sum;
}

void History::watch(const ThreadKey& key) {
    const auto found =
        std::find_if(watched_.begin(), watched_.end(), [&](const WatchedThread& thread) { return thread.key == key; });
    if (found != watched_.end()) {
        watched_.splice(watched_.begin(), watched_, found);
        return;
    }
    if (watched_.size() == kMaxWatched) {
        watched_.splice(watched_.begin(), watched_, std::prev(watched_.end()));
        watched_.front() = WatchedThread{};
    } else {
        watched_.emplace_front();
    }
    watched_.front().key = key;
    filter_.reset();
    for (const WatchedThread& thread : watched_) {
        filter_.set(thread.key.tid % kFilterBits);
    }
}

void History::take(WatchedThread& watched, const ThreadRow& row, const Report& report) {
    watched.seen = true;
    watched.missing = false;
    watched.last = *row.now;
    watched.wall_ns = row.wall_ns;
    watched.state_ns = row.state_ns;
    watched.part_ns = row.part_ns;
    for (const StateInfo& state : state_table()) {
        watched.entries[index(state.state)] = row.entries(state.state);
    }
    watched.now_ns = report.now_ns;
    watched.exit_time_unix_ns = row.exit_time_unix_ns;
    watched.ended = row.exit_time_unix_ns != 0;
    // An exited thread's interval ended before the report did; the two clocks' difference places it.
    std::uint64_t end_ns = report.now_ns;
    if (watched.ended && report.time_unix_ns > row.exit_time_unix_ns) {
        end_ns -= std::min(end_ns, report.time_unix_ns - row.exit_time_unix_ns);
    }
    watched.until_ns = end_ns;
    watched.add(row.state_ns, row.part_ns, end_ns - std::min(row.wall_ns, end_ns), end_ns);
}

void History::take_rows(const Report& report, const ThreadKey* only) {
    for (const std::vector<ThreadRow>* rows : {&report.threads, &report.exited}) {
        for (const ThreadRow& row : *rows) {
            if (!filter_.test(row.now->tid % kFilterBits)) {
                continue;
            }
            const ThreadKey key = key_of(*row.now);
            for (WatchedThread& watched : watched_) {
                if (watched.key == key && (only == nullptr || *only == key)) {
                    take(watched, row, report);
                }
            }
        }
    }
}

void History::add(const Report& report) {
    if (watched_.empty()) {
        return;
    }
    take_rows(report, nullptr);
    for (WatchedThread& watched : watched_) {
        watched.missing = watched.seen && !watched.ended && watched.now_ns != report.now_ns;
    }
}

void History::add(const Report& report, const ThreadKey& only) {
    if (const WatchedThread* watched = find(only); watched != nullptr && watched->now_ns != report.now_ns) {
        take_rows(report, &only);
    }
}

StateHistory* History::past_of(const ThreadKey& key) {
    const auto found = std::ranges::find(watched_, key, &WatchedThread::key);
    return found != watched_.end() ? &*found : nullptr;
}

const WatchedThread* History::find(const ThreadKey& key) const {
    for (const WatchedThread& watched : watched_) {
        if (watched.key == key) {
            return &watched;
        }
    }
    return nullptr;
}

}  // namespace tsa
