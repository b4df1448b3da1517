// SPDX-License-Identifier: MIT
// See recent_states.h.
#include "model/recent_states.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>

namespace tsa {
namespace {

constexpr std::uint64_t kWhole = 255;

/// In microseconds, which wrap after 73 minutes: enough to distinguish two threads with one TID within two minutes.
std::uint32_t start_mark(std::uint64_t start_time_ns) {
    return static_cast<std::uint32_t>(start_time_ns >> 10U);
}

std::uint64_t thread_mark(std::uint32_t tid, std::uint32_t start) {
    return std::uint64_t{tid} << 32U | start;
}

/// What is there is at least one unit.
std::uint8_t share_of(std::uint64_t ns, std::uint64_t whole_ns) {
    if (ns == 0 || whole_ns == 0) {
        return 0;
    }
    const double share = static_cast<double>(kWhole) * static_cast<double>(ns) / static_cast<double>(whole_ns);
    return static_cast<std::uint8_t>(std::clamp(share + 0.5, 1.0, static_cast<double>(kWhole)));
}

bool is_worth_an_entry(const ThreadRow& row) {
    return row.wall_ns > 0 && (!row.quiet || info(row.now->state).is_delay);
}

/// `what` gets each column that an interval touches, and which part of the interval is in it. The last column is the
/// one with number `newest`.
template <class What>
void each_column(std::uint64_t begin_ns, std::uint64_t end_ns, std::uint64_t newest, const What& what) {
    const std::uint64_t first = newest + 1 - std::min<std::uint64_t>(kPastColumns, newest + 1);
    for (std::uint64_t number = std::max(begin_ns / kPastColumnNs, first); number <= newest; ++number) {
        const std::uint64_t from_ns = std::max(begin_ns, number * kPastColumnNs);
        const std::uint64_t to_ns = std::min(end_ns, (number + 1) * kPastColumnNs);
        if (from_ns >= to_ns) {
            return;
        }
        what(static_cast<std::size_t>(number + kPastColumns - 1 - newest),
             static_cast<double>(to_ns - from_ns) / static_cast<double>(end_ns - begin_ns));
    }
}

template <class T>
void put(std::vector<std::uint8_t>& data, const T& value) {
    const std::size_t at = data.size();
    data.resize(at + sizeof value);
    std::memcpy(data.data() + at, &value, sizeof value);
}

template <class T>
T take(const std::uint8_t*& at) {
    T value;
    std::memcpy(&value, at, sizeof value);
    at += sizeof value;
    return value;
}

}  // namespace

/// Times of one or more threads in an interval.
struct RecentStates::Times {
    PerState<std::uint64_t> state_ns{};
    PerPart<std::uint64_t> part_ns{};

    void add(const Share& share, std::uint64_t interval_ns) {
        const std::uint64_t ns = share.share * interval_ns / kWhole;
        if (share.of < kStateCount) {
            state_ns[share.of] += ns;
        } else {
            part_ns.values[share.of - kStateCount] += ns;
        }
    }
};

/// Adds up chosen threads, interval by interval, with what they did while nothing happened to them.
class RecentStates::Walk {
  public:
    /// A thread of the report. `state`: of a thread that no interval has.
    void expect(const ThreadRow& row) {
        Followed& thread = threads_[thread_mark(row.now->tid, start_mark(row.now->start_time_ns))];
        thread.state = static_cast<std::uint8_t>(index(row.now->state));
        thread.from_ns = row.now->first_seen_ns;
    }

    template <class Wanted>
    void look_at(const Interval& interval, const Wanted& wanted) {
        each(interval, [&](const Head& head, const std::uint8_t*) {
            if (!wanted(head)) {
                return;
            }
            const auto [place, is_new] = threads_.try_emplace(thread_mark(head.tid, head.start));
            Followed& thread = place->second;
            if (is_new) {
                thread.from_ns = interval.begin_ns;  // it ended since: that it was there earlier is not known
            }
            if (!thread.has_first) {
                thread.has_first = true;
                thread.state = head.first_state;
            }
        });
    }

