// SPDX-License-Identifier: MIT
// See label_feed.h.
#include "peers/label_feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <utility>

#include "base/clock.h"
#include "base/first_namespace.h"
#include "peers/label_text.h"
#include "text/sanitize.h"

namespace tsa {

namespace {

/// How often, and how many times, an answer without its processes is asked for again.
constexpr std::uint64_t kAskAgainNs = 200'000'000;
constexpr std::uint8_t kMaxTries = 10;
/// Shorter waits are not worth a look in a recording: they end before they are written.
constexpr std::uint64_t kShortWaitNs = 10'000'000;

const Thread* thread_with(std::uint32_t tid, const Sample& sample) {
    const auto found =
        std::ranges::find_if(sample.threads, [&](const Thread& one) { return one.life != 0 && one.tid == tid; });
    return found != sample.threads.end() ? &*found : nullptr;
}

/// The name of a process: of its main thread. Empty: not known.
std::string_view name_of(std::uint32_t tgid, const Sample& sample) {
    const Thread* main_thread = thread_with(tgid, sample);
    return main_thread != nullptr ? comm_of(*main_thread) : std::string_view{};
}

bool is_looked_up(const Subject& subject, const Thread& thread) {
    if (subject.kind == SubjectKind::none) {
        return false;
    }
    // Of a path only the server of its file system is of interest: not while a lock or memory is waited for.
    return subject.kind != SubjectKind::path || thread.state == ThreadState::sleep ||
           thread.state == ThreadState::uninterruptible || thread.state == ThreadState::io_wait;
}

/// The only living child of a process; 0: none, or several.
const Thread* only_child(std::uint32_t tgid, const Sample& sample) {
    const Thread* child = nullptr;
    for (const Thread& thread : sample.threads) {
        const bool is_child = thread.life != 0 && thread.tid == thread.tgid && thread.parent_tgid == tgid;
        if (!is_child || thread.state == ThreadState::zombie) {
            continue;
        }
        if (child != nullptr) {
            return nullptr;
        }
        child = &thread;
    }
    return child;
}

/// The process that the waiter, in its PID namespace, calls `id`.
const Thread* process_called(std::int64_t id, const Thread& waiter, const Sample& sample) {
    for (const Thread& thread : sample.threads) {
        if (thread.life != 0 && thread.tid == thread.tgid && std::int64_t{thread.ns_tid} == id &&
            thread.pid_namespace == waiter.pid_namespace) {
            return &thread;
        }
    }
    return nullptr;
}

}  // namespace

void LabelFeed::start() {
    if (!proc_has_own_ids()) {
        return;
    }
    if (auto thread = LabelThread::start(); thread.ok()) {
        thread_ = std::move(thread).value();
        pending_.resize(2 * kMaxLabelQueries);
        changed_.reserve(2 * kMaxLabelQueries);
    }
}

LabelFeed::Tracked* LabelFeed::find(std::uint32_t index) {
    return index < place_of_.size() && place_of_[index] != 0 ? &tracked_[place_of_[index] - 1] : nullptr;
}

LabelFeed::Tracked& LabelFeed::track(const Thread& thread, std::uint32_t index, const Subject& subject) {
    Tracked& tracked = tracked_.emplace_back();
    tracked.key = key_of(thread);
    tracked.since_ns = thread.since_ns;
    tracked.index = index;
    tracked.life = thread.life;
    tracked.subject = subject;
    place_of_[index] = static_cast<std::uint32_t>(tracked_.size());
    return tracked;
}

void LabelFeed::drop_ended(const Sample& sample) {
    for (std::size_t at = 0; at < tracked_.size();) {
        Tracked& tracked = tracked_[at];
        tracked.holder_is_current = false;
        if (tracked.index < sample.threads.size() && goes_on(tracked, sample.threads[tracked.index])) {
            ++at;
        } else {
            drop(at);
        }
    }
}

/// The same wait, or another one for the same object.
bool LabelFeed::goes_on(Tracked& tracked, const Thread& thread) {
    if (thread.life != tracked.life || thread.since_ns == tracked.since_ns) {
        return thread.life == tracked.life;
    }
    if (!is_blocked(thread.state) || !names_an_object(tracked.subject) || subject_of(thread) != tracked.subject) {
        return false;
    }
    tracked.since_ns = thread.since_ns;
    tracked.is_renewed = true;
    labels_.renew(thread);
    return true;
}

void LabelFeed::drop(std::size_t at) {
    Tracked& tracked = tracked_[at];
    labels_.erase(tracked.key);
    place_of_[tracked.index] = 0;
    if (at + 1 < tracked_.size()) {
        tracked = tracked_.back();
        place_of_[tracked.index] = static_cast<std::uint32_t>(at + 1);
    }
    tracked_.pop_back();
}

void LabelFeed::begin(Sample& sample, Report& report) {
    report.labels = &labels_;
    changed_.clear();
    queries_ = new_queries_ = 0;
    if (place_of_.size() < sample.threads.size()) {
        place_of_.resize(sample.threads.size(), 0);
    }
    drop_ended(sample);
    take_answers(sample);
    is_free_ = thread_ != nullptr && thread_->take_turn();
    if (is_free_) {
        give_up_pending();
    }
    report.health.labels_unread = unread_;
}

/// What is not answered yet never will be: its thread hangs. Others ask again.
void LabelFeed::give_up_pending() {
    bool hung = false;
    for (Pending& pending : pending_) {
        if (!std::exchange(pending.is_open, false)) {
            continue;
        }
        hung = true;
        Tracked* tracked = find(pending.index);
        if (tracked != nullptr && tracked->key == pending.key) {
            tracked->asked = false;
            tracked->incomplete = tracked->incomplete || !pending.holder_only;
        }
    }
    unread_ += hung ? 1 : 0;
}

bool LabelFeed::may_look(const Subject& subject, const Thread& thread) const {
    return is_free_ && thread_->may_ask(subject, thread.tgid);
}

bool LabelFeed::ask(Tracked& tracked, const Thread& thread, bool holder_only, std::uint64_t now_ns) {
    if (!is_free_ || queries_ == 2 * kMaxLabelQueries) {
        return false;
    }
    tracked.asked = true;
    tracked.asked_ns = now_ns;
    tracked.tries = static_cast<std::uint8_t>(tracked.tries + (holder_only ? 0 : 1));
    LabelQuery& query = thread_->queries()[queries_];
    query = LabelQuery{tracked.subject, thread.tid, thread.tgid, tracked.since_ns, holder_only, tracked.lock};
    pending_[queries_] = Pending{tracked.key, tracked.since_ns, tracked.subject, tracked.index, holder_only, true};
    ++queries_;
    new_queries_ += holder_only ? 0 : 1;
    return true;
}

void LabelFeed::set_label(const Tracked& tracked, const Thread& thread, std::string_view text, bool delays) {
    const WaitLabel* before = labels_.find(thread);
    if (before == nullptr || before->text() != text || before->delays != delays) {
        WaitLabel& label = labels_.put(thread);
        label.set_text(text);
        label.delays = delays;
        changed_.push_back(tracked.index);
    }
}

/// Labels that the sample's threads are enough for.
void LabelFeed::label_without_look(Tracked& tracked, const Thread& thread, const Sample& sample) {
    const bool is_join = tracked.subject.kind == SubjectKind::join;
    const std::int64_t id = tracked.subject.id;
    const Thread* other = is_join  ? thread_with(static_cast<std::uint32_t>(id), sample)
                          : id > 0 ? process_called(id, thread, sample)
                                   : only_child(thread.tgid, sample);
    std::array<char, kMaxLabelBytes> text{};
    std::size_t size = 0;
    if (other != nullptr) {
        const auto end = fmt::format_to_n(text.data(), text.size(), "{} {} {}", is_join ? "join" : "child", other->tid,
                                          Printable(comm_of(*other)).view());
        size = std::min(end.size, text.size());
    }
    set_label(tracked, thread, {text.data(), size}, false);
}

void LabelFeed::consider(const Thread& thread, std::uint32_t index, const Sample& sample, const Report& report) {
    if (Tracked* known = find(index)) {
        const bool due =
            known->incomplete && known->tries < kMaxTries && report.now_ns >= known->asked_ns + kAskAgainNs;
        if ((due || known->is_renewed) && !known->asked && new_queries_ < kMaxLabelQueries &&
            may_look(known->subject, thread) && ask(*known, thread, false, report.now_ns)) {
            known->tries = known->is_renewed ? std::uint8_t{1} : known->tries;
            known->is_renewed = false;
        }
        return;
    }
    const Subject subject = subject_of(thread);
    if (!is_looked_up(subject, thread)) {
        return;
    }
    const bool needs_look = subject.kind != SubjectKind::join && subject.kind != SubjectKind::child;
    const bool may_begin = !needs_look || (new_queries_ < kMaxLabelQueries && may_look(subject, thread));
    if (tracked_.size() == kMaxTrackedWaits || !may_begin) {
        return;  // at a later refresh
    }
    Tracked& tracked = track(thread, index, subject);
    if (needs_look) {
        (void)ask(tracked, thread, false, report.now_ns);
    } else {
        label_without_look(tracked, thread, sample);
    }
}

void LabelFeed::ask_for_holders(const Sample& sample, std::uint64_t now_ns) {
    std::size_t asked = 0;
    for (Tracked& tracked : tracked_) {
        const Thread& thread = sample.threads[tracked.index];
        if (tracked.is_lock && !tracked.asked && asked < kMaxLabelQueries && may_look(tracked.subject, thread) &&
            ask(tracked, thread, true, now_ns)) {
            ++asked;
        }
    }
}

void LabelFeed::take(Tracked& tracked, const Thread& thread, const LabelAnswer& answer, const Sample& sample) {
    const std::string_view comm = answer.peers == 1 ? name_of(answer.peer_tgid, sample) : std::string_view{};
    const LabelText text = compose_label(answer, thread.tgid, comm);
    tracked.is_lock = answer.is_lock;
    tracked.incomplete = answer.incomplete;
    set_label(tracked, thread, text.view(), answer.is_lock || answer.served || answer.too_slow);
}

/// Those that came late are used now.
void LabelFeed::take_answers(const Sample& sample) {
    for (std::size_t at = 0; at < pending_.size(); ++at) {
        Pending& pending = pending_[at];
        if (!pending.is_open) {
            continue;
        }
        if (!thread_->is_done(at)) {
            continue;
        }
        pending.is_open = false;
        Tracked* tracked = find(pending.index);
        const bool is_same_wait = tracked != nullptr && tracked->since_ns == pending.since_ns;
        if (tracked == nullptr || tracked->key != pending.key || tracked->subject != pending.subject ||
            !(is_same_wait || names_an_object(pending.subject))) {
            continue;  // that wait has ended
        }
        tracked->asked = false;
        const LabelAnswer& answer = thread_->answer(at);
        tracked->lock = answer.lock;
        tracked->holder_is_current = is_same_wait;
        if (!pending.holder_only) {
            take(*tracked, sample.threads[tracked->index], answer, sample);
        }
    }
}

void LabelFeed::set_holders(Sample& sample) {
    for (Tracked& tracked : tracked_) {
        if (!tracked.is_lock) {
            continue;
        }
        Thread& thread = sample.threads[tracked.index];
        // Which thread of the waiting process has it is not known.
        const bool known = tracked.holder_is_current && tracked.lock.tgid != thread.tgid;
        const std::uint32_t owner = known ? tracked.lock.tgid : 0;
        thread.wait.owner_tid = owner;
        if (std::exchange(tracked.owner_tid, owner) != owner) {
            changed_.push_back(tracked.index);
        }
    }
}

/// A recording has a row for each change; a thread whose label was found, or whose lock another one holds now, has had
/// no event.
void LabelFeed::mark_changed_rows(const Sample& sample, Report& report) {
    if (changed_.empty()) {
        return;
    }
    std::ranges::sort(changed_);
    for (ThreadRow& row : report.threads) {
        const auto index = static_cast<std::uint32_t>(row.now - sample.threads.data());
        if (row.quiet && std::ranges::binary_search(changed_, index)) {
            row.quiet = false;
        }
    }
}

void LabelFeed::finish(Sample& sample, Report& report) {
    ask_for_holders(sample, report.now_ns);
    if (queries_ != 0) {
        thread_->ask(queries_, kLabelTime);
        take_answers(sample);
    }
    set_holders(sample);
    mark_changed_rows(sample, report);
}

void LabelFeed::update(std::span<const std::uint32_t> wanted, Sample& sample, Report& report) {
    begin(sample, report);
    for (const std::uint32_t at : wanted) {
        const Thread& thread = *report.threads[at].now;
        consider(thread, static_cast<std::uint32_t>(&thread - sample.threads.data()), sample, report);
    }
    finish(sample, report);
}

void LabelFeed::update(std::span<const ThreadKey> wanted, Sample& sample, Report& report) {
    constexpr std::size_t kBits = 1024;
    std::bitset<kBits> tids;
    for (const ThreadKey& key : wanted) {
        tids.set(key.tid % kBits);
    }
    rows_.clear();
    for (std::size_t at = 0; at < report.threads.size() && !wanted.empty(); ++at) {
        const Thread& thread = *report.threads[at].now;
        if (tids.test(thread.tid % kBits) && std::ranges::find(wanted, key_of(thread)) != wanted.end()) {
            rows_.push_back(static_cast<std::uint32_t>(at));
        }
    }
    update(rows_, sample, report);
}

void LabelFeed::update_all(const IsWanted& is_wanted, Sample& sample, Report& report) {
    begin(sample, report);
    const std::size_t rows = report.threads.size();
    std::size_t done = 0;
    for (; done < rows && new_queries_ < kMaxLabelQueries; ++done) {
        const Thread& thread = *report.threads[(next_row_ + done) % rows].now;
        if (report.now_ns >= thread.since_ns + kShortWaitNs && is_wanted(thread)) {
            consider(thread, static_cast<std::uint32_t>(&thread - sample.threads.data()), sample, report);
        }
    }
    next_row_ = rows != 0 ? (next_row_ + done) % rows : 0;
    finish(sample, report);
}

}  // namespace tsa
