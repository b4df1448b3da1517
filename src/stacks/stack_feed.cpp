// SPDX-License-Identifier: MIT
// See stack_feed.h.
#include "stacks/stack_feed.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/first_namespace.h"
#include "model/sample.h"
#include "tsa.h"

namespace tsa {

namespace {

/// The PID of the thread's process in its own namespace; 0: not in the sample.
std::uint32_t ns_tgid_of(const Thread& thread, const Sample& sample) {
    const auto found = std::ranges::find_if(sample.threads,
                                            [&](const Thread& one) { return one.life != 0 && one.tid == thread.tgid; });
    return found != sample.threads.end() ? found->ns_tid : 0;
}

}  // namespace

StackOwner stack_owner(const Thread& thread, const Sample& sample) {
    return {thread.tid, thread.tgid, ns_tgid_of(thread, sample)};
}

void StackFeed::start(Probe* probe, bool debuginfod) {
    probe_ = probe;
    if (probe == nullptr) {
        unavailable_ = "stacks need the scheduler probes; rstat-tsa doctor shows what they need";
        return;
    }
    if (!in_first_pid_namespace().value_or(false)) {
        unavailable_ = "stacks can only be read outside of PID namespaces; hint: run it on the host";
        return;
    }
    if (debuginfod) {
        auto fetcher = DebugFetcher::start();
        if (fetcher.ok()) {
            fetcher_ = std::move(fetcher).value();
        } else {
            no_debuginfod_ = fetcher.error().text();
        }
    }
    auto thread = StackThread::start(fetcher_);
    if (!thread.ok()) {
        unavailable_ = thread.error().text();
        return;
    }
    thread_ = std::move(thread).value();
    unavailable_.clear();
    asked_.resize(TSA_MAX_STACKS);
    sources_ = read_labels(label_paths());
}

/// When the first stack is looked at.
bool StackFeed::load() {
    if (std::exchange(loaded_, true)) {
        return memory_ != nullptr;
    }
    auto memory = StackMemory::open();
    if (!memory.ok()) {
        unavailable_ = memory.error().text();
        return false;
    }
    memory_ = std::move(memory).value();
    cost_ = CostRegistry::Member(probe_->costs(), memory_->object());
    thread_->use(memory_);
    return true;
}

const WaitStack* StackFeed::find(const Thread& thread) const {
    const auto found = kept_.find(key_of(thread));
    const bool is_its = found != kept_.end() && found->second.since_ns == thread.since_ns;
    return is_its ? &found->second.stack : nullptr;
}

/// Those that were not wanted lately go first.
void StackFeed::make_room() {
    if (kept_.size() < kMaxKeptStacks) {
        return;
    }
    std::erase_if(kept_, [&](const auto& entry) { return entry.second.used + 1 < round_; });
}

void StackFeed::consider(const Thread& thread, const Sample& sample, const StackLimits& limits) {
    if (!is_blocked(thread.state) && thread.state != ThreadState::stopped) {
        return;
    }
    if (const auto known = kept_.find(key_of(thread)); known != kept_.end()) {
        known->second.used = round_;
        const bool is_same = known->second.since_ns == thread.since_ns;
        if (is_same && known->second.stack.status == StackStatus::read) {
            return;
        }
    }
    if (thread_->is_busy() || kept_.size() >= kMaxKeptStacks) {
        ++unread_;
        return;
    }
    Kept& kept = kept_[key_of(thread)];
    kept = Kept{thread.since_ns, round_, {}};
    thread_->queries()[queries_] = {stack_owner(thread, sample), thread.start_time_ns};
    asked_[queries_] = {key_of(thread), thread.since_ns, true};
    if (++queries_ == TSA_MAX_STACKS) {
        ask(limits);
    }
}

/// After the waits that were gathered.
void StackFeed::ask_jobs() {
    while (!jobs_.empty() && queries_ < TSA_MAX_STACKS) {
        StackJob& job = jobs_.front();
        const auto kind = job.copy != nullptr ? StackQuery::Kind::copied : StackQuery::Kind::code;
        thread_->queries()[queries_] = {job.owner, 0, kind, job.copy};
        asked_[queries_] = {{}, 0, true, std::move(job)};
        jobs_.pop_front();
        ++queries_;
    }
}

/// Those that were gathered; more can be gathered then, as long as there is time.
void StackFeed::ask(const StackLimits& limits) {
    const std::uint64_t now_ns = clock_ns(CLOCK_MONOTONIC);
    if (!thread_->is_busy()) {
        ask_jobs();
    }
    if (queries_ != 0) {
        const auto left = std::chrono::nanoseconds(wait_until_ns_ - std::min(now_ns, wait_until_ns_));
        thread_->ask(queries_, left, limits.cpu);
        queries_ = 0;
        take_answers();
    }
}

void StackFeed::take(Asked& asked, StackAnswer& answer) {
    const auto found = kept_.find(asked.key);
    if (found == kept_.end() || found->second.since_ns != asked.since_ns) {
        return;  // that wait has ended
    }
    WaitStack& stack = answer.stack;
    // The thread may have waited for something else by the time of the copy.
    const auto slot = probe_->slot_of(asked.key);
    if (stack.status == StackStatus::read && (!slot || slot->since_ns != asked.since_ns)) {
        stack = WaitStack{};
        stack.status = StackStatus::moved;
    }
    name(stack);
    found->second.stack = std::move(stack);
}

/// What only this process knows: the kernel's functions, and the rules of labels.
void StackFeed::name(WaitStack& stack) const {
    for (StackFrame& frame : stack.kernel) {
        frame.function = probe_->kernel_function(frame.address);
    }
    const StackLabel* label = sources_.table.find_in_kernel(stack.kernel);
    if (label == nullptr) {
        label = sources_.table.find(stack.user);
    }
    stack.label = label != nullptr ? *label : StackLabel{};
}

void StackFeed::set_labels(std::span<const Thread* const> threads, const Report& report) {
    labels_.clear();
    for (const Thread* thread : threads) {
        const WaitStack* stack = thread != nullptr ? find(*thread) : nullptr;
        if (stack != nullptr && stack->status == StackStatus::read && !stack->kernel_thread) {
            combine(*thread, report.labels != nullptr ? report.labels->find(*thread) : nullptr, stack->label,
                    labels_.put(*thread));
        }
    }
}

void StackFeed::take_result(const StackJob& job, StackAnswer& answer) {
    StackJobResult result{job.id, std::move(answer.stack), std::move(answer.code)};
    name(result.stack);
    results_.push_back(std::move(result));
}

void StackFeed::drop_jobs() {
    jobs_.clear();
    results_.clear();
    for (Asked& asked : asked_) {
        asked.is_open = asked.is_open && !asked.job;
    }
}

void StackFeed::take_answers() {
    const bool finished = !thread_->is_busy();
    for (std::size_t at = 0; at < asked_.size(); ++at) {
        Asked& asked = asked_[at];
        if (!asked.is_open) {
            continue;
        }
        if (thread_->is_done(at)) {
            asked.is_open = false;
            if (asked.job) {
                take_result(*asked.job, thread_->answer(at));
            } else {
                take(asked, thread_->answer(at));
            }
        } else if (finished) {
            asked.is_open = false;  // beyond the limit: asked for again
            if (asked.job) {
                jobs_.push_back(*std::move(asked.job));
            } else {
                ++unread_;
            }
        }
    }
}

void StackFeed::update(std::span<const ThreadKey> wanted, const StackLimits& limits, const Sample& sample,
                       Report& report) {
    report.stacks = this;
    if (thread_ == nullptr || (wanted.empty() && is_idle())) {
        return;
    }
    ++round_;
    wait_until_ns_ = clock_ns(CLOCK_MONOTONIC) + static_cast<std::uint64_t>(limits.wait.count());
    take_answers();
    if (fetcher_ != nullptr && arrived_ != fetcher_->arrived()) {
        arrived_ = fetcher_->arrived();
        kept_.clear();  // they are read again, with more names
    }
    make_room();
    const std::span<const Thread* const> threads = finder_.find(wanted, sample);
    const bool can_read = !wanted.empty() && load();
    for (const Thread* thread : threads) {
        if (can_read && thread != nullptr) {
            consider(*thread, sample, limits);
        }
    }
    ask(limits);
    set_labels(threads, report);
    report.health.stacks_unread = unread_;
}

}  // namespace tsa