    void add(const Interval& interval, StateHistory& history) {
        const std::uint64_t interval_ns = interval.end_ns - interval.begin_ns;
        Times whole;
        each(interval, [&](const Head& head, const std::uint8_t* shares) {
            const auto found = threads_.find(thread_mark(head.tid, head.start));
            if (found == threads_.end()) {
                return;
            }
            found->second.state = head.last_state;
            found->second.seen_ns = interval.end_ns;
            found->second.has_ended = head.end < kWhole;
            if (head.begin == 0 && head.end == kWhole) {
                add_shares(head, shares, interval_ns, whole);
                return;
            }
            Times part;
            add_shares(head, shares, interval_ns, part);
            history.add(part.state_ns, part.part_ns, interval.begin_ns + head.begin * interval_ns / kWhole,
                        interval.begin_ns + head.end * interval_ns / kWhole);
        });
        for (auto& [mark, thread] : threads_) {
            if (thread.seen_ns != interval.end_ns && !thread.has_ended && thread.from_ns <= interval.begin_ns) {
                whole.state_ns[thread.state] += interval_ns;
            }
        }
        history.add(whole.state_ns, whole.part_ns, interval.begin_ns, interval.end_ns);
    }

    /// `what` gets each thread of an interval, and where its shares are.
    template <class What>
    static void each(const Interval& interval, const What& what) {
        const std::uint8_t* at = interval.data.data();
        const std::uint8_t* const end = at + interval.data.size();
        while (at != end) {
            const auto head = take<Head>(at);
            what(head, at);
            at += head.shares * sizeof(Share);
        }
    }

    static void add_shares(const Head& head, const std::uint8_t* at, std::uint64_t interval_ns, Times& times) {
        for (std::uint8_t share = 0; share < head.shares; ++share) {
            times.add(take<Share>(at), interval_ns);
        }
    }

