// See player_threads.h.
#include "record/player_threads.h"

#include <algorithm>

#include "base/grown.h"

namespace tsa {

namespace {

constexpr std::uint64_t kGone = UINT64_MAX;
/// Threads of one TID at a time, dead ones included.
constexpr std::size_t kMaxOfOneTid = 64;
/// Leaders per interval whose name another thread has taken, and whose end may yet be told.
constexpr std::size_t kMaxDisplaced = 1024;

ThreadKey key_of(const ThreadCells& row) {
    return {static_cast<std::uint32_t>(row[ThreadCell::tid]), row[ThreadCell::start_time_ns]};
}

bool is_exited(const ThreadCells& row) {
    return row[ThreadCell::exit_time_unix_ns] != 0;
}

/// What stands where no column says it: the state that has most of the row's time.
ThreadState state_of(const ThreadCells& row) {
    const auto* largest = std::ranges::max_element(row.state_ns);
    return row.state.value_or(static_cast<ThreadState>(largest - row.state_ns.begin()));
}

/// Time of the row that fell into the interval itself.
std::uint64_t inside_ns(const ThreadCells& row) {
    return row[ThreadCell::wall_ns] - row[ThreadCell::quiet_ns];
}

/// The row's times without what lies before its interval, which was spent in the state that the thread was in then.
PerState<std::uint64_t> times_inside(const ThreadCells& row, const Thread* before) {
    PerState<std::uint64_t> state_ns = row.state_ns;
    const std::uint64_t quiet_ns = row[ThreadCell::quiet_ns];
    std::size_t state = before != nullptr ? index(before->state) : 0;
    if (state_ns[state] < quiet_ns) {
        state = static_cast<std::size_t>(std::ranges::max_element(state_ns) - state_ns.begin());
    }
    state_ns[state] -= std::min(quiet_ns, state_ns[state]);
    return state_ns;
}

bool lives(const ThreadCells& row) {
    return !is_exited(row) && row.state != ThreadState::zombie;
}

/// Dead at the begin of its row already.
bool was_dead(const ThreadCells& row) {
    return !lives(row) && row.state_ns[index(ThreadState::zombie)] == row[ThreadCell::wall_ns];
}

Measured measured_of(const ThreadCells& row, bool io_is_measured) {
    Measured measured = 0;
    const auto set = [&](Measured bit, bool is) { measured = static_cast<Measured>(measured | (is ? bit : 0)); };
    set(row.states_present, true);
    set(kMeasuredSwitches, row.has(ThreadCell::voluntary_switches));
    set(kMeasuredPreempted, row.has(ThreadCell::cpu_wait_preempted_ns));
    set(kMeasuredFaults, row.has(ThreadCell::minor_faults));
    set(kMeasuredAge, is_exited(row) || row.has(ThreadCell::state_age_ns));
    set(kMeasuredIo, io_is_measured || row.has(ThreadCell::read_bytes) || row.has(ThreadCell::write_bytes));
    return measured;
}

/// Whether the cpu_wait that is open began by losing the CPU: then all of it is in the preempted time. With several
/// such waits in one interval that is a guess.
bool is_preempted(const ThreadCells& row, std::uint64_t age_ns) {
    const std::uint64_t preempted_ns = row[ThreadCell::cpu_wait_preempted_ns];
    if (row.state != ThreadState::cpu_wait || age_ns == 0) {
        return false;
    }
    if (age_ns >= inside_ns(row)) {
        return preempted_ns >= inside_ns(row);
    }
    const std::uint64_t times = row[ThreadCell::involuntary_switches];
    return times == 1 ? preempted_ns == age_ns : times > 1 && preempted_ns >= age_ns;
}

std::uint64_t open_preempted_ns(const Thread& thread, std::uint64_t now_ns) {
    const bool open = thread.state == ThreadState::cpu_wait && thread.preempted;
    return open ? closed_at_ns(thread, now_ns) - thread.since_ns : 0;
}

/// Growth of a storage counter that may be absent at either end.
std::optional<std::uint64_t> counted_on(const Thread* before, std::optional<std::uint64_t> Thread::*counter,
                                        std::optional<std::uint64_t> by) {
    const std::uint64_t had = before != nullptr ? (before->*counter).value_or(0) : 0;
    return by ? std::optional(had + *by) : std::nullopt;
}

/// Nothing happened to the thread: the row says what no row would have said.
bool says_nothing(const ThreadCells& row, const Thread& before, const Thread& thread, std::uint64_t interval_ns) {
    const std::uint64_t wall_ns = row[ThreadCell::wall_ns];
    return thread.state > ThreadState::cpu_wait && thread.state == before.state && inside_ns(row) == interval_ns &&
           row.state_ns[index(thread.state)] == wall_ns && thread.since_ns == before.since_ns &&
           thread.measured == before.measured && thread.since_is_upper_bound == before.since_is_upper_bound &&
           thread.entries == before.entries && thread.preempted_entries == before.preempted_entries &&
           thread.read_bytes == before.read_bytes && thread.write_bytes == before.write_bytes &&
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

/// Takes the thread out of the present, but not its place: a row may yet tell of its end.
void PlayerThreads::displace(std::uint32_t slot) {
    now().threads[slot].life = 0;
    now().versions[slot] = ++versions_;
    last_row_ns_[slot] = kGone;
    touch(slot);
    freed_.push_back(slot);
}

/// A thread's end is the sample's instant, but for one with an event while the sample was read, and for one that has
/// just died: those have an age of 0, and only the end of their row before, and its length, tell where they end.
PlayerThreads::Span PlayerThreads::span_of(const ThreadCells& row, const Thread* before) const {
    Span span;
    const std::uint64_t wall_ns = inside_ns(row);
    const std::uint64_t now_ns = interval_.now_ns;
    if (is_exited(row)) {
        // Wraps where the end lies before the sample, and back again.
        span.end_ns = row[ThreadCell::exit_time_unix_ns] - interval_.time_unix_ns + now_ns;
    } else if (row[ThreadCell::state_age_ns] != 0) {
        span.end_ns = now_ns;
    } else {
        // Where the begin is not known this is the earliest end that can be: its later rows then have room.
        const std::uint64_t begin_ns = samples_[1 - at_].now_ns;
        const std::uint64_t from_ns = before != nullptr ? closed_at_ns(*before, begin_ns) : wall_ns != 0 ? begin_ns : 0;
        const bool dead = row.state == ThreadState::zombie;
        const std::uint64_t earliest = dead ? grown(kZombieFromNs - 1, now_ns) : now_ns;
        const std::uint64_t latest = dead || before == nullptr ? now_ns : now_ns + interval_.interval_ns;
        span.end_ns = std::clamp(from_ns + wall_ns, earliest, latest);
    }
    span.begin_ns = span.end_ns - std::min(wall_ns, span.end_ns);
    return span;
}

bool PlayerThreads::is_born_inside(const ThreadCells& row, const Span& span) const {
    if (row[ThreadCell::quiet_ns] != 0 || row.has(ThreadCell::tid_before)) {
        return false;
    }
    const std::uint64_t begin_ns = samples_[1 - at_].now_ns;
    const std::uint64_t late_ns = std::min(kReadingNs, interval_.interval_ns / 16);
    // Where one that has just died ends is a guess then.
    const bool just_dead = row.state == ThreadState::zombie && row[ThreadCell::state_age_ns] == 0;
    return span.begin_ns > begin_ns + late_ns || (just_dead && !first_ && inside_ns(row) < interval_.interval_ns);
}

/// How well a row goes on where that thread's row before ended. Negative: it is another thread's.
int PlayerThreads::fit(const ThreadCells& row, std::uint32_t slot) const {
    const Sample& past = samples_[1 - at_];
    const Thread& was = past.threads[slot];
    const Span span = span_of(row, &was);
    const bool tiles = span.begin_ns == closed_at_ns(was, past.now_ns);
    const bool as_dead = (was.state == ThreadState::zombie) == was_dead(row);
    return !tiles && is_born_inside(row, span) ? -1 : (tiles ? 2 : 0) + (as_dead ? 1 : 0);
}

/// Whose row it is: the thread with that key, or, after an exec, with the TID that it had. Two may have the same key:
/// then the one whose row before ends where this one begins.
PlayerThreads::Match PlayerThreads::match(const ThreadCells& row) {
    const ThreadKey key = key_of(row);
    const auto tid_before = row.get(ThreadCell::tid_before);
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

bool PlayerThreads::add(const ThreadCells& row) {
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

void PlayerThreads::add_living(const ThreadCells& row, const Span& span, std::uint32_t slot, Thread* before) {
    ++living_rows_;
    const ThreadKey key = key_of(row);
    if (row.has(ThreadCell::tid_before) || before == nullptr) {
        // Whoever had the key until now has lost it, and is dead: its own row may come yet.
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
    last_row_ns_[slot] = interval_.now_ns;
    if (before == nullptr || !says_nothing(row, *before, thread, interval_.interval_ns)) {
        now().versions[slot] = ++versions_;
    }
}

void PlayerThreads::add_exited(const ThreadCells& row, const Span& span, std::uint32_t slot, Thread* before) {
    ExitedThread& exited = now().exited.emplace_back();
    exited.index = slot;
    exited.exit_ns = span.end_ns;
    exited.thread.life = now().threads[slot].life;
    fill(row, span, before, exited.thread);
    displace(slot);
}

/// A thread of which no row was read, but which was there at the begin of the interval: what it must have been then.
Thread& PlayerThreads::invent_before(const ThreadCells& row, const Span& span, std::uint32_t slot) {
    Thread& thread = before().threads[slot];
    thread = Thread{};
    thread.life = now().threads[slot].life;
    thread.tid = static_cast<std::uint32_t>(row.get(ThreadCell::tid_before).value_or(row[ThreadCell::tid]));
    thread.start_time_ns = row[ThreadCell::start_time_ns];
    const std::uint64_t begin_ns = before().now_ns;
    const std::uint64_t age_ns = row[ThreadCell::state_age_ns];
    thread.since_ns = std::max(begin_ns, span.begin_ns);
    if (row[ThreadCell::quiet_ns] != 0) {
        // All of the quiet time was spent in the state that it was in.
        thread.state = static_cast<ThreadState>(std::ranges::max_element(row.state_ns) - row.state_ns.begin());
    } else if (span.begin_ns < begin_ns && begin_ns < span.begin_ns + kZombieFromNs) {
        thread.state = ThreadState::zombie;  // only of one that had just died the time ends earlier than the interval
        thread.since_ns = span.begin_ns;
    } else {
        thread.state =
            age_ns >= inside_ns(row) || row.state_ns[index(ThreadState::exec)] == 0 ? state_of(row) : ThreadState::exec;
    }
    thread.first_seen_ns = thread.since_ns;
    before().versions[slot] = ++versions_;
    return thread;
}

/// The totals at the begin and the row's times are the totals at the end; what of them is the open wait stands in
/// since_ns. A wait that is older than what is known of the thread is known by that.
void PlayerThreads::fill_times(const ThreadCells& row, const Span& span, Thread* before, Thread& thread) const {
    const std::uint64_t begin_ns = samples_[1 - at_].now_ns;
    const PerState<std::uint64_t> inside = times_inside(row, before);
    const std::uint64_t age_ns = thread.state == ThreadState::zombie && is_exited(row)
                                     ? 0
                                     : std::min(row[ThreadCell::state_age_ns], span.end_ns);
    thread.since_ns = span.end_ns - age_ns;
    thread.first_seen_ns = before != nullptr ? before->first_seen_ns : span.begin_ns;
    for (std::size_t i = 0; i < kStateCount; ++i) {
        const std::uint64_t had =
            before != nullptr ? state_total_ns(*before, static_cast<ThreadState>(i), begin_ns) : 0;
        thread.ns[i] = had + inside[i];
    }
    std::uint64_t& closed_ns = thread.ns[index(thread.state)];
    if (closed_ns < age_ns) {
        const std::uint64_t earlier_ns = age_ns - closed_ns;
        closed_ns = age_ns;
        if (before != nullptr) {
            before->ns[index(thread.state)] += earlier_ns;
            before->first_seen_ns -= std::min(earlier_ns, before->first_seen_ns);
            thread.first_seen_ns = before->first_seen_ns;
        }
    }
    closed_ns -= age_ns;

    const std::uint64_t had_preempted =
        before != nullptr ? before->preempted_ns + open_preempted_ns(*before, begin_ns) : 0;
    thread.preempted = is_preempted(row, age_ns);
    const std::uint64_t preempted_ns = had_preempted + row[ThreadCell::cpu_wait_preempted_ns];
    const std::uint64_t open_ns = thread.preempted ? age_ns : 0;
    thread.preempted_ns = grown(open_ns, preempted_ns);
    if (preempted_ns < open_ns && before != nullptr) {
        before->preempted_ns += open_ns - preempted_ns;
    }
}

void PlayerThreads::fill(const ThreadCells& row, const Span& span, Thread* before, Thread& thread) {
    const auto u32 = [&](ThreadCell cell) { return static_cast<std::uint32_t>(row[cell]); };
    thread.tid = thread.ns_tid = u32(ThreadCell::tid);
    thread.tgid = row.has(ThreadCell::tgid) ? u32(ThreadCell::tgid) : thread.tid;
    thread.start_time_ns = row[ThreadCell::start_time_ns];
    thread.kernel = row[ThreadCell::kernel] != 0;
    thread.uid = u32(ThreadCell::uid);
    thread.parent_tgid = u32(ThreadCell::parent_tgid);
    thread.policy = static_cast<std::uint8_t>(row[ThreadCell::policy]);
    thread.nice = static_cast<std::int8_t>(static_cast<std::int64_t>(row[ThreadCell::nice]));
    thread.last_cpu = static_cast<std::uint16_t>(row[ThreadCell::last_cpu]);
    thread.cgroup_id = row[ThreadCell::cgroup_id];
    thread.followed = setting_.followed;
    thread.measured = measured_of(row, setting_.io_is_measured);
    thread.comm = comm_from_text(row.comm);
    thread.state = is_exited(row) ? ThreadState::zombie : state_of(row);
    thread.since_is_upper_bound = row[ThreadCell::state_age_is_lower_bound] != 0;
    thread.wait = Wait{};
    if (!is_exited(row)) {
        thread.wait = names_.wait_of(row.wait_on, thread, row.get(ThreadCell::wait_arg0), setting_.has_wait_arguments);
        thread.wait.owner_tid = u32(ThreadCell::wait_owner_tid);
    }
    fill_times(row, span, before, thread);

    thread.entries = before != nullptr ? before->entries : PerState<std::uint64_t>{};
    thread.entries[index(ThreadState::sleep)] += row[ThreadCell::voluntary_switches];
    const auto add = [&](std::uint64_t Thread::*counter, ThreadCell cell) {
        thread.*counter = (before != nullptr ? before->*counter : 0) + row[cell];
    };
    add(&Thread::preempted_entries, ThreadCell::involuntary_switches);
    add(&Thread::minor_faults, ThreadCell::minor_faults);
    add(&Thread::major_faults, ThreadCell::major_faults);
    thread.read_bytes = counted_on(before, &Thread::read_bytes, row.get(ThreadCell::read_bytes));
    thread.write_bytes = counted_on(before, &Thread::write_bytes, row.get(ThreadCell::write_bytes));

    // A thread's memory is read when it leaves the CPU: the one that did so last has the newest value of its process.
    thread.rss_bytes = row[ThreadCell::rss_bytes];
    const bool off_cpu = thread.state > ThreadState::cpu_wait;
    thread.rss_at_ns = thread.rss_bytes == 0 ? 0
                       : off_cpu             ? std::min(thread.since_ns, interval_.now_ns)
                                             : interval_.now_ns;
}

void PlayerThreads::end(std::optional<std::uint64_t> living) {
    const auto remove_silent = [&](std::uint32_t slot) {
        if (last_row_ns_[slot] != kGone && row_round_[slot] != round_) {
            remove(slot);
        }
    };
    // A TID has a new thread: the one before must be dead, though no row told of its end.
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
