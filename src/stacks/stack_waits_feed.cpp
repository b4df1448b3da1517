// SPDX-License-Identifier: MIT
// See stack_waits_feed.h. Order of an interval: what has ended is read first, then the copies of stacks, so that those
// of what was read are among them; they are unwound for a bounded time. What has no stack then is held for a few
// intervals if the stack may still come.
#include "stacks/stack_waits_feed.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "model/sample.h"
#include "stacks/stack_times_feed.h"

namespace tsa {

namespace {

/// Of unwinding in an interval; what is not done by then is done in the next.
constexpr std::uint64_t kPumpNs = 200'000'000;
constexpr StackLimits kStep{std::chrono::milliseconds(50), std::chrono::milliseconds(50)};
/// Intervals for which time without a stack is held.
constexpr std::uint32_t kHeldIntervals = 3;
/// Stacks kept per thread; beyond, those that had no waits lately are dropped.
constexpr std::size_t kMaxStacks = 4096;
constexpr std::uint64_t kOldRounds = 8;
/// Between two looks at whether an answer that was late is there.
constexpr std::chrono::milliseconds kLateAnswer{1};
constexpr tsa_address_range kAnywhere{0, std::uint64_t{1} << 47U};

const Thread* thread_in(const Sample& sample, const ThreadKey& key) {
    const auto found = std::ranges::find_if(
        sample.threads, [&](const Thread& one) { return one.life != 0 && one.tid == key.tid && key_of(one) == key; });
    return found != sample.threads.end() ? &*found : nullptr;
}

/// Of a living thread, else of one that ended in the interval.
const Thread* thread_of(const Sample& sample, const Report& report, const ThreadKey& key) {
    if (const Thread* alive = thread_in(sample, key)) {
        return alive;
    }
    const auto ended =
        std::ranges::find_if(report.exited, [&](const ThreadRow& row) { return key_of(*row.now) == key; });
    return ended != report.exited.end() ? ended->now : nullptr;
}

std::string frame_field(const StackFrame& frame) {
    std::string words = frame_words(frame);
    std::ranges::replace_if(
        words, [](char c) { return c == ';' || c == '\n' || c == '\r'; }, ':');
    return words;
}

bool is_equal(std::span<const tsa_address_range> left, std::span<const tsa_address_range> right) {
    return std::ranges::equal(left, right,
                              [](const auto& a, const auto& b) { return a.begin == b.begin && a.end == b.end; });
}

/// A stack of a sample is known by its functions.
std::uint64_t hash_of(const RecordedStack& stack) {
    return std::max<std::uint64_t>(flat_hash(std::hash<std::string>{}(stack.frames)), TSA_LEAST_FINGERPRINT);
}

}  // namespace

RecordedStack recorded_stack(const KnownStack& known) {
    RecordedStack out;
    const WaitStack& stack = known.stack;
    const bool is_whole = stack.end == StackEnd::complete || stack.kernel_thread;
    out.kind = known.callers_differ ? StackKind::common : is_whole ? StackKind::whole : StackKind::cut;
    const auto add = [&out](const StackFrame& frame, std::string_view mark) {
        out.frames += out.frames.empty() ? "" : ";";
        out.frames += frame_field(frame);
        out.frames += mark;
    };
    for (const StackFrame& frame : stack.kernel) {
        add(frame, kKernelMark);
    }
    for (const StackFrame& frame : stack.user) {
        add(frame, {});
    }
    if (out.frames.empty()) {
        out.kind = StackKind::not_copied;  // nothing of it could be read
    }
    return out;
}

void StackWaitsFeed::start(Probe* probe, std::size_t threads, bool debuginfod) {
    stacks_.start(probe, debuginfod);
    unavailable_ = stacks_.unavailable();
    if (!unavailable_.empty()) {
        return;
    }
    scheduler_ = probe;
    threads_ = threads;
    if (const auto resumed = resume(); !resumed.ok()) {
        unavailable_ = resumed.error().text();
    }
}

void StackWaitsFeed::pause() {
    watched_.clear();
    tickets_.clear();
    growth_.clear();
    out_.clear();
    stacks_.drop_jobs();
    probe_.reset();
}

Result<void> StackWaitsFeed::resume() {
    probe_ = TRY(StackProbe::start(*scheduler_, threads_));
    return {};
}

StackWaitsFeed::Watched* StackWaitsFeed::find(const ThreadKey& thread) {
    const auto found = std::ranges::find_if(watched_, [&](const auto& one) { return one->key == thread; });
    return found != watched_.end() ? found->get() : nullptr;
}

void StackWaitsFeed::ask(Ticket ticket, const StackOwner& owner, std::shared_ptr<const tsa_stack_query> copy) {
    stacks_.add_job({next_ticket_, owner, std::move(copy)});
    tickets_[next_ticket_++] = ticket;
}

void StackWaitsFeed::choose(std::span<const ThreadKey> threads, const Sample& sample) {
    if (probe_ == nullptr) {
        return;
    }
    for (const auto& watched : watched_) {
        watched->is_leaving |= std::ranges::find(threads, watched->key) == threads.end();
    }
    for (const ThreadKey& key : threads) {
        const Thread* thread = thread_in(sample, key);
        if (thread == nullptr) {
            continue;
        }
        if (Watched* known = find(key)) {
            if (!known->ledger && (known->kernel || !known->code.empty())) {
                watch(*known, *thread, sample.now_ns);  // there was no room
            }
            continue;
        }
        Watched& watched = *watched_.emplace_back(std::make_unique<Watched>());
        watched.key = key;
        watched.owner = stack_owner(*thread, sample);
        watched.kernel = thread->kernel;
        if (thread->kernel) {
            watch(watched, *thread, sample.now_ns);
        } else {
            ask({Ticket::Kind::code, key}, watched.owner, nullptr);
        }
    }
}

void StackWaitsFeed::begin(std::span<const ThreadKey> threads, const Sample& sample, Report& report,
                           std::uint64_t patience_ns) {
    choose(threads, sample);
    const std::uint64_t until_ns = clock_ns(CLOCK_MONOTONIC) + patience_ns;
    while (probe_ != nullptr && !stacks_.is_idle() && clock_ns(CLOCK_MONOTONIC) < until_ns) {
        stacks_.update({}, kStep, sample, report);
        take_results(sample);
    }
}

/// It is counted from the sample on.
void StackWaitsFeed::watch(Watched& watched, const Thread& thread, std::uint64_t now_ns) {
    if (!probe_->add(watched.key, watched.code)) {
        return;  // no room yet, or it has ended: tried again
    }
    watched.since_ns = clock_ns(CLOCK_MONOTONIC);
    watched.ledger.emplace(thread, now_ns);
    auto sampler = CpuSampler::start(watched.key.tid);
    if (sampler.ok()) {
        watched.sampler = std::move(sampler).value();
    } else {
        exec_unavailable_ = sampler.error().text();
    }
}

void StackWaitsFeed::take_copies() {
    if (stacks_.room_for_jobs() == 0) {
        return;
    }
    probe_->take_copies([this](const tsa_stack_copy& copy) {
        const ThreadKey key{copy.query.tid, copy.query.start_time_ns};
        if (Watched* watched = find(key)) {
            ++watched->stacks[copy.fingerprint].pending;
            ask({Ticket::Kind::wait, key, copy.fingerprint}, watched->owner,
                std::make_shared<const tsa_stack_query>(copy.query));
        }
        return stacks_.room_for_jobs() != 0;
    });
    for (const auto& watched : watched_) {
        if (watched->sampler == nullptr || stacks_.room_for_jobs() == 0) {
            continue;
        }
        watched->sampler->take([&](const tsa_stack_query& sample) {
            ask({Ticket::Kind::sample, watched->key}, watched->owner, std::make_shared<const tsa_stack_query>(sample));
            return stacks_.room_for_jobs() != 0;
        });
    }
}

void StackWaitsFeed::take_results(const Sample& sample) {
    for (StackJobResult& result : stacks_.take_results()) {
        const auto found = tickets_.find(result.id);
        if (found != tickets_.end()) {
            const Ticket ticket = found->second;
            tickets_.erase(found);
            take_result(ticket, result, sample);
        }
    }
}

void StackWaitsFeed::take_result(const Ticket& ticket, StackJobResult& result, const Sample& sample) {
    Watched* watched = find(ticket.thread);
    if (watched == nullptr) {
        return;
    }
    if (result.code.empty() && watched->code.empty() && !watched->kernel) {
        result.code = {kAnywhere};
    }
    if (!result.code.empty() && !is_equal(result.code, watched->code)) {
        watched->code = result.code;
        probe_->set_code(watched->key, watched->code);
    }
    if (ticket.kind == Ticket::Kind::code) {
        const Thread* thread = thread_in(sample, watched->key);
        if (thread != nullptr && !watched->is_leaving) {
            watch(*watched, *thread, sample.now_ns);
        }
        return;
    }
    const bool is_read = result.stack.status == StackStatus::read;
    if (ticket.kind == Ticket::Kind::wait) {
        Known& known = watched->stacks[ticket.fingerprint];
        known.pending -= std::min(known.pending, 1U);
        if (is_read) {
            drop_tracing(result.stack.kernel);
            keep_stack(std::move(result.stack), known.stack);
            known.recorded = std::make_shared<const RecordedStack>(recorded_stack(known.stack));
        }
    } else if (is_read) {
        const KnownStack sampled{std::move(result.stack), false};
        RecordedStack stack = recorded_stack(sampled);
        const std::uint64_t fingerprint = hash_of(stack);
        watched->stacks[fingerprint].recorded = std::make_shared<const RecordedStack>(std::move(stack));
        watched->grown.push_back({ThreadState::exec, fingerprint, 1, 0, 0});
    }
}

/// Which stack the thread's open wait has, and whether it must be read from the thread itself.
void StackWaitsFeed::note_open(Watched& watched, const Thread& thread, std::vector<ThreadKey>& wanted) {
    watched.open.reset();
    if (!watched.ledger || thread.state == ThreadState::exec || thread.state == ThreadState::zombie) {
        return;
    }
    watched.open = probe_->open_fingerprint(watched.key, thread.since_ns, thread.state == ThreadState::cpu_wait);
    if (!watched.open && thread.since_ns < watched.since_ns && thread.state != ThreadState::cpu_wait) {
        watched.open = kNoFingerprint;
    }
    const auto known = watched.open ? watched.stacks.find(*watched.open) : watched.stacks.end();
    const bool is_known = known != watched.stacks.end() && known->second.recorded != nullptr;
    if (watched.open && !is_known) {
        wanted.push_back(watched.key);
    }
}

/// A wait that began before counting did has no other fingerprint, and there is one of them.
void StackWaitsFeed::keep_open(Watched& watched, const Thread& thread) {
    const WaitStack* stack = watched.open ? stacks_.find(thread) : nullptr;
    if (stack == nullptr || stack->status != StackStatus::read) {
        return;
    }
    Known& known = watched.stacks[*watched.open];
    if (known.recorded != nullptr) {
        return;
    }
    WaitStack own = *stack;
    if (!own.kernel_thread && !is_about_kernel(thread.state, thread.wait.kernel_lock)) {
        own.kernel.clear();
    }
    keep_stack(std::move(own), known.stack);
    known.recorded = std::make_shared<const RecordedStack>(recorded_stack(known.stack));
}

/// Copies become jobs as far as there is room for them, and are unwound, until none is left or time is up.
void StackWaitsFeed::pump(const Sample& sample, Report& report) {
    std::vector<ThreadKey> wanted;
    for (const auto& watched : watched_) {
        if (const Thread* thread = thread_in(sample, watched->key)) {
            note_open(*watched, *thread, wanted);
        }
    }
    const std::uint64_t until_ns = clock_ns(CLOCK_MONOTONIC) + std::min(kPumpNs, report.interval_ns / 4);
    do {
        take_copies();
        stacks_.update(wanted, kStep, sample, report);
        take_results(sample);
        if (!stacks_.is_idle() && stacks_.room_for_jobs() == kMaxStackJobs) {
            std::this_thread::sleep_for(kLateAnswer);
        }
    } while (!stacks_.is_idle() && clock_ns(CLOCK_MONOTONIC) < until_ns);
    for (const auto& watched : watched_) {
        if (const Thread* thread = thread_in(sample, watched->key)) {
            keep_open(*watched, *thread);
        }
    }
}

bool StackWaitsFeed::may_still_come(const Watched& watched, const Held& held) const {
    const auto found = held.entry.fingerprint ? watched.stacks.find(*held.entry.fingerprint) : watched.stacks.end();
    if (found == watched.stacks.end() || found->second.recorded != nullptr) {
        return false;
    }
    return found->second.pending != 0 || watched.open == held.entry.fingerprint;
}

void StackWaitsFeed::emit(Watched& watched, const LedgerEntry& entry) {
    static const auto kNone = [] {
        std::array<std::shared_ptr<const RecordedStack>, kStackKinds.size()> none;
        for (const StackKindInfo& each : kStackKinds) {
            none[static_cast<std::size_t>(each.kind)] =
                std::make_shared<const RecordedStack>(RecordedStack{each.kind, {}});
        }
        return none;
    }();
    StackWaits& waits = out_.emplace_back();
    waits.thread = watched.key;
    waits.tgid = watched.owner.tgid;
    waits.state = entry.state;
    waits.count = entry.count;
    waits.total_ns = entry.total_ns;
    waits.max_ns = entry.max_ns;
    waits.lengths = entry.lengths;
    waits.stack = kNone[static_cast<std::size_t>(StackKind::elsewhere)];
    if (entry.fingerprint) {
        const Known& known = watched.stacks[*entry.fingerprint];
        const StackKind kind = known.max_ns < kLongWaitNs ? StackKind::shorter : StackKind::not_copied;
        waits.stack = known.recorded != nullptr ? known.recorded : kNone[static_cast<std::size_t>(kind)];
        waits.is_open = watched.open == entry.fingerprint;
    }
}

/// Of waits without a fingerprint only the first one has a known stack: that which was read while it was open.
void StackWaitsFeed::drop_ambiguous(Watched& watched) {
    std::uint64_t ended = 0;
    for (const LedgerEntry& entry : watched.grown) {
        ended += entry.fingerprint == kNoFingerprint && entry.state != ThreadState::cpu_wait ? entry.count : 0;
    }
    if (ended > 1 || watched.has_ended_unknown) {
        watched.stacks[kNoFingerprint].recorded.reset();
    }
    watched.has_ended_unknown |= ended != 0;
}

void StackWaitsFeed::divide(Watched& watched, const Thread& thread, std::uint64_t now_ns, bool last) {
    drop_ambiguous(watched);
    std::vector<Held> now;
    for (Held& held : watched.held) {
        ++held.intervals;
        now.push_back(held);
    }
    watched.held.clear();
    for (const LedgerEntry& entry : watched.ledger->add(thread, now_ns, watched.grown, watched.open, last)) {
        if (entry.fingerprint) {
            Known& known = watched.stacks[*entry.fingerprint];
            known.used = round_;
            known.max_ns = std::max(known.max_ns, entry.max_ns);
        }
        now.push_back({entry, 0});
    }
    watched.grown.clear();
    for (const Held& held : now) {
        if (!last && held.intervals < kHeldIntervals && may_still_come(watched, held)) {
            watched.held.push_back(held);
        } else {
            emit(watched, held.entry);
        }
    }
    if (watched.stacks.size() > kMaxStacks) {
        std::erase_if(watched.stacks, [this](const auto& one) {
            return one.second.used + kOldRounds < round_ && one.second.pending == 0;
        });
    }
}

/// Threads that have ended or were dropped: their last interval was this one.
void StackWaitsFeed::drop_gone() {
    std::erase_if(watched_, [this](const auto& watched) {
        if (watched->is_leaving) {
            probe_->remove(watched->key);
        }
        return watched->is_leaving;
    });
}

std::span<const StackWaits> StackWaitsFeed::update(const Sample& sample, Report& report, bool last) {
    out_.clear();
    if (probe_ == nullptr) {
        return out_;
    }
    ++round_;
    take_results(sample);
    probe_->read(growth_);
    for (const StackGrowth& growth : growth_) {
        if (Watched* watched = find(growth.thread)) {
            watched->grown.push_back(
                {growth.state, growth.fingerprint, growth.count, growth.total_ns, growth.max_ns, growth.lengths});
        }
    }
    pump(sample, report);
    for (const auto& watched : watched_) {
        const Thread* thread = thread_of(sample, report, watched->key);
        watched->is_leaving |= thread == nullptr || thread_in(sample, watched->key) == nullptr;
        if (thread != nullptr && watched->ledger) {
            divide(*watched, *thread, report.now_ns, last || watched->is_leaving);
        }
    }
    drop_gone();
    return out_;
}

}  // namespace tsa