  private:
    struct Followed {
        std::uint64_t from_ns = 0;  ///< it was there from then on
        std::uint64_t seen_ns = 0;  ///< end of the last interval that has it
        std::uint8_t state = 0;     ///< while nothing happens to it
        bool has_first = false, has_ended = false;
    };
    std::unordered_map<std::uint64_t, Followed> threads_;
};

void RecentStates::append(std::vector<std::uint8_t>& data, const ThreadRow& row, const Report& report) {
    Head head;
    head.tid = row.now->tid;
    head.tgid = row.now->tgid;
    head.start = start_mark(row.now->start_time_ns);
    head.last_state = static_cast<std::uint8_t>(index(row.now->state));
    head.first_state = row.before != nullptr ? static_cast<std::uint8_t>(index(row.before->state)) : head.last_state;
    const std::uint8_t lived = share_of(row.wall_ns, report.interval_ns);
    if (row.exit_time_unix_ns != 0) {
        const std::uint64_t left_ns = report.time_unix_ns - std::min(row.exit_time_unix_ns, report.time_unix_ns);
        // Never the whole interval: that it ended must be seen.
        head.end = static_cast<std::uint8_t>(
            kWhole - std::max<std::uint64_t>(1, share_of(std::min(left_ns, report.interval_ns), report.interval_ns)));
        head.begin = static_cast<std::uint8_t>(head.end - std::min(lived, head.end));
    } else {
        head.begin = static_cast<std::uint8_t>(kWhole - lived);
    }
    const std::size_t at = data.size();
    put(data, head);
    const auto add = [&](std::size_t of, std::uint64_t ns) {
        if (const std::uint8_t share = share_of(ns, report.interval_ns); share > 0) {
            put(data, Share{static_cast<std::uint8_t>(of), share});
            ++head.shares;
        }
    };
    for (std::size_t state = 0; state < kStateCount; ++state) {
        add(state, row.state_ns[state]);
    }
    for (std::size_t part = 0; part < kPartCount; ++part) {
        add(kStateCount + part, row.part_ns.values[part]);
    }
    std::memcpy(data.data() + at, &head, sizeof head);
}

void RecentStates::drop_oldest() {
    bytes_ -= sizeof(Interval) + frames_.front().data.capacity();
    frames_.pop_front();
}

void RecentStates::add(const Report& report) {
    if (report.interval_ns == 0 || (!frames_.empty() && report.now_ns <= frames_.back().end_ns)) {
        return;
    }
    Interval next;
    while (!frames_.empty() && frames_.front().end_ns + kRecentNs <= report.now_ns) {
        next.data.swap(frames_.front().data);
        bytes_ -= sizeof(Interval) + next.data.capacity();
        frames_.pop_front();
    }
    next.data.clear();
    next.begin_ns = report.now_ns - std::min(report.interval_ns, report.now_ns);
    next.end_ns = report.now_ns;
    for (const std::vector<ThreadRow>* rows : {&report.threads, &report.exited}) {
        for (const ThreadRow& row : *rows) {
            if (is_worth_an_entry(row)) {
                append(next.data, row, report);
            }
        }
    }
    if (next.data.capacity() > 2 * next.data.size()) {
        next.data.shrink_to_fit();
    }
    bytes_ += sizeof(Interval) + next.data.capacity();
    frames_.push_back(std::move(next));
    while (bytes_ > kRecentBytes && !frames_.empty()) {
        drop_oldest();
    }
}

void RecentStates::fill(StateHistory& history, const ThreadRow& row, std::uint64_t before_ns) const {
    Walk walk;
    walk.expect(row);
    const std::uint32_t start = start_mark(row.now->start_time_ns);
    for (const Interval& interval : frames_) {
        walk.look_at(interval, [&](const Head& head) { return head.tid == row.now->tid && head.start == start; });
    }
    for (const Interval& interval : frames_) {
        if (interval.end_ns <= before_ns) {
            walk.add(interval, history);
        }
    }
}

void RecentStates::fill(StateHistory& history, std::uint32_t tgid, const Report& report,
                        std::uint64_t before_ns) const {
    Walk walk;
    for (const ThreadRow& row : report.threads) {
        if (row.now->tgid == tgid) {
            walk.expect(row);
        }
    }
    for (const Interval& interval : frames_) {
        walk.look_at(interval, [&](const Head& head) { return head.tgid == tgid; });
    }
    for (const Interval& interval : frames_) {
        if (interval.end_ns <= before_ns) {
            walk.add(interval, history);
        }
    }
}

std::vector<Past> RecentStates::past_of(std::span<const PastRow> rows, std::uint64_t now_ns) const {
    std::vector<Past> out(rows.size());
    std::unordered_map<std::uint64_t, std::size_t> threads;
    std::unordered_map<std::uint32_t, std::size_t> processes;
    for (std::size_t at = 0; at < rows.size(); ++at) {
        if (const std::optional<ThreadKey>& thread = rows[at].thread) {
            threads.emplace(thread_mark(thread->tid, start_mark(thread->start_time_ns)), at);
        } else {
            processes.emplace(rows[at].tgid, at);
        }
    }
    const std::uint64_t newest = (std::max<std::uint64_t>(now_ns, 1) - 1) / kPastColumnNs;
    const auto add = [&](const Interval& interval, const Head& head, const std::uint8_t* shares, Past& past) {
        Times times;
        Walk::add_shares(head, shares, interval.end_ns - interval.begin_ns, times);
        each_column(interval.begin_ns, interval.end_ns, newest, [&](std::size_t column, double part) {
            for (const StateInfo& state : state_table()) {
                const std::size_t of = index(state.state);
                if (state.is_delay || state.state == ThreadState::exec) {
                    past[column][of] += static_cast<float>(static_cast<double>(times.state_ns[of]) * part);
                }
            }
        });
    };
    for (const Interval& interval : frames_) {
        Walk::each(interval, [&](const Head& head, const std::uint8_t* shares) {
            if (const auto thread = threads.find(thread_mark(head.tid, head.start)); thread != threads.end()) {
                add(interval, head, shares, out[thread->second]);
            }
            if (const auto process = processes.find(head.tgid); process != processes.end()) {
                add(interval, head, shares, out[process->second]);
            }
        });
    }
    return out;
}

std::optional<std::uint64_t> RecentStates::oldest_ns() const {
    return frames_.empty() ? std::nullopt : std::optional(frames_.front().begin_ns);
}

}  // namespace tsa
