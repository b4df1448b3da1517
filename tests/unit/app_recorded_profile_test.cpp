// SPDX-License-Identifier: MIT
// One thread's time by stack from a recording, as the page of a replay shows it.
#include "app/commands/recorded_profile.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <memory>
#include <string>

#include "model/stack_tree.h"

namespace tsa {
namespace {

constexpr std::uint64_t kMs = 1'000'000;
constexpr ThreadKey kThread{4, 9};

void add(StackProfile& profile, const ThreadKey& thread, ThreadState state, RecordedStack stack, std::uint64_t ns,
         std::uint64_t max_ns) {
    StackWaits waits;
    waits.thread = thread;
    waits.state = state;
    waits.stack = std::make_shared<const RecordedStack>(std::move(stack));
    waits.count = 2;
    waits.total_ns = ns;
    waits.max_ns = max_ns;
    waits.lengths = {{static_cast<std::uint8_t>(wait_bucket(max_ns)), 1}};
    profile.add(waits);
}

const StackNode* find(const StackTree& tree, StackNode::Kind kind, ThreadState state) {
    const auto found = std::ranges::find_if(
        tree.nodes, [&](const StackNode& node) { return node.kind == kind && node.state == state; });
    return found != tree.nodes.end() ? &*found : nullptr;
}

std::function<bool(const StackSum&)> of_thread(const ThreadKey& key) {
    return [key](const StackSum& sum) { return sum.thread == key; };
}

TEST(RecordedProfile, a_threads_stacks_are_a_tree_that_adds_up) {
    StackProfile profile;
    add(profile, kThread, ThreadState::lock_wait, {StackKind::whole, "futex_[k];lock;main"}, 60 * kMs, 20 * kMs);
    add(profile, kThread, ThreadState::lock_wait, {StackKind::shorter, {}}, 3 * kMs, kMs / 2);
    add(profile, kThread, ThreadState::lock_wait, {StackKind::not_copied, {}}, 10 * kMs, 5 * kMs);
    add(profile, kThread, ThreadState::lock_wait, {StackKind::elsewhere, {}}, 27 * kMs, 0);
    add(profile, kThread, ThreadState::exec, {StackKind::cut, "burn"}, 8 * kMs, 0);
    add(profile, {5, 9}, ThreadState::lock_wait, {StackKind::whole, "other"}, 999 * kMs, kMs);
    const StackTimes times = stack_times_of(profile, of_thread(kThread), 1000 * kMs);
    EXPECT_EQ(times.unavailable, "");
    EXPECT_EQ(times.now_ns - times.since_ns, 1000 * kMs);
    const StackTree tree = stack_tree(times, StackOrder::callers_first);
    EXPECT_EQ(find(tree, StackNode::Kind::state, ThreadState::lock_wait)->total_ns, 100 * kMs);
    const StackNode* functions = find(tree, StackNode::Kind::functions, ThreadState::lock_wait);
    EXPECT_THAT(functions->functions, ::testing::ElementsAre("main", "lock", "futex"));
    EXPECT_EQ(functions->total_ns, 60 * kMs);
    EXPECT_EQ(tree.lengths(*functions).max_ns, 20 * kMs);
    EXPECT_EQ(tree.lengths(*functions).lengths[wait_bucket(20 * kMs)], 1U);
    EXPECT_EQ(find(tree, StackNode::Kind::shorter, ThreadState::lock_wait)->total_ns, 3 * kMs);
    EXPECT_EQ(find(tree, StackNode::Kind::unknown, ThreadState::lock_wait)->total_ns, 10 * kMs);
    EXPECT_EQ(find(tree, StackNode::Kind::elsewhere, ThreadState::lock_wait)->total_ns, 27 * kMs);
    const StackNode* burn = find(tree, StackNode::Kind::functions, ThreadState::exec);
    EXPECT_THAT(burn->functions, ::testing::ElementsAre("(not unwound further)", "burn"));
    EXPECT_TRUE(burn->is_sampled);
}

TEST(RecordedProfile, a_thread_that_has_none_says_why) {
    StackProfile profile;
    add(profile, kThread, ThreadState::sleep, {StackKind::whole, "read"}, kMs, kMs);
    EXPECT_THAT(stack_times_of(profile, of_thread({5, 9}), kMs).unavailable,
                ::testing::HasSubstr("not among the threads that were recorded"));
}

}  // namespace
}  // namespace tsa
