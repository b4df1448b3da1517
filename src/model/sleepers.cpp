// SPDX-License-Identifier: MIT
// See sleepers.h.
#include "model/sleepers.h"

#include <algorithm>

namespace tsa {

namespace {

/// The time of the row's process that is of one interval.
void reset_times(ProcessRow& row) {
    row.exited_threads = 0;
    row.wall_ns = 0;
    row.state_ns = {};
    row.part_ns = {};
    row.voluntary_switches = 0;
    row.involuntary_switches = 0;
    row.read_bytes = 0;
    row.write_bytes = 0;
    row.net_rx_bytes = 0;
    row.net_tx_bytes = 0;
}

/// Nothing happened in the interval, and none of it belongs to another interval.
bool slept_through(const Sample& previous, const Sample& current, std::size_t index) {
    const Thread& thread = current.threads[index];
    return is_asleep(thread.state) && index < previous.versions.size() &&
           previous.versions[index] == current.versions[index] && thread.since_ns <= previous.now_ns;
}

}  // namespace

bool Sleepers::follows(const Sample& previous, const Sample& current, const ReportOptions& options,
                       const Report& out) const {
    return report_ == &out && until_ns_ == previous.now_ns && round_ == previous.round && current.round == round_ + 1 &&
           threads_ == previous.threads.data() && threads_before_ == current.threads.data() &&
           kernel_threads_ == options.kernel_threads;
}

void Sleepers::begin(const Sample& previous, const Sample& current, const ReportOptions& options, Report& out) {
    to_look_at_.clear();
    if (follows(previous, current, options, out)) {
        ++number_;
        to_look_at_.swap(awake_);
        to_look_at_.insert(to_look_at_.end(), current.changed.begin(), current.changed.end());
        places_.resize(current.threads.size());
        for (const std::uint32_t tgid : touched_) {
            const std::uint32_t process = process_of_.find(tgid)->index;
            if (out.processes[process].threads == 0) {
                remove(process, out);
            } else {
                reset_times(out.processes[process]);
                point(process, current, out);
            }
        }
    } else {
        number_ = 1;
        places_.assign(current.threads.size(), {});
        kept_.clear();
        process_of_.clear();
        out.processes.clear();
        asleep_ = {};
        listed_asleep_ = {};
        listed_threads_ = 0;
        awake_.clear();
        for (std::uint32_t i = 0; i < current.threads.size(); ++i) {
            to_look_at_.push_back(i);
        }
    }
    touched_.clear();
    searches_ = false;
    report_ = &out;
    until_ns_ = current.now_ns;
    round_ = current.round;
    threads_ = current.threads.data();
    threads_before_ = previous.threads.data();
    kernel_threads_ = options.kernel_threads;
}

/// Leader and newest values, of the threads of the current sample.
void Sleepers::point(std::uint32_t process, const Sample& current, Report& out) const {
    ProcessRow& row = out.processes[process];
    const Kept& kept = kept_[process];
    row.leader = kept.leader != kNone ? &current.threads[kept.leader] : nullptr;
    row.newest = kept.newest != kNone ? &current.threads[kept.newest] : nullptr;
    row.rss_bytes = row.newest != nullptr ? row.newest->rss_bytes : 0;
    row.rss_at_ns = row.newest != nullptr ? row.newest->rss_at_ns : 0;
}

std::uint32_t Sleepers::touch(std::uint32_t tgid, const Sample& current, Report& out) {
    const auto [place, is_new] = process_of_.insert(tgid);
    if (is_new) {
        place.index = static_cast<std::uint32_t>(out.processes.size());
        out.processes.emplace_back().tgid = tgid;
        kept_.emplace_back();
    }
    const std::uint32_t process = place.index;
    if (kept_[process].touched != number_) {
        kept_[process].touched = number_;
        touched_.push_back(tgid);
        point(process, current, out);
    }
    return process;
}

void Sleepers::join(std::uint32_t process, std::size_t index, const Sample& current, Report& out) {
    const Thread& thread = current.threads[index];
    Kept& kept = kept_[process];
    const auto place = static_cast<std::uint32_t>(index);
    if (kept.leader == kNone || thread.tid == thread.tgid) {
        kept.leader = place;
    }
    if (kept.newest == kNone || thread.rss_at_ns >= current.threads[kept.newest].rss_at_ns) {
        kept.newest = place;
    }
    point(process, current, out);
}

void Sleepers::leave(Place& place, std::size_t index, const Sample& current, Report& out) {
    const std::uint32_t process = touch(place.tgid, current, out);
    Kept& kept = kept_[process];
    out.processes[process].threads -= 1;
    listed_threads_ -= 1;
    if (out.processes[process].threads == 0) {
        kept.leader = kNone;
        kept.newest = kNone;
        point(process, current, out);
    } else if (kept.leader == index || kept.newest == index) {
        kept.search = true;
        searches_ = true;
    }
    place.listed = false;
}

bool Sleepers::look(const Sample& previous, const Sample& current, std::size_t index, const ReportOptions& options,
                    Report& out) {
    Place& place = places_[index];
    if (place.looked == number_) {
        return false;
    }
    place.looked = number_;
    const Thread& thread = current.threads[index];
    if (place.asleep) {
        asleep_[tsa::index(place.state)] -= 1;
        listed_asleep_[tsa::index(place.state)] -= place.listed ? 1 : 0;
        place.asleep = false;
    }
    const bool is_listed = thread.life != 0 && (options.kernel_threads || !thread.kernel);
    if (place.listed && (!is_listed || place.life != thread.life || place.tgid != thread.tgid)) {
        leave(place, index, current, out);
    }
    const bool joins = is_listed && !place.listed;
    place.life = thread.life;
    place.tid = thread.tid;
    place.tgid = thread.tgid;
    place.state = thread.state;
    place.listed = is_listed;
    if (thread.life == 0) {
        return false;
    }
    place.asleep = slept_through(previous, current, index);
    if (is_listed && (joins || !place.asleep)) {
        const std::uint32_t process = touch(thread.tgid, current, out);
        out.processes[process].threads += joins ? 1 : 0;
        listed_threads_ += joins ? 1 : 0;
        join(process, index, current, out);
    }
    if (place.asleep) {
        asleep_[tsa::index(place.state)] += 1;
        listed_asleep_[tsa::index(place.state)] += place.listed ? 1 : 0;
        return false;
    }
    awake_.push_back(static_cast<std::uint32_t>(index));
    return true;
}

/// One pass for all of them.
void Sleepers::search_threads(const Sample& current, Report& out) {
    if (!searches_) {
        return;
    }
    const auto searched = [this](std::uint32_t tgid) -> std::uint32_t {
        const auto* found = process_of_.find(tgid);
        return found != nullptr && kept_[found->index].search ? found->index : kNone;
    };
    for (const std::uint32_t tgid : touched_) {
        if (const std::uint32_t process = searched(tgid); process != kNone) {
            kept_[process].leader = kNone;
            kept_[process].newest = kNone;
        }
    }
    for (std::size_t i = 0; i < places_.size(); ++i) {
        if (!places_[i].listed) {
            continue;
        }
        if (const std::uint32_t process = searched(places_[i].tgid); process != kNone) {
            join(process, i, current, out);
        }
    }
    for (const std::uint32_t tgid : touched_) {
        kept_[process_of_.find(tgid)->index].search = false;
    }
}

/// The last process takes its index. Returns the index that it had.
std::uint32_t Sleepers::remove(std::uint32_t process, Report& out) {
    process_of_.erase(process_of_.find(out.processes[process].tgid));
    const auto last = static_cast<std::uint32_t>(out.processes.size() - 1);
    if (process != last) {
        out.processes[process] = out.processes[last];
        kept_[process] = kept_[last];
        process_of_.find(out.processes[process].tgid)->index = process;
    }
    out.processes.pop_back();
    kept_.pop_back();
    return last;
}

void Sleepers::end(Report& out) {
    // Without a thread and without a final record of one.
    const auto is_empty = [&](std::uint32_t tgid) {
        const ProcessRow& row = out.processes[process_of_.find(tgid)->index];
        return row.threads == 0 && row.exited_threads == 0;
    };
    std::erase_if(touched_, [&](std::uint32_t tgid) {
        const bool empty = is_empty(tgid);
        if (empty) {
            const std::uint32_t process = process_of_.find(tgid)->index;
            const std::uint32_t moved = remove(process, out);
            for (std::vector<ThreadRow>* rows : {&out.threads, &out.exited}) {
                for (ThreadRow& row : *rows) {
                    row.process = row.process == moved ? process : row.process;
                }
            }
        }
        return empty;
    });
    for (std::size_t state = 0; state < kStateCount; ++state) {
        out.total_ns[state] += asleep_[state] * out.interval_ns;
        out.listed_ns[state] += listed_asleep_[state] * out.interval_ns;
    }
    out.listed_threads = listed_threads_;
}

}  // namespace tsa
