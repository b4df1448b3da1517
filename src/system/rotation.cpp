// SPDX-License-Identifier: MIT
// See rotation.h.
#include "system/rotation.h"

#include <algorithm>
#include <utility>

namespace tsa {

void Rotation::add(std::unique_ptr<SlowSource> source, std::uint64_t period_ns, std::vector<std::string> directories) {
    source->discover();
    for (std::string& directory : directories) {
        watches_.push_back({WatchedDirectory(std::move(directory)), entries_.size()});
    }
    entries_.push_back({std::move(source), period_ns});
}

void Rotation::read_all(const Instant& now, TextBuffer& buffer) {
    notice_suspend(now);
    looked_at_ns_ = now.monotonic_ns;
    for (Entry& entry : entries_) {
        for (std::size_t step = 0; step < entry.source->steps(); ++step) {
            entry.source->step(step, now.monotonic_ns, buffer);
        }
        entry.due_ns = now.monotonic_ns + entry.period_ns;
        entry.next_step = 0;
    }
}

void Rotation::run(const Instant& now, std::uint64_t limit, TextBuffer& buffer) {
    notice_suspend(now);
    // Each source has at most one turn per refresh.
    for (std::size_t turns = 0; turns < entries_.size() && buffer.calls < limit; ++turns) {
        if (!take_turn(entries_[next_entry_], now.monotonic_ns, limit, buffer)) {
            return;
        }
        next_entry_ = (next_entry_ + 1) % entries_.size();
    }
}

// False: the refresh's budget was used up before the turn ended.
bool Rotation::take_turn(Entry& entry, std::uint64_t now_ns, std::uint64_t limit, TextBuffer& buffer) {
    const std::size_t steps = entry.source->steps();
    if (entry.next_step == 0) {
        if (steps == 0 || now_ns < entry.due_ns) {
            return true;
        }
        entry.due_ns = now_ns + entry.period_ns;
    }
    for (std::size_t taken = 0; taken < kStepsPerTurn && entry.next_step < steps; ++taken) {
        if (buffer.calls >= limit) {
            return false;
        }
        entry.source->step(entry.next_step++, now_ns, buffer);
    }
    if (entry.next_step >= steps) {
        entry.next_step = 0;
    }
    return true;
}

void Rotation::publish(SystemSample& out) const {
    for (const Entry& entry : entries_) {
        entry.source->publish(out);
    }
}

void Rotation::notice_suspend(const Instant& now) {
    constexpr std::uint64_t kNoticeableNs = 100'000'000;
    const std::uint64_t suspended_ns = now.boottime_ns - std::min(now.boottime_ns, now.monotonic_ns);
    if (ran_ && suspended_ns > suspended_ns_ + kNoticeableNs) {
        for (Entry& entry : entries_) {
            entry.source->resumed();
        }
    }
    suspended_ns_ = suspended_ns;
    ran_ = true;
}

bool Rotation::look(std::uint64_t now_ns, TextBuffer& buffer) {
    // Spread evenly, so that each is checked once in the given time.
    if (watches_.empty() || now_ns < looked_at_ns_ + look_again_after_ns_ / watches_.size()) {
        return false;
    }
    looked_at_ns_ = now_ns;
    Watch& watch = watches_[next_watch_];
    next_watch_ = (next_watch_ + 1) % watches_.size();
    if (watch.directory.changed(buffer.calls)) {
        Entry& entry = entries_[watch.entry];
        entry.source->discover();
        entry.next_step = 0;
        entry.due_ns = now_ns;
    }
    return true;
}

}  // namespace tsa
