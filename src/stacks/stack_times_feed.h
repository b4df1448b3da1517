// SPDX-License-Identifier: MIT
// Fills the StackTimes of the thread that the drill-down shows: reads the accounts of its probe, has the copied stacks
// unwound, and keeps those of each fingerprint. One object per thread.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "model/sample.h"
#include "model/stack_times.h"
#include "sched/target.h"
#include "stacks/cpu_sampler.h"
#include "stacks/stack_feed.h"

namespace tsa {

class StackTimesFeed {
  public:
    /// Once per refresh, before StackFeed::update(), which does the jobs that this adds. The first call or two only
    /// find out where the code of the thread's process is; counting begins then.
    void update(TargetProbe& target, const Thread& thread, const Sample& sample, StackFeed& stacks, StackTimes& out);

  private:
    void begin(TargetProbe& target, const Thread& thread, const Sample& sample, StackFeed& stacks, StackTimes& out);
    void watch(TargetProbe& target, StackTimes& out);
    void take_results(TargetProbe& target, StackFeed& stacks, StackTimes& out);
    void take_copies(TargetProbe& target, StackFeed& stacks);
    void take_samples(StackFeed& stacks, StackTimes& out);

    StackOwner owner_;
    std::vector<tsa_address_range> code_;
    bool has_asked_ = false;
    bool is_watching_ = false;
    std::unique_ptr<CpuSampler> sampler_;  // null: not allowed
};

/// The first functions of a kernel stack that was copied at a switch are those of the probe and of the tracepoint.
void drop_tracing(std::vector<StackFrame>& kernel);
/// Keeps a stack of a fingerprint; of one that is known and has other functions, only those that both end in.
void keep_stack(WaitStack stack, KnownStack& known);
/// Counts a sample of that stack.
void keep_sample(WaitStack stack, StackTimes& out);
/// Whether waits in the state are told apart by their kernel stacks too; else these are left out.
[[nodiscard]] bool is_about_kernel(ThreadState state, bool kernel_lock);

}  // namespace tsa
