// SPDX-License-Identifier: MIT
// See stack_times_feed.h.
#include "stacks/stack_times_feed.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/flat_map.h"

namespace tsa {

namespace {

/// Where the code is unknown, every word of the stack is part of the fingerprint: that can only be too fine.
constexpr tsa_address_range kAnywhere{0, std::uint64_t{1} << 47U};

/// No fingerprint: of the job that only finds the code. Those of stacks are never that.
constexpr std::uint64_t kCodeJob = kNoFingerprint;
constexpr std::uint64_t kSampleJob = 1;
static_assert(kSampleJob < TSA_LEAST_FINGERPRINT);

/// Stacks of samples beyond this count as unknown.
constexpr std::size_t kMaxSampledStacks = 4096;

bool is_same_function(const StackFrame& left, const StackFrame& right) {
    return frame_words(left) == frame_words(right);
}

/// The functions that both have, from the innermost one on.
std::size_t common(const std::vector<StackFrame>& left, const std::vector<StackFrame>& right) {
    const auto differ = std::ranges::mismatch(left, right, is_same_function);
    return static_cast<std::size_t>(differ.in1 - left.begin());
}

/// A wait that began before counting did has no other fingerprint, and there is one of them.
void keep_open_stack(const Thread& thread, const StackFeed& stacks, StackTimes& out) {
    const bool is_its = out.open && out.open->fingerprint && out.open->since_ns == thread.since_ns;
    if (!is_its || out.open->ns < out.long_wait_ns) {
        return;
    }
    const WaitStack* stack = stacks.find(thread);
    if (stack == nullptr || stack->status != StackStatus::read || out.stacks.contains(*out.open->fingerprint)) {
        return;
    }
    WaitStack own = *stack;
    if (!own.kernel_thread && !is_about_kernel(thread.state, thread.wait.kernel_lock)) {
        own.kernel.clear();
    }
    keep_stack(std::move(own), out.stacks[*out.open->fingerprint]);
}

void drop_ambiguous(StackTimes& out) {
    std::uint64_t waits = 0;
    for (const StackAccount& account : out.accounts) {
        waits +=
            account.fingerprint == kNoFingerprint && account.state != ThreadState::cpu_wait ? account.waits.count : 0;
    }
    if (waits > 1) {
        out.stacks.erase(kNoFingerprint);
    }
}

}  // namespace

void drop_tracing(std::vector<StackFrame>& kernel) {
    const auto scheduler = std::ranges::find(kernel, "__schedule", &StackFrame::function);
    if (scheduler != kernel.end()) {
        kernel.erase(kernel.begin(), scheduler);
    }
}

void keep_sample(WaitStack stack, StackTimes& out) {
    std::uint64_t fingerprint = TSA_LEAST_FINGERPRINT;
    for (const std::vector<StackFrame>* part : {&stack.kernel, &stack.user}) {
        for (const StackFrame& frame : *part) {
            fingerprint = flat_hash(fingerprint ^ std::hash<std::string>{}(frame_words(frame)));
        }
    }
    fingerprint = std::max<std::uint64_t>(fingerprint, TSA_LEAST_FINGERPRINT);
    const bool is_new = !out.cpu.counts.contains(fingerprint);
    if (is_new && out.cpu.counts.size() >= kMaxSampledStacks) {
        fingerprint = kNoFingerprint;
    }
    ++out.cpu.counts[fingerprint];
    if (fingerprint != kNoFingerprint) {
        out.stacks.try_emplace(fingerprint, KnownStack{std::move(stack), false});
    }
}

bool is_about_kernel(ThreadState state, bool kernel_lock) {
    return state == ThreadState::io_wait || state == ThreadState::swap_wait || state == ThreadState::mem_wait ||
           state == ThreadState::uninterruptible || (state == ThreadState::lock_wait && kernel_lock);
}

void keep_stack(WaitStack stack, KnownStack& known) {
    if (known.stack.status != StackStatus::read) {
        known.stack = std::move(stack);
        return;
    }
    const std::size_t user = common(known.stack.user, stack.user);
    const std::size_t kernel = common(known.stack.kernel, stack.kernel);
    if (kernel < std::max(known.stack.kernel.size(), stack.kernel.size())) {
        known.stack.kernel.resize(kernel);
        known.stack.user.clear();
        known.callers_differ = true;
    } else if (user < std::max(known.stack.user.size(), stack.user.size())) {
        known.stack.user.resize(user);
        known.callers_differ = true;
    }
}

void StackTimesFeed::watch(TargetProbe& target, StackTimes& out) {
    is_watching_ = true;
    if (auto watched = target.watch_stacks(code_); !watched.ok()) {
        out.unavailable = watched.error().text();
    }
    auto sampler = CpuSampler::start(owner_.tid);
    if (sampler.ok()) {
        sampler_ = std::move(sampler).value();
    } else {
        out.cpu.unavailable = sampler.error().text();
    }
}

/// A kernel thread has no user code.
void StackTimesFeed::begin(TargetProbe& target, const Thread& thread, const Sample& sample, StackFeed& stacks,
                           StackTimes& out) {
    stacks.drop_jobs();
    owner_ = stack_owner(thread, sample);
    has_asked_ = true;
    if (thread.kernel) {
        watch(target, out);
    } else {
        stacks.add_job({kCodeJob, owner_, nullptr});
    }
}

void StackTimesFeed::take_results(TargetProbe& target, StackFeed& stacks, StackTimes& out) {
    for (StackJobResult& result : stacks.take_results()) {
        if (result.code.empty() && code_.empty()) {
            result.code = {kAnywhere};
        }
        if (!result.code.empty() && !std::ranges::equal(result.code, code_, [](const auto& left, const auto& right) {
                return left.begin == right.begin && left.end == right.end;
            })) {
            code_ = result.code;
            target.set_code(code_);
        }
        if (!is_watching_) {
            watch(target, out);
        }
        if (result.stack.status == StackStatus::read && result.id == kSampleJob) {
            keep_sample(std::move(result.stack), out);
        } else if (result.stack.status == StackStatus::read) {
            drop_tracing(result.stack.kernel);
            keep_stack(std::move(result.stack), out.stacks[result.id]);
        }
    }
}

void StackTimesFeed::take_copies(TargetProbe& target, StackFeed& stacks) {
    if (stacks.room_for_jobs() == 0) {
        return;
    }
    target.take_copies([&](const tsa_stack_copy& copy) {
        stacks.add_job({copy.fingerprint, owner_, std::make_shared<const tsa_stack_query>(copy.query)});
        return stacks.room_for_jobs() != 0;
    });
}

void StackTimesFeed::take_samples(StackFeed& stacks, StackTimes& out) {
    if (sampler_ == nullptr || stacks.room_for_jobs() == 0) {
        return;
    }
    sampler_->take([&](const tsa_stack_query& sample) {
        stacks.add_job({kSampleJob, owner_, std::make_shared<const tsa_stack_query>(sample)});
        return stacks.room_for_jobs() != 0;
    });
    out.cpu.dropped = sampler_->lost();
}

void StackTimesFeed::update(TargetProbe& target, const Thread& thread, const Sample& sample, StackFeed& stacks,
                            StackTimes& out) {
    if (!stacks.unavailable().empty()) {
        out.unavailable = stacks.unavailable();
    }
    if (!out.unavailable.empty()) {
        return;
    }
    if (!has_asked_) {
        begin(target, thread, sample, stacks, out);
        return;
    }
    take_results(target, stacks, out);
    if (!is_watching_ || !out.unavailable.empty()) {
        return;
    }
    target.read_stacks(out);
    keep_open_stack(thread, stacks, out);
    drop_ambiguous(out);
    take_copies(target, stacks);
    take_samples(stacks, out);
}

}  // namespace tsa
